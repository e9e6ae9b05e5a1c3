"""One committed batch becomes bytes: each entry encoded once, each audience's frames joined once."""

from collections.abc import Iterable, Sequence

from chat.hub.people import Member


class Talk:
    """What one batch brings to one conversation: places in the batch with their frames, and its readers."""

    __slots__ = ("frames", "members", "places")

    def __init__(self, members: Iterable[Member]) -> None:
        self.members = members
        self.places: list[int] = []
        self.frames: list[bytes] = []


Own = dict[Member, dict[int, bytes]]
"""Frames that one member gets in a version of its own: those it sent with a `ref`, by place in the batch."""


def spread(talks: Sequence[Talk], own: Own) -> None:
    """Give every member its frames of this batch, in order of id, with one write each.

    The members of most rooms hear one talk of a batch and get the same bytes; those who hear several
    get a merge, made once for each combination.
    """
    if len(talks) == 1 and not own:
        joined = b"".join(talks[0].frames)
        for member in talks[0].members:
            member.outbox.deliver(joined)
        return
    heard: dict[Member, tuple[int, ...]] = {}
    for number, talk in enumerate(talks):
        for member in talk.members:
            heard[member] = (*heard.get(member, ()), number)
    merged: dict[tuple[int, ...], bytes] = {}
    for member, numbers in heard.items():
        if member in own:
            member.outbox.deliver(_merge([talks[number] for number in numbers], own[member]))
            continue
        joined = merged.get(numbers, b"")
        if not joined:
            joined = merged[numbers] = _merge([talks[number] for number in numbers], {})
        member.outbox.deliver(joined)


def _merge(talks: Sequence[Talk], own: dict[int, bytes]) -> bytes:
    if len(talks) == 1 and not own:
        return b"".join(talks[0].frames)
    places = {place: text for talk in talks for place, text in zip(talk.places, talk.frames, strict=True)}
    places.update(own)
    return b"".join([places[place] for place in sorted(places)])
