"""`python -m chat`: a throw-away server and a client in this terminal, to try it out."""

import getpass
import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from chat import words
from chat.names import BadName, user_name
from chat.words import t

PORT = 10_101
FIRST = "CHAT_FIRST"
"""The variable in which a client is told what to show first: its screen covers what was printed before."""


def main(arguments: Sequence[str]) -> int:
    """Start a server that keeps nothing, then a client; stop the server when the client ends.

    Where port 10101 is taken the client joins the server that is there. Returns the client's exit code.
    """
    words.use(words.language(os.environ))
    server = _server()
    try:
        if server is not None:
            _end_with_the_terminal()
            os.environ[FIRST] = _second(_beside("chat-client"))
            print(os.environ[FIRST])
        mine = _as_me() + ([] if server is None else ["--data", ":memory:"])  # kept of what is thrown away?
        return subprocess.call([sys.executable, "-m", "chat.tui", *(arguments or mine)])
    except KeyboardInterrupt:
        return 130
    finally:
        if server is not None:
            server.terminate()
            server.wait()


def _server() -> "subprocess.Popen[str] | None":
    """A server that accepts connections, or None if it did not start: then one is there already."""
    command = [sys.executable, "-m", "chat.server", "--port", str(PORT), "--data", ":memory:", "--quiet"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout is not None
    if server.stdout.readline() and server.poll() is None:
        return server
    server.wait()
    return None


def _end_with_the_terminal() -> None:
    """Stop the server too when the terminal is closed: of itself it takes SIGHUP for something else."""
    for name in ("SIGHUP", "SIGTERM"):
        if hasattr(signal, name):  # Windows has no SIGHUP
            signal.signal(getattr(signal, name), lambda number, frame: sys.exit(128 + number))


def _second(client: str) -> str:
    """What to type to be two."""
    command = f"{client} --user bia"
    if os.path.isabs(client):
        return t("In a second terminal:  {command}", command=command)
    return t("In a second terminal, in this folder:\n{command}", command=command)


def _beside(script: str) -> str:
    """How to call a script of this installation from a shell."""
    path = os.path.join(os.path.dirname(sys.executable), script)
    return os.path.relpath(path) if len(os.path.relpath(path)) < len(path) else path


def _as_me() -> list[str]:
    """The user's own name, if it may be used here; else the client asks."""
    try:
        return ["--user", user_name(getpass.getuser()).shown]
    except (BadName, OSError, KeyError):
        return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
