"""A server that does what a test tells it, on a real socket; and a clock that a test moves."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from chat import messages as m
from chat.errors import Code
from chat.framing import frame
from chat.link import ServerLink, server_link
from chat.protocol import Fault, server_side
from tests.patience import PATIENCE

Asked = TypeVar("Asked", bound=m.Request)
Heard = m.AnyRequest | Fault


class Caller:
    """The server's end of one connection of the client under test."""

    def __init__(self, link: ServerLink) -> None:
        self.link = link
        self.hello = m.Hello()
        self.heard: list[Heard] = []
        self.polite = True
        """Whether a bye is answered by closing."""
        self._unread: asyncio.Queue[Heard | None] = asyncio.Queue()

    async def attend(self) -> None:
        """Hear everything, whether or not the test asks for it."""
        while (items := await self.link.receive()) is not None:
            for item in items:
                self._unread.put_nowait(item)
                if isinstance(item, m.Bye) and self.polite:
                    self.link.close(0)
        self._unread.put_nowait(None)

    async def hear(self, kind: type[Asked]) -> Asked:
        """The next request, which must be of this kind."""
        request = await self.next()
        assert isinstance(request, kind), f"{request} instead of a {kind.__name__}"
        return request

    async def next(self) -> Heard | None:
        """The next request, None once the client has closed."""
        async with asyncio.timeout(PATIENCE):
            item = await self._unread.get()
        if item is not None:
            self.heard.append(item)
        return item

    async def gone(self) -> None:
        """Wait until the client has closed the connection; what it says until then is in `heard`."""
        while await self.next() is not None:
            pass

    def say(self, *events: m.Event) -> None:
        """Say this, allowed or not, in one write."""
        self.raw(b"".join(frame(m.encode(event)) for event in events))

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.link.write(data)

    def welcome(self, **changed: Any) -> None:
        """Let the client in."""
        members: dict[str, Any] = {
            "version": m.VERSION,
            "server": "fake",
            "user": self.hello.user or "",
            "session": "secret",
            "log": "log-1",
            "head": self.hello.after or 0,
            "rooms": [m.RoomInfo("#geral", "", 1)],
            "max_frame": 65_536,
            "max_body": m.MAX_BODY,
            "features": [],
        }
        self.link.send(m.Welcome(**(members | changed)))

    def acknowledge(self, send: m.Send, id: int, *, body: str | None = None) -> None:
        """Answer a send with its message."""
        self.say(message(id, body or send.body, cid=send.cid, to=send.to, sender=self.hello.user or ""))

    def cut(self) -> None:
        """Drop the connection."""
        self.link.abort()


def message(
    id: int, body: str = "oi", *, to: str = "#geral", sender: str = "bia", cid: str = ""
) -> m.Message:
    """An entry of the fake server's history."""
    return m.Message(
        id=id, to=to, from_=sender, ts=1_000 + id % 1_000_000, cid=cid or f"other-{id}", body=body
    )


def error(code: str, *, cid: str | None = None, ref: str | None = None) -> m.Error:
    """An error as a server would say it."""
    return m.Error(code=code, message="", cid=cid, ref=ref)


Greeting = Callable[[Caller], None]


class FakeServer:
    """Accepts connections; each is greeted after its hello, then waits to be taken by `accept`.

    `greeting` welcomes unless a test puts another in its place.
    """

    def __init__(self) -> None:
        self.port = 0
        self.greeting: Greeting = Caller.welcome
        self.callers: list[Caller] = []
        self._accepted: asyncio.Queue[Caller] = asyncio.Queue()
        self._attending: list[asyncio.Task[None]] = []

    async def accept(self) -> Caller:
        """The next connection that has been greeted."""
        async with asyncio.timeout(PATIENCE):
            return await self._accepted.get()

    def take(self) -> ServerLink:
        """The link of a new connection."""
        link = server_link(server_side())
        self._attending.append(asyncio.create_task(self.attend(link)))
        return link

    async def attend(self, link: ServerLink) -> None:
        """Hear the hello of a new connection, greet it, and go on hearing."""
        caller = Caller(link)
        self.callers.append(caller)
        attending = asyncio.create_task(caller.attend())
        hello = await caller.next()
        if isinstance(hello, m.Hello):
            caller.hello = hello
            self.greeting(caller)
            self._accepted.put_nowait(caller)
        await attending


@asynccontextmanager
async def fake_server() -> AsyncIterator[FakeServer]:
    """A fake server that listens on a free port of this machine."""
    fake = FakeServer()
    listener = await asyncio.get_running_loop().create_server(fake.take, "127.0.0.1", 0)
    fake.port = listener.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        listener.close()
        for caller in fake.callers:
            caller.cut()
        for caller in fake.callers:
            await caller.link.wait_closed()


def refuse(code: Code) -> Greeting:
    """A greeting that is a refusal."""
    return lambda caller: caller.say(error(code))


class FakeClock:
    """Time passes when a test says so."""

    def __init__(self) -> None:
        self._now = 1_000.0
        self._sleepers: dict[asyncio.Future[None], float] = {}

    def now(self) -> float:
        return self._now

    def wall(self) -> int:
        return round(self._now * 1_000)

    async def sleep(self, seconds: float) -> None:
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers[sleeper] = self._now + seconds
        try:
            await sleeper
        finally:
            del self._sleepers[sleeper]

    def advance(self, seconds: float) -> None:
        """Let so much time pass; who has slept long enough wakes."""
        self._now += seconds
        for sleeper, due in list(self._sleepers.items()):
            if due <= self._now and not sleeper.done():
                sleeper.set_result(None)

    async def sleeps(self, seconds: float) -> None:
        """Wait until somebody sleeps who will wake within so many seconds."""
        await until(lambda: any(left <= seconds for left in self.sleeping))

    @property
    def sleeping(self) -> list[float]:
        """How long each sleeper goes on sleeping, in seconds."""
        return sorted(due - self._now for sleeper, due in self._sleepers.items() if not sleeper.done())


async def until(condition: Callable[[], bool]) -> None:
    """Wait, turn by turn of the loop, until something has come true; fails after PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0)


async def within(coroutine: Awaitable[Any]) -> Any:
    """What a coroutine returns; fails after PATIENCE."""
    async with asyncio.timeout(PATIENCE):
        return await coroutine
