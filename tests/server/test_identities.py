"""Private talks belong to two identities, never to names: whoever gets a name later sees none of what was."""

from collections.abc import Callable
from functools import partial

import pytest

from chat.history.base import History
from chat.history.sqlite import SqliteHistory
from chat.operating.admin import Admin
from tests.fake_history import FakeHistory
from tests.hub.rooms import ask, done, refused
from tests.keys import Key
from tests.peer import Peer, Said
from tests.servers import Running, Start


@pytest.fixture(params=[FakeHistory, partial(SqliteHistory, None)], ids=["fake", "sqlite"])
def make_history(request: pytest.FixtureRequest) -> Callable[[], History]:
    """Each of these is seen with either history."""
    return request.param


async def _free(running: Running, name: str) -> None:
    admin = Admin(running.server.core, lambda invitation: [])
    answers = [answer async for answer in admin.answers(f'{{"do":"free","about":"{name}"}}'.encode())]
    assert [answer.error for answer in answers] == [""]


def _bodies(answer: Said) -> list[str]:
    return [message["body"] for message in answer["messages"]]


async def test_a_freed_name(running: Running) -> None:
    """By no request does the new owner of a name reach what was said to or by the old one."""
    ana, bia = await Key().hello(running.port, "ana"), await Key().hello(running.port, "bia")
    said = await ana.send("@bia", "segredo antigo", "1")
    await bia.expect("message")
    await bia.send("@ana", "resposta antiga", "1")
    await _free(running, "bia")
    assert [one["reason"] for one in await bia.closed() if one["type"] == "bye"] == ["freed"]
    new = await Key().hello(running.port, "bia", after=0, log=ana.welcome["log"])
    await ana.send("#geral", "marca", "2")
    assert (await new.expect("message"))["body"] == "marca"
    assert _bodies(await done(new, "history", **{"with": "ana"})) == []
    assert _bodies(await done(new, "search", text="antigo")) == []
    assert _bodies(await done(new, "search", text="antiga", **{"with": "ana"})) == []
    for asked in (
        {"type": "react", "emoji": "👍"},
        {"type": "edit", "body": "x"},
        {"type": "delete"},
    ):
        assert await refused(new, id=said["id"], cid="c", **asked) == ("no_such_message", None)
    assert (await new.send("@ana", "quem era?", "1"))["body"] == "quem era?"
    await ana.expect("message", body="quem era?")
    await ana.send("@bia", "olá, nova bia", "3")
    assert (await new.expect("message"))["body"] == "olá, nova bia"
    assert _bodies(await done(new, "history", **{"with": "ana"})) == ["quem era?", "olá, nova bia"]
    assert _bodies(await done(ana, "history", **{"with": "bia"})) == ["quem era?", "olá, nova bia"]


async def test_what_is_on_its_way_to_a_freed_name(start: Start) -> None:
    """What was said to the old owner and is stored only now is the old owner's."""
    history = FakeHistory()
    running = await start(history)
    ana, _ = await Key().hello(running.port, "ana"), await Key().hello(running.port, "bia")
    history.held = True
    ana.say(type="send", to="@bia", body="segredo antigo", cid="1")
    await ana.silent()
    await _free(running, "bia")
    new = await Key().hello(running.port, "bia")
    history.held = False
    history.release()
    await ana.expect("message", cid="1")
    assert [one for one in await new.silent() if one["type"] == "message"] == []


async def test_a_guests_name_with_a_guests_secret(running: Running) -> None:
    """A guest that comes back with its secret reads its talks; another under the same name does not."""
    ana, guest = await Key().hello(running.port, "ana"), await Peer.hello(running.port, "visita")
    await ana.send("@visita", "segredo", "1")
    await guest.expect("message")
    guest.say(type="bye")
    await guest.closed()
    other = await Peer.hello(running.port, "visita")
    assert _bodies(await done(other, "history", **{"with": "ana"})) == []
    other.say(type="bye")
    await other.closed()
    back = await Peer.hello(running.port, "visita", session=guest.welcome["session"])
    assert _bodies(await done(back, "history", **{"with": "ana"})) == ["segredo"]


async def test_a_key_takes_a_guests_name(running: Running) -> None:
    """Who makes a name its own that a guest had before reads nothing of the guest's."""
    ana, guest = await Key().hello(running.port, "ana"), await Peer.hello(running.port, "visita")
    await ana.send("@visita", "segredo", "1")
    await guest.expect("message")
    secret = guest.welcome["session"]
    guest.say(type="bye")
    await guest.closed()
    owner = await Key().hello(running.port, "visita", session=secret, after=0, log=ana.welcome["log"])
    assert _bodies(await done(owner, "history", **{"with": "ana"})) == []
    assert [one for one in await owner.silent() if one["type"] == "message"] == []


async def test_nobody_and_somebody_else(running: Running) -> None:
    """Somebody else's talk looks like one that never was, to whoever asks by whatever name."""
    ana, bia = await Key().hello(running.port, "ana"), await Key().hello(running.port, "bia")
    caio = await Key().hello(running.port, "caio")
    await ana.send("@bia", "segredo", "1")
    await bia.expect("message")
    assert _bodies(await done(caio, "history", **{"with": "ana"})) == []
    assert await ask(caio, "edit", id=1, body="x", cid="e") | {"ref": ""} == await ask(
        caio, "edit", id=77, body="x", cid="e"
    ) | {"ref": ""}
