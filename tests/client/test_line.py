"""A line and what later changes make of it, in whatever order they come."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import messages as m
from chat.client import line as module
from chat.client.line import Line, fold, line_of
from tests.fakes import message

ENTRY: dict[str, Any] = {"to": "#geral", "ts": 1, "cid": "c", "of": 5}


def reacted(id: int, who: str, *, on: bool = True, emoji: str = "👍") -> m.Reacted:
    """Somebody reacts to line 5."""
    return m.Reacted(id=id, from_=who, emoji=emoji, on=on, **ENTRY)


def said() -> Line:
    """Line 5."""
    return line_of(message(5))


def test_a_message_becomes_a_line_as_it_is_now() -> None:
    """All that a message says of itself is in its line."""
    full = message(5, "nova")
    full.reply, full.act, full.edited, full.version = 3, True, True, 9
    full.reactions = [m.Reaction("👍", ["ana", "bia"], 3)]
    line = line_of(full)
    assert (line.id, line.reply, line.act, line.edited, line.version) == (5, 3, True, True, 9)
    assert line.reactions == full.reactions
    full.deleted = True
    assert (line_of(full).body, line_of(full).reactions, line_of(full).deleted) == ("", [], True)


def test_what_is_in_it_already_changes_nothing() -> None:
    """Changes up to the version that a line came with, and those that were taken, count once."""
    folded = message(5)
    folded.version = 9
    line = line_of(folded)
    edit = m.Edited(id=9, from_="bia", body="velha", **ENTRY)
    assert not line.take(edit)
    assert line.take(reacted(10, "ana"))
    assert not line.take(reacted(10, "ana"))
    assert (line.body, line.version) == ("oi", 10)
    assert not line.take(m.Topic(id=11, to="#geral", from_="bia", ts=1, cid="c", topic="x"))


def test_reactions_name_who_is_there_still() -> None:
    """Whoever takes a reaction back is not named; one of nobody is not shown; unnamed ones are counted."""
    folded = message(5)
    folded.version, folded.reactions = 1, [m.Reaction("🎂", ["bia"], 2)]
    line = line_of(folded)
    line.take(reacted(6, "ana"))
    line.take(reacted(7, "Bia", emoji="🎂"))
    line.take(reacted(8, "caio", emoji="🎂", on=False))
    assert line.reactions == [m.Reaction("🎂", ["Bia"], 1), m.Reaction("👍", ["ana"])]
    line.take(reacted(9, "ana", on=False))
    line.take(reacted(10, "ana", on=False, emoji="🤷"))
    assert line.reactions == [m.Reaction("🎂", ["Bia"], 1)]


CHANGES = st.one_of(
    st.builds(reacted, st.integers(6, 40), st.sampled_from(["ana", "Bia", "caio"]), on=st.booleans()),
    st.builds(
        m.Edited,
        id=st.integers(6, 40),
        from_=st.just("bia"),
        body=st.text(max_size=3),
        to=st.just("#g"),
        ts=st.just(1),
        cid=st.just("c"),
        of=st.just(5),
    ),
)


@given(st.lists(CHANGES, unique_by=lambda change: change.id), st.randoms())
def test_any_order_of_arrival_gives_one_line(changes: list[m.Change], chance: Any) -> None:
    """The same changes, in order or not, each once or more often, make the same of a line."""
    in_order, shuffled = said(), said()
    for change in sorted(changes, key=lambda change: change.id):
        in_order.take(change)
    mixed = changes * 2
    chance.shuffle(mixed)
    for change in mixed:
        shuffled.take(change)
    assert (in_order.body, in_order.edited, in_order.version) == (
        shuffled.body,
        shuffled.edited,
        shuffled.version,
    )
    named = [
        {(one.emoji, user) for one in line.reactions for user in one.users} for line in (in_order, shuffled)
    ]
    assert named[0] == named[1]


def test_deleted_is_for_ever() -> None:
    """After a deletion no change brings anything back, whichever comes first."""
    line = said()
    line.take(m.Deleted(id=9, from_="bia", **ENTRY))
    line.take(m.Edited(id=8, from_="bia", body="volta", **ENTRY))
    line.take(reacted(10, "ana"))
    assert (line.deleted, line.body, line.edited, line.reactions, line.version) == (True, "", False, [], 10)


def test_reactions_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many people, emojis and changes a server makes up: so much is kept, the rest is counted."""
    monkeypatch.setattr(module, "_MAX_LATEST", 100)
    line = said()
    for id in range(1_000):
        line.take(reacted(10 + id, f"u{id}"))
    assert len(line.reactions[0].users) == module.MAX_USERS
    assert line.reactions[0].more == 1_000 - module.MAX_USERS
    assert len(line._latest or ()) <= 100
    for id in range(1_000):
        line.take(reacted(2_000 + id, "ana", emoji=chr(0x1F300 + id)))
    assert len(line.reactions) == module.MAX_EMOJIS
    line = said()
    line.take(reacted(9, "ana", emoji="x" * 60_000))
    assert line.reactions == []
    huge = message(5)
    huge.reactions = [m.Reaction(chr(0x1F300 + id), ["ana"] * 1_000, -5) for id in range(100)]
    kept = line_of(huge).reactions
    assert (len(kept), len(kept[0].users), kept[0].more) == (module.MAX_EMOJIS, module.MAX_USERS, 936)


def test_renewing() -> None:
    """A later answer about a line counts, an earlier one does not; what was damaged is mended by any."""
    line = said()
    newer = message(5, "nova")
    newer.version, newer.edited = 9, True
    assert line.renew(line_of(newer))
    assert (line.body, line.edited, line.version) == ("nova", True, 9)
    assert not line.renew(said())
    damaged = message(5, "")
    damaged.damaged = True
    broken = line_of(damaged)
    assert broken.renew(said())
    assert (broken.body, broken.damaged) == ("oi", False)


def test_the_bound_on_names_leaves_room_for_any_real_one() -> None:
    """The longest name there may be is folded even when it is typed decomposed."""
    assert fold("Á" * 8) == "á" * 8
    assert module._MAX_NAME >= 4 * 32
