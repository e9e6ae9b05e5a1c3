"""What comes is kept in its order, whole stretches only, and of each talk what is to be known next time."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from chat import messages as m
from chat.client.keeper import BATCH, SESSION, Keeper, conversation_of
from chat.client.notes import Notes
from chat.client.talk import KeptTalk, Talk
from chat.history.copy import Copy
from tests.fakes import message


def welcome(*rooms: str, log: str = "log-1", head: int = 10) -> m.Welcome:
    """A welcome into these rooms."""
    infos = [m.RoomInfo(room, f"sobre {room}", 1) for room in rooms]
    members: dict[str, Any] = {"version": 1, "server": "s", "user": "ana", "session": "segredo"}
    return m.Welcome(**members, log=log, head=head, rooms=infos, max_frame=1, max_body=1, features=[])


@pytest.fixture
async def copy() -> AsyncIterator[Copy]:
    """A copy in memory."""
    copy = Copy(None)
    await copy.open()
    yield copy
    await copy.close()


@pytest.fixture
async def keeper(copy: Copy) -> Keeper:
    """A keeper whose client has been welcomed to two rooms."""
    keeper = Keeper()
    keeper.use(copy, Notes(None))
    keeper.welcomed(welcome("#Geral", "#jogos"), 10)
    return keeper


async def kept(keeper: Keeper) -> list[int]:
    """The ids of all that is in the copy."""
    keeper.flush()
    assert keeper.copy is not None
    return [entry.id for entry in await keeper.copy.since(0, 10_000)]


async def test_what_comes_is_kept(keeper: Keeper, copy: Copy) -> None:
    """Messages and changes of our rooms and private talks; the cursor goes along with all of it."""
    keeper.said(message(11), "#geral", in_turn=True)
    keeper.said(message(12, to="#outra"), "#outra", in_turn=True)
    keeper.said(message(13, to="@ana"), "@bia", in_turn=True)
    keeper.said(message(14, to="@bia"), None, in_turn=True)
    assert await kept(keeper) == [11, 13]
    assert copy.cursor == 14


async def test_what_comes_before_its_turn_waits_for_it(keeper: Keeper, copy: Copy) -> None:
    """The answer to a repeated send is kept once everything before it has come, and once only."""
    keeper.said(message(15), "#geral", in_turn=False)
    keeper.said(message(12), "#geral", in_turn=True)
    assert await kept(keeper) == [12]
    keeper.said(message(13), "#geral", in_turn=False)
    keeper.said(message(13), "#geral", in_turn=True)
    keeper.said(message(9), "#geral", in_turn=False)
    keeper.said(message(20), "#geral", in_turn=True)
    assert await kept(keeper) == [12, 13, 15, 20]
    page = await copy.page("#geral", limit=10)
    assert [entry.id for entry in page.entries] == [12, 13, 15, 20]
    assert not page.gap


async def test_many_are_handed_on_at_once(keeper: Keeper, copy: Copy) -> None:
    """A batch goes when it is full, without waiting for its time."""
    for id in range(11, 11 + BATCH):
        keeper.said(message(id), "#geral", in_turn=True)
    assert copy.cursor == 10 + BATCH


async def test_pages_join_what_is_followed(keeper: Keeper) -> None:
    """An answer about a room that is followed goes on with what comes; one about another stands alone."""
    assert keeper.copy is not None
    keeper.said(message(11), "#geral", in_turn=True)
    asked = m.History(room="#GERAL", before=11)
    assert keeper.live(asked)
    page = m.HistoryPage(messages=[message(3), message(5)], more=False, room="#Geral")
    keeper.page(asked, page, live=True)
    whole = await keeper.copy.page("#geral", limit=10)
    assert ([entry.id for entry in whole.entries], whole.more, whole.gap, whole.stale) == (
        [3, 5, 11],
        False,
        False,
        False,
    )
    other = m.History(room="#outra")
    assert not keeper.live(other)
    keeper.page(other, m.HistoryPage(messages=[message(4, to="#outra")], more=True), live=False)
    assert (await keeper.copy.page("#outra", limit=10)).stale
    assert keeper.live(m.History(with_="Bia"))
    keeper.page(m.History(room="sem sinal"), page, live=False)


async def test_talks_are_known_the_next_time(keeper: Keeper, copy: Copy) -> None:
    """Names, topics, whether one was there, how far was read, and up to where it was shown."""
    keeper.follow(["#Geral"])
    topic = m.Topic(id=11, to="#Geral", from_="bia", ts=1, cid="t", topic="festa")
    keeper.said(topic, "#geral", in_turn=True)
    keeper.counted(Talk("@bia", "@Bia", unread=3, mentions=1, seen=11))
    keeper.handled(12)
    keeper.handled(11)
    keeper.flush()
    again = Keeper()
    again.use(copy, Notes(None))
    assert again.applied == 12
    assert again.talks == {
        "#geral": KeptTalk("#Geral", "festa", joined=True),
        "#jogos": KeptTalk("#jogos", "sobre #jogos", joined=False),
        "@bia": KeptTalk("@Bia", seen=11, unread=3, mentions=1),
    }


async def test_what_cannot_be_read_is_left_out(copy: Copy) -> None:
    """What a newer program kept of a talk harms nobody."""
    copy.keep_talks({"#a": '{"name": 5}', "#b": "x", "": "muito"})
    keeper = Keeper()
    keeper.use(copy, Notes(None))
    assert (keeper.talks, keeper.applied) == ({}, 0)


async def test_another_history(keeper: Keeper, copy: Copy) -> None:
    """C16: another log, or one that was cut off: nothing is left but the rooms; the secret is the new one."""
    keeper.said(message(11), "#geral", in_turn=True)
    keeper.said(message(15), "#geral", in_turn=False)
    keeper.counted(Talk("#geral", "#Geral", unread=3, seen=11))
    keeper.welcomed(welcome("#Geral", log="log-2", head=5), 5)
    keeper.said(message(20), "#geral", in_turn=True)
    assert await kept(keeper) == [20]
    assert (copy.log, keeper.applied) == ("log-2", 5)
    assert (keeper.talks["#geral"].unread, keeper.talks["#geral"].seen) == (0, 0)
    assert keeper._notes.settings[SESSION] == "segredo"


async def test_without_a_copy_nothing_is_kept() -> None:
    """A client in memory costs nothing here."""
    keeper = Keeper()
    keeper.welcomed(welcome("#geral"), 10)
    keeper.said(message(11), "#geral", in_turn=True)
    keeper.follow(["#a"])
    keeper.counted(Talk("@bia", "@Bia", unread=3))
    keeper.handled(12)
    keeper.page(m.History(room="#geral"), m.HistoryPage(messages=[], more=False), live=False)
    keeper.flush()
    assert (keeper.talks, keeper._entries, keeper._timer) == ({}, [], None)


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        (m.History(room="#Geral"), "#geral"),
        (m.History(room="geral"), None),
        (m.History(with_="Bia"), "@bia"),
        (m.Search(text="x", with_="@Bia"), "@bia"),
        (m.History(with_="@"), None),
        (m.Search(text="x"), None),
    ],
)
def test_the_conversation_that_is_asked_about(asked: m.History | m.Search, key: str | None) -> None:
    """A room by its name, a private talk by the other's, with or without a sign; else none."""
    assert conversation_of(asked) == key
