"""When something said is worth a bell or a notice: not too often, and not to somebody who is looking."""

from collections.abc import Callable

from chat.client import Line, Talk
from chat.tui.desk.settings import Level, Settings

REST = 2.0
"""Least seconds between two bells, and between two notices."""


class Alerts:
    """Rings and shows notices. `now` gives seconds; `show` gets a title and a text from the network, unsafe.

    `in_front` says whether the terminal is in front of the others, None while it has not said so.
    """

    def __init__(
        self,
        settings: Settings,
        now: Callable[[], float],
        ring: Callable[[], None],
        show: Callable[[str, str], None],
    ) -> None:
        self.in_front: bool | None = None
        self._settings = settings
        self._now = now
        self._ring = ring
        self._show = show
        self._rang = self._shown = float("-inf")

    def said(self, talk: Talk, line: Line, *, seen: bool) -> None:
        """Something new was said by somebody else; `seen` if it stands on the screen."""
        level = self._settings.level(talk.key)
        private = talk.key.startswith("@")
        wanted = level is Level.ALL or (level is Level.MENTION and (line.mention or private))
        if not wanted or self._settings.ignores(line.sender) or (seen and self.in_front):
            return
        now = self._now()
        if now - self._rang >= REST:
            self._rang = now
            self._ring()
        if self.in_front is False and now - self._shown >= REST:
            self._shown = now
            self._show(line.sender if private else f"{talk.name} {line.sender}", line.body)
