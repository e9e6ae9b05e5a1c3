"""Where a server says that it listens, among all else that it says."""

import re

_LISTENS = re.compile(r" 127\.0\.0\.1:(\d+)(?:, \[::1\]:\d+)?\.$")


def port(line: str) -> int | None:
    """The port, in whatever language it is said; None for a line about a client or a nats-server."""
    found = _LISTENS.search(line.rstrip("\n"))
    return int(found[1]) if found is not None else None
