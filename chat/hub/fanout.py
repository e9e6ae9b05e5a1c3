"""One committed batch becomes bytes: each entry encoded once, each audience's frames joined once."""

from collections.abc import Collection, Iterable, Sequence

from chat.hub.people import Member


class Talk:
    """What one batch brings to one conversation: places in the batch with their frames, and its readers."""

    __slots__ = ("frames", "members", "places")

    def __init__(self, members: Collection[Member]) -> None:
        self.members = members
        self.places: list[int] = []
        self.frames: list[bytes] = []


Own = dict[Member, dict[int, bytes]]
"""Frames that one member gets in a version of its own: those it sent with a `ref`, by place in the batch."""


def spread(talks: Sequence[Talk], own: Own) -> None:
    """Give every member its frames of this batch, in order of id, with one write each.

    Most members hear one talk of a batch, and get the same bytes as all others there; those who hear
    several get a merge, made once for each combination, and those with frames of their own get theirs.
    """
    apart = _in_several(talks) | own.keys()
    for talk in talks:
        joined = b"".join(talk.frames)
        for member in talk.members:
            if member not in apart:
                member.outbox.deliver(joined)
    if apart:
        _spread_apart(talks, own, apart)


def _in_several(talks: Sequence[Talk]) -> set[Member]:
    """Who hears more than one talk."""
    several: set[Member] = set()
    if len(talks) > 1:
        heard: set[Member] = set()
        for talk in talks:
            several.update(heard.intersection(talk.members))
            heard.update(talk.members)
    return several


def _spread_apart(talks: Sequence[Talk], own: Own, apart: Iterable[Member]) -> None:
    heard: dict[Member, list[int]] = {member: [] for member in apart}
    for number, talk in enumerate(talks):
        for member in heard.keys() & talk.members:
            heard[member].append(number)
    merged: dict[tuple[int, ...], bytes] = {}
    for member, numbers in heard.items():
        if not numbers:
            continue  # it has left since
        combination = tuple(numbers)
        joined = merged.get(combination, b"")
        if member in own:
            joined = _merge([talks[number] for number in numbers], own[member])
        elif not joined:
            joined = merged[combination] = _merge([talks[number] for number in numbers], {})
        member.outbox.deliver(joined)


def _merge(talks: Sequence[Talk], own: dict[int, bytes]) -> bytes:
    places = {place: text for talk in talks for place, text in zip(talk.places, talk.frames, strict=True)}
    places.update(own)
    return b"".join([places[place] for place in sorted(places)])
