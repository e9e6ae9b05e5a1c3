"""What stands over the messages for a while: what a search found, what is around it, the quick switcher."""

from chat.tui.commands import finding
from chat.tui.desk.desk import Desk
from chat.tui.desk.keys import Mode
from chat.tui.desk.overlay import Context, Results, Switcher
from chat.tui.desk.search import Reading
from chat.tui.desk.view import View, listed

STEP = 8
"""Most messages that one key goes on by while reading around something."""
_MODES = {Results: Mode.LISTING, Context: Mode.READING, Switcher: Mode.SWITCHING}


class Lists:
    """What the keys do in a view's overlay."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._view = view
        self._behind: Results | None = None

    @property
    def mode(self) -> Mode | None:
        """What the keys are for, None where nothing stands over the messages."""
        return None if self._view.overlay is None else _MODES[type(self._view.overlay)]

    def found(self, results: Results) -> None:
        """Show what a search finds; once the answer is there, it may have been shut already."""
        if results.busy:
            self._view.overlay, self._behind = results, None

    def around(self, context: Context) -> None:
        """Show what was said around one of the results."""
        over = self._view.overlay
        self._behind = over if isinstance(over, Results) else self._behind
        self._view.overlay = context

    def switch(self) -> None:
        """Show the quick switcher."""
        self._view.overlay = Switcher(keys=self._matching(""))

    def typed(self, text: str) -> None:
        """Look for this, too."""
        over = self._view.overlay
        if isinstance(over, Switcher):
            self._look(over, over.typed + text)

    def erase(self) -> None:
        """Look for a letter less; with none left, shut the switcher."""
        over = self._view.overlay
        if isinstance(over, Switcher) and over.typed:
            self._look(over, over.typed[:-1])
        else:
            self.shut()

    def _look(self, switcher: Switcher, typed: str) -> None:
        switcher.typed, switcher.at = typed, 0
        switcher.keys = self._matching(typed)

    def _matching(self, typed: str) -> list[str]:
        keys = self._desk.matching(typed)
        shown = set(listed(self._desk.state.talks, self._view)) - {self._view.current}
        return keys if typed else [key for key in keys if key in shown]

    def list_up(self) -> None:
        """The entry above."""
        self._step(-1)

    def list_down(self) -> None:
        """The entry below; at the end of what was found, more is searched for."""
        self._step(1)

    def _step(self, step: int) -> None:
        over = self._view.overlay
        if over is not None:
            over.move(step)
        if isinstance(over, Results) and over.at >= len(over.lines) - 1 and over.more and not over.busy:
            self._desk.do(finding.more(self._desk))

    def pick(self, place: str) -> None:
        """Go to the entry at this place, a number in digits."""
        if self._view.overlay is not None:
            self._view.overlay.at = int(place)
            self.choose()

    def choose(self) -> None:
        """Go to the chosen entry."""
        over = self._view.overlay
        if isinstance(over, Switcher):
            self.shut()
            if over.at < len(over.keys):
                self._desk.face.show(over.keys[over.at])
        elif self._desk.search is not None and over is self._desk.search.results and over.lines:
            message = self._desk.search.messages[over.at]
            self._desk.do(self._read(Reading(self._desk.client, message, self._desk.state.user or "")))

    async def _read(self, reading: Reading) -> None:
        await reading.begin()
        self._desk.reading = reading
        self._desk.face.around(reading.context)

    def turn(self, rows: int) -> None:
        """Go on by so many rows: up if positive."""
        reading = self._desk.reading
        if not isinstance(self._view.overlay, Context):
            self._step(-rows)
        elif reading is not None and self._view.overlay is reading.context:
            self._desk.do(self._moved(reading, max(-STEP, min(-rows, STEP))))

    async def _moved(self, reading: Reading, step: int) -> None:
        await reading.moved(step)
        if self._view.overlay is reading.context:
            self._desk.face.around(reading.context)

    def go_there(self) -> None:
        """Open the talk that what is read is from, at that message if it is kept."""
        reading = self._desk.reading
        if reading is None:
            return
        self._behind = None
        self._view.overlay = None
        talk = self._desk.state.open(reading.name)
        self._desk.face.show(talk.key)

    def shut(self) -> None:
        """Back to where one was: from what was around a result to the results, from there to the talk."""
        over = self._view.overlay
        self._view.overlay = self._behind if isinstance(over, Context) else None
        self._behind = None
