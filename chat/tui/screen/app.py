"""The full screen: terminal, keys and mouse joined to a stage, and the client's events to both."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping
from functools import cache
from typing import Any

from msgspec.structs import replace
from prompt_toolkit.application import Application
from prompt_toolkit.input import Input
from prompt_toolkit.mouse_events import MouseEvent, MouseEventType
from prompt_toolkit.output import ColorDepth, Output
from prompt_toolkit.styles import DynamicStyle, Style

from chat.client import Client, Connection
from chat.client.clock import LoopClock
from chat.tui.desk import style
from chat.tui.desk.alerts import Alerts
from chat.tui.desk.config import Config
from chat.tui.desk.keys import Mode
from chat.tui.rows import render, sidebar, status
from chat.tui.rows.cells import Row
from chat.tui.rows.panels import panel
from chat.tui.screen import hints, notices
from chat.tui.screen.bindings import bindings, hurry
from chat.tui.screen.layout import Part, Parts, layout, talks_width
from chat.tui.screen.stage import Stage

FRAME = 1 / 30
"""Least seconds before what arrives is drawn again: keys, which are drawn at once, find the time free."""
TICK = 1.0
"""Seconds between two drawings of a countdown, and between two looks at what is to be kept."""
WHEEL = 3
"""Rows that one notch of the mouse wheel moves."""


@cache
def _style(theme: str) -> Style:
    return Style.from_dict(style.THEMES[theme])


class Screen:
    """One session on a terminal; `run` it once. `input` and `output` are given by tests only."""

    def __init__(
        self,
        client: Client,
        *,
        config: Config | None = None,
        input: Input | None = None,
        output: Output | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._client = client
        self._work: set[asyncio.Task[None]] = set()
        self._clickable: dict[str, list[sidebar.Entry]] = {}
        self._at_top = False
        self._last = 0.0
        self._due: asyncio.TimerHandle | None = None
        config = config or Config()
        config = replace(config, theme=config.theme or style.preferred(environ))
        self.stage = Stage(client, self._start, self._changed, self.leave, config=config)
        self.stage.parts.append(self)
        self._notices = self._which_notices(environ)
        self.app: Application[None] = Application(
            layout(self._make_parts(), self._columns),
            style=DynamicStyle(lambda: _style(self.stage.view.theme)),
            key_bindings=bindings(self),
            include_default_pygments_style=False,
            full_screen=True,
            mouse_support=True,
            max_render_postpone_time=None,
            color_depth=self._colours,
            input=input,
            output=output,
        )
        self.app.after_render += self._drawn
        hurry(self.app)
        settings = self.stage.desk.settings
        self.stage.alerts = Alerts(settings, LoopClock().now, self._ring, self._show_notice)

    async def run(self) -> None:
        """Show the screen until the user leaves. Cancellation gives the terminal back.

        A fault of ours, wherever it happens, ends the screen and is raised.
        """
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            self._start(self._listen())
            self._start(self._tick())
            await asyncio.sleep(0)  # what is kept is heard now, and stands in the first drawing
            loop = asyncio.get_running_loop()
            before = loop.get_exception_handler()
            loop.set_exception_handler(self._fault)
            self._raw(notices.FOCUS_ON)
            try:
                await self.app.run_async(set_exception_handler=False)
            except EOFError:
                pass  # the terminal is gone
            finally:
                self._raw(notices.FOCUS_OFF)
                loop.set_exception_handler(before)
                self.stage.composer.save()
                for task in self._work:
                    task.cancel()

    def leave(self) -> None:
        """End `run`. Calling it again is harmless."""
        if self.app.is_running and not self.app.is_done:
            self.app.exit()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._tasks.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _listen(self) -> None:
        async for event in self._client:
            self.stage.hear(event)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self.stage.composer.save()
            if self.stage.state.connection is Connection.WAITING:
                self.app.invalidate()

    def _changed(self) -> None:
        """Draw, at once or when a frame has passed since the last drawing."""
        if self._due is None:
            loop = asyncio.get_running_loop()
            self._due = loop.call_at(self._last + FRAME, self.app.invalidate)

    def _fault(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Drawing happens in callbacks of the loop: an exception there must not go unseen."""
        error = context.get("exception")
        if error is not None and self.app.is_running and not self.app.is_done:
            self.app.exit(exception=error)

    # bells and notices

    def _which_notices(self, environ: Mapping[str, str]) -> str:
        wanted = self.stage.config.notices
        return notices.number(environ) if wanted == "auto" else wanted

    def _ring(self) -> None:
        if self.stage.config.bell:
            self.app.output.bell()
            self.app.output.flush()

    def _show_notice(self, title: str, text: str) -> None:
        if self._notices != "off":
            self._raw(notices.sequence(self._notices, title, text))

    def _raw(self, sequence: str) -> None:
        self.app.output.write_raw(sequence)
        self.app.output.flush()

    def front(self, *, in_front: bool) -> None:
        """The terminal has come to the front, or gone."""
        self.stage.front(in_front=in_front)

    # drawing

    def _colours(self) -> ColorDepth | None:
        """No colours at all where the theme has none: prompt_toolkit has some of its own."""
        return ColorDepth.MONOCHROME if self.stage.view.theme == style.PLAIN else None

    def _columns(self) -> int:
        return self.app.output.get_size().columns

    def _make_parts(self) -> Parts:
        stage = self.stage
        return Parts(
            title=Part(lambda width, height: [status.title(stage.state, stage.view, width)]),
            talks=self._column("talks", sidebar.talks, stage.visit),
            messages=Part(self._messages, self._pointed),
            panel=self._column("panel", panel, stage.lists.pick),
            covered=lambda: stage.view.overlay is not None,
            people=self._column("people", sidebar.people, stage.field.address),
            status=Part(self._status),
            hint=Part(lambda width, height: [self._hint(width) or []]),
            hinting=lambda: self._hint(self._columns()) is not None,
            field=stage.field.buffer,
            send=self._press,
        )

    def _messages(self, width: int, height: int) -> list[Row]:
        self.stage.moving.fit(width, height)
        rows, self._at_top = render.messages(self.stage.state, self.stage.view, width, height, None)
        return rows

    def _status(self, width: int, height: int) -> list[Row]:
        columns = talks_width(self._columns()) > 0
        now = LoopClock().wall()
        return [status.status(self.stage.state, self.stage.view, now, width, columns=columns)]

    def _hint(self, width: int) -> Row | None:
        stage = self.stage
        question = stage.desk.question.text if stage.desk.question is not None else ""
        composer = stage.composer
        return hints.hint(stage.mode, stage.config.keys, question, composer.target, composer.room, width)

    def _drawn(self, app: Application[None]) -> None:
        self._last = asyncio.get_running_loop().time()
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self._at_top and self.stage.view.overlay is None:
            self.stage.reached_top()

    # the mouse

    def _column(self, name: str, entries: sidebar.Column, choose: Callable[[str], None]) -> Part:
        """A column whose entries do something when they are clicked."""

        def draw(width: int, height: int) -> list[Row]:
            self._clickable[name] = entries(self.stage.state, self.stage.view, width, height)
            return [entry.row for entry in self._clickable[name]]

        def click(event: MouseEvent) -> object:
            shown = self._clickable.get(name, [])
            if name == "panel" and event.event_type is not MouseEventType.MOUSE_UP:
                return self._pointed(event)
            if event.event_type is not MouseEventType.MOUSE_UP or event.position.y >= len(shown):
                return NotImplemented
            if target := shown[event.position.y].target:
                choose(target)
            return None

        return Part(draw, click)

    def _pointed(self, event: MouseEvent) -> object:
        """The wheel scrolls, a click chooses a message."""
        rows = {MouseEventType.SCROLL_UP: WHEEL, MouseEventType.SCROLL_DOWN: -WHEEL}.get(event.event_type)
        if rows is not None:
            self.stage.scroll(rows)
        elif event.event_type is MouseEventType.MOUSE_UP:
            self.stage.point(event.position.y)
        else:
            return NotImplemented
        return None

    def _press(self) -> None:
        """The button was pressed, by mouse or key: what is written next goes to the field again."""
        self.write()
        self.stage.act("send")

    # keys

    @property
    def mode(self) -> Mode:
        """What the keys are for."""
        mode = self.stage.mode
        return mode if mode is not Mode.WRITING or self._in_field else Mode.PRESSING

    @property
    def _in_field(self) -> bool:
        return self.app.layout.has_focus(self.stage.field.buffer)

    def write(self) -> None:
        """Give the field the focus."""
        self.app.layout.focus(self.stage.field.buffer)

    def next_field(self) -> None:
        """Complete the word before the cursor; where there is nothing to complete, go to the button."""
        if not self._in_field or not self.stage.field.complete(1):
            self.app.layout.focus_next()

    def previous_field(self) -> None:
        """Back to the offer, or the field, before."""
        if not self._in_field or not self.stage.field.complete(-1):
            self.app.layout.focus_previous()

    def edit_outside(self) -> None:
        """Write what stands in the field in the editor of this system."""
        self._start(self._edit_outside())

    async def _edit_outside(self) -> None:
        self.write()
        self._raw(notices.FOCUS_OFF)  # an editor that does not ask for it would take it for keys
        try:
            await self.stage.field.buffer.open_in_editor()
        finally:
            self._raw(notices.FOCUS_ON)
