"""Opening a link in the browser of this machine, when asked to."""

import asyncio
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

SCHEMES = frozenset({"http", "https"})
"""What may be opened: other schemes start programs, and the address comes from somebody else."""


def opener(environ: Mapping[str, str], platform: str) -> list[str] | None:
    """The command that opens an address here; None if there is no screen of its own to open it on.

    From afar (ssh) a browser would open where nobody sits, so there is none.
    """
    if "BROWSER" in environ:
        return shlex.split(environ["BROWSER"]) or None
    if {"SSH_CONNECTION", "SSH_TTY"} & environ.keys():
        return None
    if platform == "darwin":
        return ["open"]
    if platform == "win32":
        return ["rundll32", "url.dll,FileProtocolHandler"]
    if {"DISPLAY", "WAYLAND_DISPLAY"} & environ.keys():
        found = shutil.which("xdg-open", path=environ.get("PATH"))
        return [found] if found else None
    return None


def may_open(url: str) -> bool:
    """Whether an address is one that may be opened: http or https, of some machine, without controls."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in SCHEMES and bool(parts.hostname) and url.isprintable() and " " not in url


async def open_link(url: str) -> bool:
    """Open an address; False if it may not be, or cannot be here. Does not wait for the browser."""
    command = opener(os.environ, sys.platform)
    if command is None or not may_open(url):
        return False
    nothing = asyncio.subprocess.DEVNULL
    try:
        await asyncio.create_subprocess_exec(
            *command, url, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
        )
    except OSError:
        return False
    return True
