"""How seldom this process looks for garbage in cycles, of which a server on uvloop makes next to none."""

import gc

YOUNG, AGEING, ALL = 2_000, 10, 100
"""New objects that are still there until the newest are looked at, looks at those until it is the turn of
what outlived them, and turns of that until everything is looked at. To look at everything stops the loop for
0.1 s with 9,000 connections; by default it was done five times while they came in, an eighth of what their
log-ins cost, and found five objects (measured)."""


def seldom() -> None:
    """From here on look seldom at everything, and at what is there by now never."""
    gc.freeze()
    gc.set_threshold(YOUNG, AGEING, ALL)
