"""The deadlines of the clients in tests: a machine that stands still for a while is nobody's fault."""

from typing import Any

from chat.client import Timings
from tests.patience import PATIENCE

_UNHURRIED = {"connect": PATIENCE, "welcome": PATIENCE, "answer": PATIENCE, "frame": PATIENCE}


def unhurried(**timings: Any) -> Timings:
    """The timings of a client in a test that is not about its deadlines."""
    return Timings(**_UNHURRIED | timings)


SOON = unhurried(first_retry=0.001, last_retry=0.01)
"""And one that comes back at once."""
