"""The lines the operator reads, in the operator's language; what peers chose is made safe first."""

import queue
import sys
import threading
import traceback
from textwrap import indent
from typing import TextIO

from chat.text import Kind, safe
from chat.words import mark, t

ROOM = 10_000
"""Lines that may wait for a slow terminal or pipe; what comes beyond is dropped and counted."""

_ENTERED = mark("{user} came in from {address}.")
_GUEST_ENTERED = mark("{user} (guest) came in from {address}.")


class Printer:
    """Prints lines from a thread of its own: a pipe that nobody empties must not hold the server."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out if out is not None else sys.stdout
        self._lines: queue.Queue[str | None] = queue.Queue(ROOM)
        self._dropped = 0
        self._thread = threading.Thread(target=self._print, name="console", daemon=True)
        self._thread.start()

    def line(self, text: str) -> None:
        """Queue one line."""
        try:
            if self._dropped:
                self._lines.put_nowait(t("({n} lines left out)", n=self._dropped))
                self._dropped = 0
            self._lines.put_nowait(text)
        except queue.Full:
            self._dropped += 1

    def close(self, patience: float = 1.0) -> None:
        """Print what waits, for at most `patience` seconds."""
        try:
            self._lines.put(None, timeout=patience)
        except queue.Full:
            return
        self._thread.join(patience)

    def _print(self) -> None:
        while (text := self._lines.get()) is not None:
            try:
                self._out.write(text + "\n")
                if self._lines.empty():
                    self._out.flush()
            except (OSError, ValueError):
                return  # nobody reads any more; the server goes on


class Console:
    """What happens on the server, a line for each event."""

    def __init__(self, printer: Printer, *, verbose: bool = True) -> None:
        self._printer = printer
        self.verbose = verbose
        """Whether there is a line for each connection."""

    def say(self, text: str) -> None:
        """A sentence of the server's own."""
        self._printer.line(text)

    def connected(self, address: str) -> None:
        if self.verbose:
            self.say(t("[NEW CONNECTION] {address} connected.", address=address))

    def entered(self, user: str, address: str, *, guest: bool) -> None:
        if self.verbose:
            sentence = _GUEST_ENTERED if guest else _ENTERED
            self.say(t(sentence, user=safe(user, Kind.NAME), address=address))

    def gone(self, user: str, address: str, reason: str) -> None:
        if self.verbose:
            who = safe(user, Kind.NAME) or t("somebody without a name")
            self.say(
                t("{user} left ({address}): {reason}.", user=who, address=address, reason=_reason(reason))
            )

    def refused(self, address: str, code: str) -> None:
        if self.verbose:
            self.say(t("Error in what {address} sent ({code}); disconnected.", address=address, code=code))

    def turned_away(self, address: str, limit: str) -> None:
        if self.verbose:
            self.say(t("{address} was turned away: {why}.", address=address, why=_reason(limit)))

    def crowded(self, limit: str) -> None:
        self.say(t("Whoever connects now has to wait: {why}.", why=_reason(limit)))

    def stalled(self, seconds: float, where: str) -> None:
        self.say(t("Everything stood still for {seconds} s and more, in:", seconds=f"{seconds:g}"))
        self.say(_block(where))

    def failed(self, what: str, error: BaseException) -> None:
        self.say(t("Error in the server ({what}): {error}", what=what, error=safe(repr(error), Kind.LINE)))
        for text in traceback.format_exception(error):
            self.say(_block(text))


def _block(text: str) -> str:
    """Several lines that belong to the one before: indented, so that none looks like an event of its own."""
    return indent(safe(text.rstrip(), Kind.BLOCK), "    ", lambda line: True)


def _reason(reason: str) -> str:
    """Why a session ended, in words."""
    sentences = {
        "bye": t("said goodbye"),
        "cut": t("connection lost"),
        "name_taken": t("gave the name to its owner"),
        "freed": t("lost the name"),
        "replaced": t("came back on another connection"),
        "stuck": t("took nothing any more"),
        "hello_timeout": t("never said who it was"),
        "missed": t("stayed away longer than is kept"),
        "frame_timeout": t("stopped in the middle of a message"),
        "not_opened": t("never got as far as a word"),
        "tls_required": t("spoke without encryption"),
        "server_full": t("found the server full"),
        "tls_timeout": t("did not get the encryption done"),
        "connections_per_address": t("too many connections from there"),
        "new_connections_per_address": t("too many new connections from there"),
        "unwelcomed_connections": t("too many have not said who they are"),
        "descriptors": t("too few descriptors are left (ulimit -n)"),
        "shutting_down": t("the server is closing"),
    }
    return sentences.get(reason, reason)
