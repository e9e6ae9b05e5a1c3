"""The registry put together from what its bucket tells: whole changes, though some of it is there no more."""

from collections.abc import Sequence

import pytest

from chat.cluster import records
from chat.cluster.contents import Contents, Made, Said
from chat.cluster.records import Damaged
from chat.registry.base import Deed, Record


def said(
    place: str, seq: int, value: bytes, batch: str = "", *, last: bool = False, gone: bool = False
) -> Said:
    """A message as a node writes it."""
    headers = records.headers(place, value, f"change-{batch or seq}", gone=gone)
    headers |= {"Nats-Batch-Id": batch} if batch else {}
    return Said(place, seq, value, headers | ({"Nats-Batch-Commit": "1"} if last else {}))


def taken(contents: Contents, *messages: Said) -> list[Made]:
    """What is made with some messages."""
    return [made for message in messages for made in contents.take(message)]


def keys(made: Made) -> Sequence[str]:
    return [key for key, _ in made.records]


def test_a_batch_is_one_change() -> None:
    """It is made when its last message is there, not before."""
    contents = Contents()
    assert taken(contents, said("r.a", 1, b"1", "x")) == []
    assert contents.records == {}
    (made,) = taken(contents, said("r.b", 2, b"2", "x", last=True))
    assert made == Made("change-x", [("a", Record(b"1", 1)), ("b", Record(b"2", 2))], None)
    assert contents.position == 2


def test_a_batch_of_which_some_is_missing() -> None:
    """Its end was written over: it is as whole as it can be when something else comes, which is newer."""
    contents = Contents()
    first, second = taken(contents, said("r.a", 1, b"1", "x"), said("r.b", 7, b"3", "y", last=True))
    assert (keys(first), keys(second)) == (["a"], ["b"])


def test_a_key_that_is_gone_is_known_to_be() -> None:
    """Who writes it anew has to expect where it went."""
    contents = Contents()
    taken(contents, said("r.a", 1, b"1"), said("r.a", 2, b"", gone=True))
    assert contents.records == {}
    assert contents.expected("a", 0) == 2
    assert contents.expected("b", 0) == 0
    taken(contents, said("r.a", 3, b"2"))
    assert contents.expected("a", 3) == 3


def test_a_deed_is_told_once() -> None:
    """Not when it is written anew in other words, nor one from before anybody listened."""
    contents = Contents()
    contents.load(said("n.=23a", 5, b"7"))
    old, new = Deed("#a", 1, "ana", "kick", number=7), Deed("#a", 2, "ana", "kick", number=8)
    told = taken(
        contents,
        said("l.=23a.7", 6, records.encoded(old)),
        said("n.=23a", 7, b"8", "x"),
        said("l.=23a.8", 8, records.encoded(new), "x", last=True),
        said("l.=23a.8", 9, records.encoded(new)),
    )
    assert [made.deed for made in told] == [None, new, None]
    assert contents.number("#a") == (8, 7)


@pytest.mark.parametrize("key", ["a", "#sala b", "=", "é", "a.b", "*", "\x00", "name/joão"])
def test_any_key_has_a_place(key: str) -> None:
    """And is read from it again; a bucket takes no other characters."""
    place = records.record_place(key)
    assert records.key_of(place) == key
    assert set(place.removeprefix("r.")) <= set("=-_/") | {
        char for char in place if char.isascii() and char.isalnum()
    }
    assert records.key_of(records.number_place(key)) is None
    assert records.numbered(records.number_place(key)) == key


@pytest.mark.parametrize("change", [{"value": b"2"}, {"place": "r.b"}, {"headers": {}}])
def test_what_is_not_as_it_was_written_is_refused(change: dict[str, object]) -> None:
    """Another value, another place, or no checksum."""
    with pytest.raises(Damaged):
        taken(Contents(), said("r.a", 1, b"1")._replace(**change))  # type: ignore[arg-type]


@pytest.mark.parametrize("place", ["r.a b", "n.%41"])
def test_a_place_that_no_node_writes_is_refused(place: str) -> None:
    """However right its checksum is."""
    with pytest.raises(Damaged):
        taken(Contents(), said(place, 1, b"1"))


def test_another_message_in_the_place_of_the_newest_is_noticed() -> None:
    """Heard again it is nothing new; another one there means that the bucket has lost what was heard of."""
    contents = Contents()
    taken(contents, said("r.a", 1, b"1"), said("r.b", 2, b"2"))
    assert contents.knows(said("r.b", 2, b"2"))
    assert not contents.knows(said("r.c", 3, b"3"))
    for other in (said("r.c", 2, b"2"), said("r.b", 2, b"3"), said("r.b", 2, b"2", "another")):
        with pytest.raises(Damaged):
            contents.knows(other)
