"""The three standard streams: all there, and none that fails for a letter it does not have."""

import os
import sys
from contextlib import suppress

_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
"""By their numbers."""


def ready() -> None:
    """Put the null device where the program was started without a stream, and `?` where a letter is lacking.

    For the first thing a program does: what it opens gets the lowest free number, and a socket in the place
    of stderr would be told what goes wrong (uvloop even ends the process where it has to close one below 3).
    """
    while (spare := os.open(os.devnull, os.O_RDWR)) < len(_STREAMS):
        pass
    os.close(spare)
    for number, (name, mode) in enumerate(_STREAMS):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # not a file: a test's, or an embedding program's
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]


def say(text: str, end: str = "\n") -> None:
    """Print a line at once; where it cannot be (nobody reads the pipe), no line is from then on."""
    try:
        print(text, end=end, flush=True)
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())  # for what is still to be flushed too
        os.close(nowhere)
