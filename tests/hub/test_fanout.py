"""The frames of one batch: whoever hears what, each gets its own in order of id, with one write."""

from hypothesis import given
from hypothesis import strategies as st

from chat.hub.fanout import Own, Talk, spread
from chat.hub.people import Member, User
from chat.names import user_name


class Written:
    """An outbox that keeps what it is given."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    def deliver(self, frames: bytes) -> None:
        self.writes.append(frames)

    def say(self, frames: bytes) -> None:
        self.writes.append(frames)

    def awaits(self, id: int) -> bool:
        return False

    def forget(self) -> None:
        """Nothing is held."""


def _member(number: int) -> tuple[Member, Written]:
    written = Written()
    user = User(user_name(f"u{number}"), f"i{number}", f"i{number}")
    return Member(user, written, "s", lambda reason: None), written


_audiences = st.lists(st.sets(st.integers(0, 7)), min_size=1, max_size=5)


@given(audiences=_audiences, said=st.lists(st.integers(0, 4), max_size=20), data=st.data())
def test_each_member_gets_its_frames_in_order(
    audiences: list[set[int]], said: list[int], data: st.DataObject
) -> None:
    """The same as if every frame were offered to every member one by one; a `ref` only to who sent it."""
    members = [_member(number) for number in range(8)]
    talks = [Talk([members[number][0] for number in sorted(audience)]) for audience in audiences]
    own: Own = {}
    expected: list[list[bytes]] = [[] for _ in members]
    for place, number in enumerate(said):
        talk, audience = talks[number % len(talks)], audiences[number % len(talks)]
        talk.places.append(place)
        talk.frames.append(b"<%d>" % place)
        sender = data.draw(st.none() | st.sampled_from(sorted(audience))) if audience else None
        if sender is not None:
            own.setdefault(members[sender][0], {})[place] = b"<%d mine>" % place
        for hearer in audience:
            expected[hearer].append(b"<%d mine>" % place if hearer == sender else b"<%d>" % place)
    spread([talk for talk in talks if talk.frames], own)
    for (_, written), frames in zip(members, expected, strict=True):
        assert written.writes == ([b"".join(frames)] if frames else [])


def test_who_has_left_hears_nothing_of_what_it_said() -> None:
    """A sender that is in the room no more gets no frame of its own either."""
    (here, heard), (left, nothing) = _member(0), _member(1)
    talk = Talk([here])
    talk.places, talk.frames = [0], [b"<0>"]
    spread([talk], {left: {0: b"<0 mine>"}})
    assert (heard.writes, nothing.writes) == ([b"<0>"], [])
