"""Keeps a server of the check's own running: starts it, kills it under load, starts it again."""

import asyncio
import contextlib
import shlex
import signal
from asyncio.subprocess import DEVNULL, Process
from random import Random

from chat.check.entry import CannotCheck
from chat.check.scene import Scene

LOOK = 0.02
"""Seconds between two looks at whether the load has come back."""
SHORTEST, LONGEST = 0.1, 1.0
"""Seconds of load before a kill."""
PATIENCE = 10.0
"""Seconds a server may take to end when it is asked to."""
HURRIED = 5
"""Times in a row that the command may end by itself before anything was acknowledged."""


class Keeper:
    """The process that `command` starts; its lines are not shown, its complaints are."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._command = shlex.split(scene.settings.command)
        self._random = Random(f"{scene.settings.seed} kills")
        self._process: Process | None = None
        self.kills = 0
        self.ends = 0
        """How often it ended by itself."""

    async def run(self) -> None:
        """Keep it running until cancelled; after the last kill the scene is over. Raises CannotCheck."""
        fruitless = 0
        while True:
            before = self._scene.ledger.acknowledged
            process = self._process = await self._start()
            with contextlib.suppress(TimeoutError):
                wanted = self.kills < self._scene.settings.kills
                async with asyncio.timeout(await self._load(process, before) if wanted else None):
                    await process.wait()
            if process.returncode is None:
                process.kill()
                await process.wait()
                self.kills += 1
                if self.kills == self._scene.settings.kills:
                    self._scene.stop()
                continue
            self.ends += 1
            fruitless = fruitless + 1 if self._scene.ledger.acknowledged == before else 0
            if fruitless == HURRIED:
                raise CannotCheck("command")

    async def stop(self) -> int | None:
        """End it politely; its exit code, None if there was no process."""
        if self._process is None:
            return None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    return await self._process.wait()
            self._process.kill()
        return await self._process.wait()

    async def _start(self) -> Process:
        try:
            return await asyncio.create_subprocess_exec(*self._command, stdout=DEVNULL)
        except OSError:
            raise CannotCheck("command") from None

    async def _load(self, process: Process, before: int) -> float:
        """Wait until something was acknowledged since the start; then the seconds until the kill."""
        # A look now and then, since a ledger is pure: it has no event to be waited for.
        while process.returncode is None and self._scene.ledger.acknowledged == before:  # noqa: ASYNC110
            await asyncio.sleep(LOOK)
        return self._random.uniform(SHORTEST, LONGEST)
