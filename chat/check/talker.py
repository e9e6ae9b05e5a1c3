"""One client of a check: says what its plan says, on as many connections as that takes, and reads back."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable

from chat import messages as m
from chat.check.entry import CannotCheck, Entry
from chat.check.ledger import Reading
from chat.check.line import Broken, Line
from chat.check.pages import Pager
from chat.check.plan import Act, Plan, Step, places_of
from chat.check.scene import Scene
from chat.check.voice import Voice

WHOLE = 0.3
"""The part of the connections broken while sending where all was sent before."""
CUT_WITHIN = 4_096
"""Bytes within which an incoming stream is cut: about twenty events."""
SLOWEST = 2.0
"""Longest time in seconds that a slow reader reads nothing."""

Stage = Callable[[Line], Awaitable[bool]]
"""Something to do on a connection; False if it has to go on on another."""


class Talker:
    """One user, from the first hello to the last page."""

    def __init__(self, scene: Scene, plan: Plan, number: int) -> None:
        self._scene = scene
        self._plan = plan
        self._user = plan.user
        places = places_of(plan.user, scene.users, plan.rooms)
        self._reading = Reading(plan.user, places, since=-1)
        scene.ledger.readings.append(self._reading)
        self._entry = Entry(scene, plan.user, plan.rooms, self._hear)
        self._voice = Voice(scene, plan.user)
        self._pager = Pager(scene, plan.user, backward=number % 2 == 1)
        self._stages: deque[Stage] = deque()
        self._pause = 0.0
        self._twin = False
        self._due = 0.0
        self._fencing = 0.0

    async def live(self) -> None:
        """Take part until all is over, and what was said acknowledged or given up. Raises CannotCheck."""
        talk = (self._converse, self._finish, self._meet("said"), self._fence, self._meet("heard"))
        await self._run(self._meet("in"), *talk)

    async def read_back(self) -> None:
        """Read everything again: by resuming from before it, then by pages. Raises CannotCheck."""
        self._reading = Reading(self._user, self._reading.places, self._reading.since, final=True)
        self._scene.ledger.readings.append(self._reading)
        await self._run(self._fence, self._meet("resumed"), self._page, self._meet("read"))

    async def _run(self, *stages: Stage) -> None:
        self._fencing = 0.0
        self._stages.extend(stages)
        old: Line | None = None
        while self._stages:
            line = await self._entry.enter(self._reading)
            if old is not None:
                old.reset()
            await self._attend(line)
            old = line if self._twin else None
            self._twin = False
            if old is None:
                line.reset()
            if self._stages:
                self._scene.cuts += 1
                if self._plan.gives_up():
                    self._voice.give_up()

    async def _attend(self, line: Line) -> None:
        """Listen and work on one connection until either has come to its end there."""
        tasks = {asyncio.create_task(self._listen(line)), asyncio.create_task(self._work(line))}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except Broken:
            raise CannotCheck("broken") from None
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _work(self, line: Line) -> None:
        with contextlib.suppress(OSError, TimeoutError):
            self._voice.speak(line)
            while self._stages and await self._stages[0](line):
                self._stages.popleft()

    async def _listen(self, line: Line) -> None:
        while (events := await line.receive()) is not None:
            for event in events:
                self._hear(event)
            pause, self._pause = self._pause, 0.0
            if pause:
                await asyncio.sleep(pause)

    def _hear(self, event: m.AnyEvent) -> None:
        if isinstance(event, m.Message):
            if not self._voice.heard(event, self._reading.last):
                self._scene.ledger.hear(self._reading, event)
        elif isinstance(event, m.Error) and event.cid is not None:
            self._voice.refused(event.cid, event.code)
        elif isinstance(event, m.HistoryPage | m.Error):
            self._pager.answered(event)

    # Stages

    def _meet(self, where: str) -> Stage:
        async def meet(line: Line) -> bool:
            await self._scene.meet(where, self._user)
            return True

        return meet

    async def _converse(self, line: Line) -> bool:
        settings = self._scene.settings
        while not self._scene.over.is_set():
            await self._voice.fewer_than(settings.window, settings.stall)
            await self._pace()
            if self._scene.over.is_set():
                break
            step = self._plan.next()
            if not _ACTS[step.act](self, line, step):
                return False
            await line.flush()
        return True

    async def _pace(self) -> None:
        """Wait for this client's turn, or until it is over."""
        if not self._scene.settings.rate:
            await asyncio.sleep(0)
            return
        now = asyncio.get_running_loop().time()
        self._due = max(self._due, now) + self._scene.settings.clients / self._scene.settings.rate
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._due - now):
                await self._scene.over.wait()

    async def _finish(self, line: Line) -> bool:
        """Wait for what is not acknowledged; what the server refuses to the end is given up."""
        left = self._scene.patience_left()
        if left > 0:
            await self._voice.fewer_than(1, min(self._scene.settings.stall, left))
        else:
            self._voice.give_up()
        return True

    async def _fence(self, line: Line) -> bool:
        """Say something to oneself: once that is heard, all that came before it has been heard."""
        now = asyncio.get_running_loop().time()
        self._fencing = self._fencing or now + self._scene.settings.patience
        if now > self._fencing:
            raise CannotCheck("unanswered")
        fence = self._voice.say(f"@{self._user}")
        await self._voice.fewer_than(1, self._scene.settings.stall)
        if fence.ids:
            self._reading.until = min(fence.ids)
        return True

    async def _page(self, line: Line) -> bool:
        assert self._reading.until is not None
        await self._pager.read(line, self._reading.since, self._reading.until, self._reading.places)
        return True

    # Acts

    def _say(self, line: Line, step: Step) -> bool:
        self._voice.say(step.to)
        return True

    def _cut(self, line: Line, step: Step) -> bool:
        line.left = 1 + int(step.chance * CUT_WITHIN)
        return self._say(line, step)

    def _half(self, line: Line, step: Step) -> bool:
        self._voice.say(step.to, min(1.0, step.chance / (1 - WHOLE)))
        return False

    def _make_twin(self, line: Line, step: Step) -> bool:
        self._voice.say(step.to)
        self._twin = True
        return False

    def _again(self, line: Line, step: Step) -> bool:
        self._voice.repeat(step.chance)
        return self._say(line, step)

    def _slow(self, line: Line, step: Step) -> bool:
        self._pause = step.chance * SLOWEST
        return self._say(line, step)


_ACTS: dict[Act, Callable[[Talker, Line, Step], bool]] = {
    Act.SAY: Talker._say,
    Act.CUT: Talker._cut,
    Act.HALF: Talker._half,
    Act.TWIN: Talker._make_twin,
    Act.AGAIN: Talker._again,
    Act.SLOW: Talker._slow,
}
