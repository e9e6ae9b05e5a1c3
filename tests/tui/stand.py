"""A screen without a server: events are handed to it one by one, an emulator shows what it draws."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from prompt_toolkit.application import create_app_session

from chat import messages as m
from chat.client import Notes, State
from chat.tui.screen.app import Screen
from tests.fakes import until
from tests.tui.terminal import Terminal, terminal

START = 1_763_726_400_000  # 2025-11-21 12:00 UTC


class Nobody:
    """A client that hears nothing and answers nothing."""

    user = "ana"
    kept = False

    def __init__(self) -> None:
        self.notes = Notes(None)

    def make_state(self) -> State:
        return State(self.user)

    def __aiter__(self) -> "Nobody":
        return self

    async def __anext__(self) -> m.Message:
        return await asyncio.get_running_loop().create_future()

    async def history(self, *arguments, **more):
        return await asyncio.get_running_loop().create_future()

    who = history


def welcome(*rooms):
    """The server's welcome to ana."""
    return m.Welcome(
        version=1,
        server="chat",
        user="ana",
        session="s",
        log="l",
        head=0,
        rooms=list(rooms) or [m.RoomInfo("#geral", "aulas e provas", 3), m.RoomInfo("#redes", "", 2)],
        max_frame=65_536,
        max_body=4_096,
        features=[],
    )


def message(id, sender, body, *, to="#geral", minutes=0, **more):
    """Something said, so many minutes after noon."""
    ts = START + minutes * 60_000
    return m.Message(id=id, to=to, from_=sender, ts=ts, cid=f"c{id}", body=body, **more)


class Stand:
    """The screen, and its own loop, which runs only while a method of this does."""

    def __init__(self, seen: Terminal, loop: asyncio.AbstractEventLoop) -> None:
        self.seen = seen
        self._loop = loop
        self.screen = Screen(Nobody(), input=seen.input, output=seen.output)
        self.stage = self.screen.stage
        self._session = loop.create_task(self.screen.run())
        self._until(lambda: self.screen.app.render_counter > 0)

    def hear(self, *events):
        """Let the screen hear events, and draw."""
        self.do(lambda: [self.stage.hear(event) for event in events])
        self.draw()

    def draw(self):
        """Draw what there is to draw."""
        self.do(self.screen.app._redraw)

    def show(self, key):
        """Open a talk."""
        self.do(lambda: self.stage.show(key))
        self.draw()

    def resize(self, columns, rows):
        """Give the window another size."""
        self.seen.screen.resize(rows, columns)
        self.do(self.screen.app._on_resize)

    def type(self, keys):
        """Press keys, and wait until they are drawn."""
        before = self.screen.app.render_counter
        self.seen.type(keys)
        self._until(lambda: self.screen.app.render_counter > before)

    def close(self):
        self.do(self.screen.leave)
        self._loop.run_until_complete(self._session)

    def _until(self, condition):
        self._loop.run_until_complete(until(condition))

    def do(self, work):
        """Call something that needs the loop."""

        async def do():
            work()

        self._loop.run_until_complete(do())


@contextmanager
def stand(columns: int = 80, rows: int = 24) -> Iterator[Stand]:
    """A screen of this size that has been welcomed."""
    with (
        terminal(columns, rows) as seen,
        create_app_session(seen.input, seen.output),
        asyncio.Runner() as runner,
    ):
        one = Stand(seen, runner.get_loop())
        one.hear(welcome())
        try:
            yield one
        finally:
            one.close()
