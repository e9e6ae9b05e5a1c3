"""A terminal in memory: keys go in through a pipe, and an emulator turns what comes out into lines."""

import asyncio
import signal
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyte
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output
from wcwidth import wcwidth

from tests.patience import PATIENCE

ENTER = "\r"
TAB = "\t"
SHIFT_TAB = "\x1b[Z"
ALT_ENTER = "\x1b\r"
ALT_DOWN = "\x1b\x1b[B"
ALT_UP = "\x1b\x1b[A"
PAGE_UP = "\x1b[5~"
PAGE_DOWN = "\x1b[6~"
CTRL_END = "\x1b[1;5F"
CTRL_C = "\x03"
CTRL_D = "\x04"
F1 = "\x1bOP"
UP = "\x1b[A"
DOWN = "\x1b[B"
SHIFT_UP = "\x1b[1;2A"
ALT_A = "\x1ba"
ALT_L = "\x1bl"
ALT_U = "\x1bu"
ESC = "\x1b"
CTRL_F = "\x06"
CTRL_J = "\n"
CTRL_K = "\x0b"
CTRL_N = "\x0e"
CTRL_P = "\x10"
CTRL_S = "\x13"
CTRL_X_E = "\x18\x05"
BACKSPACE = "\x7f"
FOCUS_IN = "\x1b[I"
FOCUS_OUT = "\x1b[O"


class Emulator(pyte.Screen):
    """Leaves out what has no width and combines with nothing: pyte stops drawing there, terminals do not."""

    def draw(self, data: str) -> None:
        super().draw("".join(char for char in data if wcwidth(char) != 0 or unicodedata.combining(char)))


class Terminal:
    """What a user sees and types. `screen` is the emulator."""

    def __init__(self, columns: int, rows: int, keys: PipeInput) -> None:
        self.screen = Emulator(columns, rows)
        self.raw: list[str] = []
        self.input = keys
        self.output = Vt100_Output(self, lambda: Size(self.screen.lines, self.screen.columns), term="xterm")  # type: ignore[arg-type]
        self.output.enable_cpr = False
        self._stream = pyte.Stream(self.screen)
        self._drawn = asyncio.Event()

    # what the output needs of a file

    encoding = "utf-8"

    def write(self, data: str) -> None:
        self.raw.append(data)
        self._stream.feed(data)
        self._drawn.set()

    def flush(self) -> None:
        pass

    # what a test does

    def type(self, keys: str) -> None:
        """Press keys."""
        self.input.send_text(keys)

    def paste(self, text: str) -> None:
        """Paste as a terminal with bracketed paste does."""
        self.type(f"\x1b[200~{text}\x1b[201~")

    def click(self, text: str) -> None:
        """Click on the first place where this text stands."""
        for row, line in enumerate(self.lines):
            if text in line:
                place = f"{line.index(text) + 1};{row + 1}"
                self.type(f"\x1b[<0;{place}M\x1b[<0;{place}m")
                return
        raise AssertionError(f"{text!r} is not on the screen:\n{self.picture}")

    def wheel(self, direction: str) -> None:
        """Turn the wheel over the middle of the screen: "up" or "down"."""
        button = {"up": 64, "down": 65}[direction]
        self.type(f"\x1b[<{button};{self.screen.columns // 2};{self.screen.lines // 2}M")

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size; tell the program (the last that was started) as terminals do."""
        self.screen.resize(rows, columns)
        signal.raise_signal(signal.SIGWINCH)

    @property
    def lines(self) -> list[str]:
        """The screen's lines, as they are seen."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def picture(self) -> str:
        """The whole screen as text."""
        return "\n".join(self.lines)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is true of the screen; fails with the picture after PATIENCE."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    self._drawn.clear()
                    await self._drawn.wait()
        except TimeoutError:
            raise AssertionError(f"it was never seen; the screen is\n{self.picture}") from None

    async def shows(self, *texts: str) -> None:
        """Wait until each text is somewhere on the screen."""
        await self.until(lambda: all(text in self.picture for text in texts))

    async def hides(self, text: str) -> None:
        """Wait until a text is nowhere on the screen."""
        await self.until(lambda: text not in self.picture)


@contextmanager
def terminal(columns: int = 80, rows: int = 24) -> Iterator[Terminal]:
    """A terminal of this size."""
    with create_pipe_input() as keys:
        yield Terminal(columns, rows, keys)
