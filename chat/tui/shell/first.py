"""What is told before anything else: faults of the configuration, and what whoever started us wants seen."""

import os
from collections.abc import Sequence
from typing import Protocol

from chat.configuration import Wrong
from chat.text import Kind, safe

FIRST = "CHAT_FIRST"
"""The variable with what is to be shown first."""


class Teller(Protocol):
    """Where it is told."""

    def tell(self, text: str, *, kind: str = "notice") -> None:
        """Show sentences that are no part of the history."""


def tell_first(teller: Teller, wrong: Sequence[Wrong]) -> None:
    """Tell what is wrong, and then that."""
    for fault in wrong:
        teller.tell(fault.sentence(), kind="error")
    if first := os.environ.get(FIRST):
        teller.tell(safe(first, Kind.BLOCK))
