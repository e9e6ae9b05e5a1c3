"""Telling the service manager that started us what becomes of us (sd_notify(3)).

A datagram of `NAME=value` lines goes to the socket that NOTIFY_SOCKET names; without it, nobody asks.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

READY = "READY=1"
STOPPING = "STOPPING=1"


def tell(state: str, environ: Mapping[str, str] = os.environ) -> None:
    """Send a state; never raises: who started us cannot be told anything if not so."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as teller:
        teller.connect(address.replace("@", "\0", 1) if address[0] == "@" else address)
        teller.sendall(state.encode())
