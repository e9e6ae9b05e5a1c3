"""What a server on this machine uses: its CPU time and memory, and which process it is, read from /proc."""

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
LISTENING = "0A"


def here(host: str) -> bool:
    """Whether a name or address is this machine's: whether a server of it could listen there."""
    with suppress(OSError):
        for family, kind, _, _, address in socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM):
            with suppress(OSError), socket.socket(family, kind) as probe:
                probe.bind(address)
                return True
    return False


def listener(port: int) -> int | None:
    """The process that listens on a port of this machine; None where that cannot be seen."""
    inodes = {f"socket:[{inode}]" for inode in _inodes(port)}
    for entry in PROC.glob("[0-9]*") if inodes else ():
        with suppress(OSError):
            if any(os.readlink(link) in inodes for link in (entry / "fd").iterdir()):
                return int(entry.name)
    return None


def listening(port: int) -> bool:
    """Whether somebody listens on a port of this machine: to try a connection would be a client to some."""
    return any(True for _ in _inodes(port))


def _inodes(port: int) -> Iterator[str]:
    for name in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (PROC / "net" / name).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]


def seconds(pid: int) -> float | None:
    """User and system time of a process so far; None once it is gone."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


def memory(pid: int) -> float | None:
    """Kilobytes of a process that are in memory; None once it is gone."""
    try:
        pages = int((PROC / str(pid) / "statm").read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024
