"""What the server says and what the copy keeps of it are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import messages as m
from chat.client.entries import Said, entry, event
from chat.history.base import Entry, Fold, Kind

IDS = st.integers(1, m.MAX_ID)
NAMES = st.text(max_size=5)
REACTIONS = st.lists(
    st.builds(
        m.Reaction,
        emoji=st.text(min_size=1, max_size=3),
        users=st.lists(NAMES, unique=True, max_size=3),
        more=st.integers(0, 3),
    ),
    unique_by=lambda one: one.emoji,
    max_size=3,
)


@st.composite
def messages(draw: st.DrawFn) -> m.Message:
    """A message as a server says it: deleted, edited, or as it was."""
    said = m.Message(
        id=draw(IDS),
        to=draw(NAMES),
        from_=draw(NAMES),
        ts=draw(st.integers(-(2**62), 2**62)),
        cid=draw(NAMES),
        body=draw(st.text()),
        reply=draw(st.none() | IDS),
        act=draw(st.booleans()),
    )
    said.version = draw(st.none() | IDS)
    if said.version is not None:
        said.deleted = draw(st.booleans())
        said.edited = not said.deleted and draw(st.booleans())
        said.reactions = [] if said.deleted else draw(REACTIONS)
        said.body = "" if said.deleted else said.body
    return said


CHANGE = {"id": IDS, "to": NAMES, "from_": NAMES, "ts": st.integers(), "cid": NAMES}
CHANGES: st.SearchStrategy[Said] = st.one_of(
    st.builds(m.Edited, **CHANGE, of=IDS, body=st.text()),
    st.builds(m.Deleted, **CHANGE, of=IDS),
    st.builds(m.Reacted, **CHANGE, of=IDS, emoji=st.text(), on=st.booleans()),
    st.builds(m.Topic, **CHANGE, topic=st.text()),
)


@given(messages() | CHANGES)
def test_there_and_back(said: Said) -> None:
    """An event becomes an entry of its conversation, and that the same event again."""
    kept = entry(said, "#geral")
    assert (kept.id, kept.conversation) == (said.id, "#geral")
    assert event(kept) == said


@pytest.mark.parametrize("damaged", [True, False])
def test_damage_is_kept(damaged: bool) -> None:
    """What the server's disk did not keep whole is kept as that."""
    said = m.Message(id=1, to="#a", from_="b", ts=1, cid="c", body="", damaged=damaged)
    assert entry(said, "#a").damaged == damaged
    assert event(entry(said, "#a")) == said


def test_reactions_of_people_without_names_are_counted() -> None:
    """Of an emoji whose people are all unnamed the count is there all the same."""
    kept = Entry(1, "#a", "", "c", "#a", "b", 1, "oi", kind=Kind.MESSAGE, fold=Fold(2, unnamed={"👍": 3}))
    shown = event(kept)
    assert isinstance(shown, m.Message)
    assert shown.reactions == [m.Reaction("👍", [], 3)]
