"""How a client of a check comes in, and in again, however often the server is away meanwhile."""

import asyncio
from collections.abc import Callable

from chat import messages as m
from chat.check.ledger import Reading
from chat.check.line import Broken, Line
from chat.check.scene import Scene
from chat.errors import Code

HELLO = 10.0
"""Seconds a server may take for its welcome before another connection is tried."""
FIRST_WAIT, LONGEST_WAIT = 0.05, 1.0
PASSING = {Code.NAME_TAKEN, Code.SERVER_FULL, Code.SLOW_DOWN, Code.STORAGE_FAILED, Code.INTERNAL}


class CannotCheck(Exception):
    """The check cannot go on; `code` says why, by a reason of the program or an error code of the wire."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Entry:
    """The way in for one user; keeps the secret that makes it the same guest again."""

    def __init__(self, scene: Scene, user: str, rooms: list[str], hear: Callable[[m.AnyEvent], None]) -> None:
        self._scene = scene
        self._user = user
        self._rooms = rooms
        self._hear = hear
        self._secret: str | None = None

    async def enter(self, reading: Reading) -> Line:
        """A connection that was welcomed, and brings what follows the last that was heard.

        What comes with the welcome goes to `hear`. Raises CannotCheck.
        """
        wait = FIRST_WAIT
        try:
            async with asyncio.timeout(self._scene.settings.patience), self._scene.opening:
                while True:
                    try:
                        return await self._try(reading)
                    except (OSError, TimeoutError, EOFError):
                        await asyncio.sleep(wait)
                        wait = min(2 * wait, LONGEST_WAIT)
        except TimeoutError:
            raise CannotCheck("absent") from None
        except Broken:
            raise CannotCheck("broken") from None

    async def _try(self, reading: Reading) -> Line:
        async with asyncio.timeout(HELLO):
            line = await Line.open(*self._scene.place())
            try:
                await self._hello(line, reading)
            except BaseException:
                line.reset()
                raise
            return line

    async def _hello(self, line: Line, reading: Reading) -> None:
        after = reading.last if reading.since >= 0 else None
        log = self._scene.log if after is not None else None
        line.send(
            m.Hello(
                version=m.VERSION,
                user=self._user,
                rooms=self._rooms,
                session=self._secret,
                after=after,
                log=log,
                client="chat-check",
            )
        )
        welcomed = False
        while not welcomed:
            events = await line.receive()
            if events is None:
                raise EOFError
            for event in events:
                if welcomed:
                    self._hear(event)
                welcomed = welcomed or self._welcomed(event, reading)

    def _welcomed(self, event: m.AnyEvent, reading: Reading) -> bool:
        if isinstance(event, m.Error):
            raise EOFError if event.code in PASSING else CannotCheck(event.code)
        if isinstance(event, m.Challenge):
            raise CannotCheck("challenge")
        if not isinstance(event, m.Welcome):
            return False
        self._secret = event.session
        self._scene.welcomed(event.log)
        if reading.since < 0:
            reading.since = event.head
        return True
