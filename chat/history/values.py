"""Many values that go into a statement as one: JSON, which `json_each` takes apart there. Pure."""

from collections.abc import Iterable

import msgspec


def listed(values: Iterable[object]) -> str:
    """The value that stands for all of them, so that a statement is the same however many there are."""
    return msgspec.json.encode(list(values)).decode()
