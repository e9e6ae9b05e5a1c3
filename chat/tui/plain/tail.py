"""`chat-client tail`: what is said in some rooms, each line once and in its order, while it is wanted."""

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack

from chat.client import Client, ConnectionChanged, Disconnected, Missed, Refused, Reset, fold
from chat.errors import Code, DataRefused
from chat.messages import Change, Error, Message
from chat.sentences import fault
from chat.tui.plain import backlog
from chat.tui.plain.bookmark import Bookmark, Mark, usual
from chat.tui.plain.filters import WAIT, Ended, Watch, first, opened, tell, until_stopped, wait_for
from chat.tui.plain.stdout import Out
from chat.tui.plain.tape import Tape
from chat.tui.rows.entries import as_json, as_text, place
from chat.tui.shell.asked import Tailing
from chat.tui.shell.exits import NO_FILE, REFUSED, SIGNAL, UNSENT, WELL
from chat.words import t

NO_READER = SIGNAL + 13  # SIGPIPE, as a shell counts; Windows has no such name
KNOWN = 10_000
"""Most messages of which it is remembered that later changes are in them already."""
NOT_LET_IN = frozenset({Code.BAD_ROOM, Code.NO_SUCH_ROOM, Code.TOO_MANY_ROOMS, Code.NOT_ALLOWED})


async def tail(asked: Tailing) -> int:
    """Print what is asked for; returns the exit code."""
    try:
        with until_stopped() as stopped, _bookmark(asked) as bookmark:
            await _tail(asked, bookmark, stopped)
        return WELL
    except Ended as end:
        if end.why:
            tell(end.why)
        return end.code
    except OSError:
        return NO_READER
    except DataRefused as refused:
        tell(_file_sentence(refused))
        return NO_FILE


async def _tail(asked: Tailing, bookmark: Bookmark | None, stopped: "asyncio.Future[None]") -> None:
    out = Out(sys.stdout.fileno())
    tape = Tape(out, bookmark)
    try:
        await first(Tail(asked, tape).run(), tape.run(), _unread(out), wait_for(stopped))
    finally:
        out.close()


async def _unread(out: Out) -> None:
    await out.gone.wait()
    raise BrokenPipeError


@contextlib.contextmanager
def _bookmark(asked: Tailing) -> Iterator[Bookmark | None]:
    if not asked.resume:
        yield None
        return
    path = asked.state or usual(
        asked.user, asked.host, asked.port, sorted(map(fold, asked.rooms)), asked.private
    )
    with Bookmark(path) as bookmark:
        yield bookmark


def _file_sentence(refused: DataRefused) -> str:
    place = {"path": refused.path, "detail": refused.detail}
    sentences = {
        "in_use": t("{path} is in use by another tail; name another file with --state.", **place),
        "damaged": t("{path} is no file of tail's; name another file with --state.", **place),
    }
    unreadable = t("{path} cannot be read or written ({detail}); name another file with --state.", **place)
    return sentences.get(refused.reason, unreadable)


class Tail:
    """Takes what is said from one client after another and puts it on the tape."""

    def __init__(self, asked: Tailing, tape: Tape) -> None:
        self._asked = asked
        self._tape = tape
        self._left = asked.count
        self._known: dict[int, int] = {}
        self._client: Client
        self._rooms: list[str] = []
        self._log = ""

    async def run(self) -> None:
        """Return when there was enough. Raises Ended. Cancelled, what was put is printed as far as it got."""
        wait = self._asked.wait
        again = await self._converse(wait or 0.0)
        while again:  # what was missed is read again, by a conversation that resumes after the last line
            again = await self._converse(WAIT if wait is None else wait)
        await self._tape.printed()

    async def _converse(self, wait: float) -> bool:
        """One client's time; whether there is to be another."""
        async with AsyncExitStack() as stack:
            mark = self._tape.mark if self._asked.follow else None
            self._client = await opened(stack, self._asked, self._asked.rooms, mark, wait)
            self._sit()
            try:
                if mark is None:
                    await self._catch_up()
                return self._wanted and self._asked.follow and await self._follow()
            except Refused as refusal:
                raise Ended(REFUSED, t("Sorry, {why}.", why=fault(refusal.word))) from None
            except Disconnected:
                return True

    def _sit(self) -> None:
        welcome = self._client.welcome
        assert welcome is not None, "not welcomed"
        self._log = welcome.log
        self._rooms = list(self._asked.rooms)
        if not self._rooms and not self._asked.private:
            self._rooms = [room.name for room in welcome.rooms[:1]]
        self._wants = set(map(fold, self._rooms))

    @property
    def _wanted(self) -> bool:
        return self._left is None or self._left > 0

    async def _catch_up(self) -> None:
        """Put what was said before now, where no resumed conversation brings it."""
        head = self._client.welcome.head if self._client.welcome else 0
        mark = self._tape.mark
        start = mark.id if mark is not None and mark.log == self._log else self._asked.since
        if start is not None:
            async for message in backlog.since(self._client, self._rooms, start, head):
                await self._take(message)
                if not self._wanted:
                    return
        else:
            for message in await backlog.newest(self._client, self._rooms, self._asked.last, head):
                await self._take(message)
        if self._asked.follow and self._wanted:
            await self._tape.put(Mark(self._log, head))

    async def _follow(self) -> bool:
        """Put what comes; whether a new conversation is needed, since something of it was missed."""
        watch = Watch(WAIT if self._asked.wait is None else self._asked.wait)
        await first(self._listen(watch), watch.over())
        return self._wanted

    async def _listen(self, watch: Watch) -> None:
        async for event in self._client:
            if isinstance(event, Message | Change):
                await self._take(event)
                if not self._wanted:
                    return
            elif isinstance(event, ConnectionChanged):
                watch.hear(event)
            elif isinstance(event, Missed):
                return
            elif isinstance(event, Reset):
                self._log = self._client.welcome.log if self._client.welcome else ""
                tell(t("The server has begun a new history: from here on it is printed."))
            elif isinstance(event, Error) and event.ref is None and event.code in NOT_LET_IN:
                raise Refused(event.code)
        raise Ended(UNSENT, t("Disconnected."))

    async def _take(self, entry: Message | Change) -> None:
        """Put an entry that is wanted, and remember how far all of them were seen."""
        if not self._wanted:
            return
        line = self._line(entry)
        await self._tape.put(Mark(self._log, entry.id), line)
        if line is not None and self._left is not None:
            self._left -= 1

    def _line(self, entry: Message | Change) -> str | None:
        me = self._client.user or ""
        where = fold(place(entry, me))
        if where not in self._wants and not (self._asked.private and where.startswith("@")):
            return None
        if isinstance(entry, Message):
            self._remember(entry)
        elif entry.id <= self._known.get(getattr(entry, "of", 0), -1):
            return None
        return as_json(entry, me) if self._asked.json else as_text(entry, me)

    def _remember(self, message: Message) -> None:
        """A message that is read later is as it is by then: changes that are in it already are no news."""
        if message.version is not None:
            self._known[message.id] = message.version
            if len(self._known) > KNOWN:
                del self._known[next(iter(self._known))]
