"""How many descriptors this process may have, and which of them may be for connections."""

import contextlib
import errno
import os
import sys

_RESERVE = 64
"""Descriptors left for the database, the operator and whatever else; a quarter where there are few."""

if sys.platform == "win32":

    def raise_limit() -> None:
        """There is no such limit here."""

    def most() -> int:
        """Sockets are no descriptors here: as good as no limit."""
        return sys.maxsize

else:
    import resource

    def raise_limit() -> None:
        """Let this process have as many descriptors as it may, where the system lets it."""
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.suppress(ValueError, OSError):  # macOS has no limit, and refuses to set none
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def most() -> int:
        """How many descriptors this process may have now."""
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return sys.maxsize if soft == resource.RLIM_INFINITY else soft


def spare(descriptor: int) -> None:
    """Whether a descriptor that has just been made may be used for a connection. Raises OSError if not.

    A new one is always the lowest that is free: where it is high, all below are in use.
    """
    limit = most()
    if descriptor >= limit - min(_RESERVE, limit // 4):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
