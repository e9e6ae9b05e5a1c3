"""`chat-client send`: each line of the input becomes a message, and it ends when all are acknowledged."""

import asyncio
import sys
from contextlib import AsyncExitStack

from chat.client import Client, ConnectionChanged, Disconnected, Refused
from chat.errors import Code
from chat.messages import MAX_BODY
from chat.sentences import fault
from chat.text import Kind, safe
from chat.tui.plain.filters import WAIT, Ended, Watch, first, opened, tell, until_stopped, wait_for
from chat.tui.plain.stdin import Lines
from chat.tui.shell.asked import Sending
from chat.tui.shell.exits import REFUSED, UNSENT, WELL
from chat.words import n, t

WINDOW = 64
"""Most lines read that are not acknowledged: without a connection no more is read, and nothing grows."""
QUOTED = 200
"""Most characters of a refused line that are said again."""
OF_ITS_OWN = frozenset({Code.BODY_EMPTY, Code.BODY_TOO_LONG, Code.BAD_MESSAGE})
"""What may be wrong with one line, but not with the next."""


async def send(asked: Sending) -> int:
    """Send what is asked for; returns the exit code."""
    try:
        with until_stopped() as stopped:
            return await _send(asked, stopped)
    except Ended as end:
        if end.why:
            tell(end.why)
        return end.code


async def _send(asked: Sending, stopped: "asyncio.Future[None]") -> int:
    async with AsyncExitStack() as stack:
        to = [asked.to] if asked.to and asked.to.startswith("#") else []
        client = await opened(stack, asked, to, wait=asked.wait or 0.0)
        watch = Watch(WAIT if asked.wait is None else asked.wait)
        sender = Sender(client, asked.to or _lobby(client))
        try:
            await first(sender.run(asked), _listen(client, watch), watch.over(), wait_for(stopped))
        finally:
            await client.close(0.0)
            sender.report()
        return REFUSED if sender.refused else WELL


def _lobby(client: Client) -> str:
    rooms = client.welcome.rooms if client.welcome else []
    if not rooms:
        raise Ended(REFUSED, t("This server has no room for everybody: name one with --room."))
    return rooms[0].name


async def _listen(client: Client, watch: Watch) -> None:
    async for event in client:
        if isinstance(event, ConnectionChanged):
            watch.hear(event)
    raise Ended(UNSENT, t("Disconnected."))


class Sender:
    """Sends lines to one room or person, at most WINDOW at once; the order is that of the lines."""

    def __init__(self, client: Client, to: str) -> None:
        self.refused = 0
        self._client = client
        self._to = to
        self._free = asyncio.Semaphore(WINDOW)
        self._hopeless = asyncio.Event()
        self._unsent: dict[int, str] = {}

    async def run(self, asked: Sending) -> None:
        """Send it all and return when each line is settled. Cancelled, `report` tells what was not."""
        async with asyncio.TaskGroup() as group:
            await first(self._read(group, asked), self._give_up())

    async def _read(self, group: asyncio.TaskGroup, asked: Sending) -> None:
        if asked.words is not None:
            await self._post(group, 1, asked.words)
        elif asked.whole:
            await self._post(group, 1, await _whole(Lines(sys.stdin.fileno())))
        else:
            await self._each(group, Lines(sys.stdin.fileno()))

    async def _give_up(self) -> None:
        await self._hopeless.wait()

    def report(self) -> None:
        """Tell what was read and not acknowledged; the server may have it or not."""
        if self._unsent:
            count = len(self._unsent)
            tell(n("{n} message was not sent:", "{n} messages were not sent:", count))
            for number in sorted(self._unsent):
                tell(safe(self._unsent[number], Kind.LINE))

    async def _each(self, group: asyncio.TaskGroup, lines: Lines) -> None:
        number = 0
        while (line := await lines.next()) is not None:
            number += 1
            if line.strip():
                await self._post(group, number, line)

    async def _post(self, group: asyncio.TaskGroup, number: int, body: str) -> None:
        self._unsent[number] = body
        await self._free.acquire()
        group.create_task(self._settle(number, body))  # tasks begin in the order they are made

    async def _settle(self, number: int, body: str) -> None:
        try:
            if not self._hopeless.is_set():
                await self._client.send(self._to, body)
                del self._unsent[number]
        except Refused as refusal:
            del self._unsent[number]
            self._refuse(number, body, refusal.word)
        except Disconnected:
            pass  # `report` tells of it
        finally:
            self._free.release()

    def _refuse(self, number: int, body: str, code: str) -> None:
        self.refused += 1
        if code not in OF_ITS_OWN:
            self._hopeless.set()
        text = safe(body[:QUOTED], Kind.LINE)
        tell(t("Line {n} was not sent: {why}. It was: {text}", n=number, why=fault(code), text=text))


async def _whole(lines: Lines) -> str:
    """All lines as one text, as far as it could be sent at all."""
    text: list[str] = []
    size = 0
    while size <= 16 * MAX_BODY and (line := await lines.next()) is not None:
        text.append(line)
        size += len(line) + 1
    return "\n".join(text).rstrip("\n")
