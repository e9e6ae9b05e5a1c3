"""How each door lets its peer in, without any network: the test is the server that answers."""

from collections.abc import Callable, Iterable

import pytest

from chat import messages as m
from chat.doors.commands import Said
from chat.doors.door import Door, GuestDoor, NamingDoor
from chat.doors.pieces import Flaw
from chat.errors import Code
from tests.fakes import error


def welcome(user: str) -> m.Welcome:
    return m.Welcome(
        version=1,
        server="fake",
        user=user,
        session="s",
        log="l",
        head=0,
        rooms=[m.RoomInfo("#geral", "", 1)],
        max_frame=65_536,
        max_body=4_096,
        features=[],
    )


def asked(door: Door, said: Iterable[Said], taken: Callable[[str], bool]) -> list[Said]:
    """What is asked for, where every hello is answered at once."""
    heard = []
    for one in said:
        heard.append(one)
        if isinstance(one, m.Hello):
            name = one.user or ""
            door.tell(error(Code.NAME_TAKEN) if taken(name) else welcome(name))
    return heard


def hello(user: str) -> m.Hello:
    return m.Hello(version=1, user=user)


def test_a_name_is_asked_for_until_one_is_accepted() -> None:
    """The first line is the name; when it is refused, the next one is."""
    door = NamingDoor("t")
    taken = {"ana"}.__contains__
    assert asked(door, door.opening(), taken) == ["User: "]
    assert asked(door, door.hear(""), taken) == ["User: "]
    assert asked(door, door.hear(" ana "), taken) == [hello("ana"), "User: "]
    assert asked(door, door.hear(Flaw.NOT_UTF8), taken) == ["Not sent: it is not text in UTF-8.\n", "User: "]
    assert asked(door, door.hear("bia"), taken) == [hello("bia")]
    assert asked(door, door.hear("oi"), taken) == [m.Send(to="#geral", body="oi", cid="t-1")]
    assert asked(door, door.hear(Flaw.TOO_LONG), taken) == ["Not sent: it is too long; send it in parts.\n"]


def test_a_signed_first_message_is_name_and_message() -> None:
    """`<ana> oi` is a hello and a message; from then on the signature is taken off, that of others is not."""
    door = NamingDoor("t")
    taken = {"ana"}.__contains__
    assert asked(door, door.hear("<ana> oi"), taken) == [hello("ana"), "User: "]
    assert asked(door, door.hear("<bia> oi"), taken) == [
        hello("bia"),
        m.Send(to="#geral", body="oi", cid="t-1"),
    ]
    assert asked(door, door.hear("<bia> de novo"), taken) == [m.Send(to="#geral", body="de novo", cid="t-2")]
    assert asked(door, door.hear("<ana> eu?"), taken) == [m.Send(to="#geral", body="<ana> eu?", cid="t-3")]
    assert asked(door, door.hear("<bia> "), taken) == []
    assert asked(door, door.hear("<bia> #sair"), taken) == [m.Bye()]


def test_a_signature_alone_is_a_name() -> None:
    """An empty first message is a hello and nothing more."""
    door = NamingDoor("t")
    assert asked(door, door.hear("<ana> "), lambda name: False) == [hello("ana")]


@pytest.mark.parametrize("line", ["#sair", "Desconectar", "/sair", "POST /x HTTP/1.1", "GET / HTTP/1.0"])
def test_leaving_before_a_name_is_given(line: str) -> None:
    """Whoever says good-bye instead of a name leaves; so does a browser, which a page may have sent."""
    door = NamingDoor("t")
    assert asked(door, door.hear(line), lambda name: False) == [m.Bye()]


def test_a_guest_is_given_a_free_name() -> None:
    """Names are tried, longer ones each time, until one is free; of the others the peer hears nothing."""
    door = GuestDoor("t", lambda below: below // 100)
    tried = asked(door, door.opening(), {"guest-0100", "guest-01000"}.__contains__)
    assert tried == [hello("guest-0100"), hello("guest-01000"), hello("guest-010000")]
    assert door.tell(error(Code.NAME_TAKEN)) == ""
    assert asked(door, door.hear("oi"), lambda name: False) == [m.Send(to="#geral", body="oi", cid="t-1")]
    assert asked(door, door.hear("Desconectar"), lambda name: False) == [m.Bye()]
    assert asked(door, door.hear(Flaw.NOT_UTF8), lambda name: False) == [
        "Not sent: it is not text in UTF-8.\n"
    ]


def test_a_server_where_every_name_is_taken() -> None:
    """The guest door does not try for ever."""
    door = GuestDoor("t", lambda below: 1)
    assert len(asked(door, door.opening(), lambda name: True)) == 8
