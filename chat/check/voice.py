"""What one client says: each message under its own `cid`, until it is acknowledged, refused or given up."""

import asyncio
from collections import deque

from chat import messages as m
from chat.check.ledger import Attempt, place_of
from chat.check.line import Line
from chat.check.scene import Scene
from chat.errors import Code

AGAIN = 0.5
"""Seconds after which what was refused for now is said again."""
REMEMBERED = 50
"""Acknowledged messages of which one may be said once more."""
PASSING = {Code.SLOW_DOWN, Code.STORAGE_FAILED, Code.NO_SUCH_USER, Code.INTERNAL}


class Voice:
    """The messages of one user, over all its connections."""

    def __init__(self, scene: Scene, user: str) -> None:
        self._scene = scene
        self._user = user
        self._said = 0
        self._pending: dict[str, Attempt] = {}
        self._recent: deque[Attempt] = deque(maxlen=REMEMBERED)
        self._moved = asyncio.Event()
        self.line: Line | None = None
        """Where it speaks now."""

    def speak(self, line: Line) -> None:
        """From now on speak there, and say there once more what is not acknowledged."""
        self.line = line
        for attempt in self._pending.values():
            self._put(attempt, attempt.body)

    def say(self, to: str, part: float = 1.0) -> Attempt:
        """Say something new, or the first `part` of its bytes."""
        self._said += 1
        cid = f"{self._user}-{self._said}"
        body = f"{cid} ".ljust(self._scene.settings.size, "x")
        attempt = self._scene.ledger.attempt(self._user, cid, place_of(to, self._user), body)
        self._pending[cid] = attempt
        self._put(attempt, body, part)
        self._scene.attempted()
        return attempt

    def repeat(self, chance: float) -> None:
        """Say something once more, in other words, that was acknowledged: nothing may come of it."""
        if self._recent:
            self._put(self._recent[int(chance * len(self._recent))], "nobody may ever read this")

    def give_up(self) -> None:
        """Say nothing again of what is not acknowledged."""
        self._pending.clear()
        self._moved.set()

    def heard(self, message: m.Message, last: int) -> bool:
        """Take in a message; whether it is only the answer to a repetition, `last` having been heard."""
        attempt = self._scene.ledger.attempts.get((message.from_, message.cid))
        if attempt is None or attempt.author != self._user:
            return False
        if not attempt.ids:
            self._recent.append(attempt)
        self._scene.ledger.acknowledge(attempt, message.id)
        self._settle(attempt)
        return attempt.tries > 1 and message.id <= last

    def refused(self, cid: str, code: str) -> None:
        """Take in that a try was refused; what may pass is said again a little later."""
        attempt = self._scene.ledger.attempts.get((self._user, cid))
        if attempt is None:
            return
        attempt.refusals += 1
        if code not in PASSING:
            self._settle(attempt)
        elif cid in self._pending:
            asyncio.get_running_loop().call_later(AGAIN, self._retry, attempt)

    async def fewer_than(self, count: int, patience: float) -> None:
        """Wait until fewer messages are pending. Raises TimeoutError if nothing moves for so long."""
        while len(self._pending) >= count:
            self._moved.clear()
            async with asyncio.timeout(patience):
                await self._moved.wait()

    def _retry(self, attempt: Attempt) -> None:
        if attempt.cid in self._pending:
            self._put(attempt, attempt.body)

    def _put(self, attempt: Attempt, body: str, part: float = 1.0) -> None:
        attempt.tries += 1
        talk = attempt.place.split()
        to = talk[0] if len(talk) == 1 else next((name for name in talk if name != f"@{self._user}"), talk[0])
        if self.line is not None:
            self.line.send(m.Send(to=to, body=body, cid=attempt.cid), part)

    def _settle(self, attempt: Attempt) -> None:
        if self._pending.pop(attempt.cid, None) is not None:
            self._moved.set()
