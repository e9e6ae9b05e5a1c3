"""Conversations through the door for texts behind a header of 64 bytes."""

import asyncio

import pytest

from chat.doors.link import header_link
from tests.doors.plain import Headed, Plain, opened
from tests.peer import Peer, framed
from tests.servers import Running, Start


async def test_talking_with_length_headers(running: Running, headed: int, door: int) -> None:
    """The header door gives a name, frames every text, and lets `Desconectar` end politely."""
    wire, ana = await Peer.hello(running.port, "wire"), await Plain.enter(door, "ana")
    guest = await Headed.enter(headed)
    (name,) = _guests(running)
    guest.say("olá a todos, coração")
    message = await wire.expect("message")
    assert (message["from"], message["body"]) == (name, "olá a todos, coração")
    await ana.until(f"<{name}> olá a todos, coração")
    await wire.send("#geral", "oi\nde duas linhas", "1")
    await guest.expect("<wire> oi\n    de duas linhas")
    guest.say("@ana psiu")
    await ana.until(f"(private) <{name}> psiu")
    guest.raw(framed(b"um") + framed(b"\xff") + framed(b"x" * 5_000) + framed(b"dois"))
    await guest.expect("Not sent: it is not text in UTF-8.")
    await guest.expect("Not sent: it is too long; send it in parts.")
    assert await ana.until(f"<{name}> dois") == [f"<{name}> um"]
    guest.say("Desconectar")
    assert (await guest.closed()).endswith("Disconnected: good-bye.")
    await wire.expect("left", users=[name])


def _guests(running: Running) -> list[str]:
    return [seat.user for seat in running.server.seats if seat.user.startswith("guest-")]


async def test_many_guests_have_names_of_their_own(running: Running, headed: int) -> None:
    """Every guest is given a name that nobody has."""
    guests = await asyncio.gather(*(Headed.enter(headed) for _ in range(100)))
    assert len(set(_guests(running))) == len(guests)


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"oi".ljust(64), "That is no message"),
        (b" " * 64, "That is no message"),
        (b"2".rjust(64), "That is no message"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".ljust(64), "That is no message"),
        (b"65537".ljust(64), "too long"),
        (b"9" * 64, "too long"),
    ],
)
async def test_a_malformed_header(running: Running, headed: int, data: bytes, sentence: str) -> None:
    """Framing that is lost is said in a framed sentence, then the connection is closed."""
    guest = await Headed.enter(headed)
    guest.raw(framed(b"antes") + data + framed(b"depois"))
    texts = []
    while sentence not in (text := await guest.text()):
        texts.append(text)
    assert await guest.closed() == ""
    assert "depois" not in running.server.history.entries[-1].body  # type: ignore[attr-defined]
    assert [event for event in running.console.events if event[0] == "refused"] != []


async def test_a_header_must_be_followed(start: Start) -> None:
    """A text that was begun and never finished ends the conversation at the frame deadline."""
    running = await start(notice_interval=0.01)
    guest = await Headed.enter(await opened(running, header_link))
    running.server.options.frame_deadline = 0.05
    guest.raw(b"10".ljust(64) + b"oi")
    assert "in the middle of a message" in await guest.closed()
