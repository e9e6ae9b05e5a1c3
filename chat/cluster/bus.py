"""The bus over core NATS: who is where, told to every node as it changes, asked for where it was missed."""

import asyncio
import secrets
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from chat.cluster import handing, health, peers
from chat.cluster.connection import PASSING, Connection
from chat.cluster.halting import Halting
from chat.cluster.peers import Peers
from chat.errors import Code, Refused
from chat.hub import elsewhere
from chat.hub.bus import Bus
from chat.hub.elsewhere import Seen
from chat.hub.hub import Hub
from chat.hub.people import User

BEAT = 2.0
"""Seconds between two signs of life."""
PATIENCE = 7.0
"""Seconds of silence after which a node is there no more: with a beat more still within 10."""
_FOLD = 0.05
"""Seconds for which what changes is put together: a thousand who come at once are a few sayings."""
_PARTING = 1.0
"""Seconds for the last word."""
_HANDING = 9.0
"""Seconds for all of a handing over, of the 10 that the operator's program waits."""


class NatsBus(Bus):
    """All nodes on one subject, over a connection that is open; whoever opens that closes it.

    While this node is cut off from NATS it keeps what it knew of the others; they cannot be heard.
    """

    def __init__(
        self,
        connection: Connection,
        subject: str,
        node: str,
        streams: Sequence[str] = (),
        *,
        beat: float = BEAT,
        patience: float = PATIENCE,
    ) -> None:
        """`node` is what the operator calls this node, `streams` what its report looks at."""
        self._connection = connection
        self._subject = subject
        self._node = node
        self._streams = streams
        self._beat = beat
        self._patience = patience
        self._life = secrets.token_hex(8)
        self._peers = Peers(self._life, self)
        self._number = 0
        """How many times something was said that others count."""
        self._moved: dict[str, float] = {}
        """Identities of whom something is to be said, and when rooms are told of it."""
        self._wanted = False
        """Whether somebody wants to hear the whole."""
        self._asking: set[str] = set()
        self._endings: list[peers.Ending] = []
        self._news = asyncio.Event()
        self._handing = asyncio.Lock()
        self._halting = Halting(connection.stillness, lambda: self._me, self._say_at_once)
        self._done: dict[type[peers.Saying], Callable[[Any], None]] = {
            peers.Asking: self._asked,
            peers.Ending: self._end,
            peers.Halt: self._halting.hear_halt,
            peers.Halted: self._halting.hear_halted,
        }
        """What is done about what is said, besides knowing who is where."""
        self._tasks: list[asyncio.Task[None]] = []
        self._hub: Hub | None = None

    @property
    def hub(self) -> Hub:
        """The hub of this node."""
        assert self._hub is not None, "used before it is open"
        return self._hub

    async def open(self, hub: Hub) -> None:
        self._hub = hub
        hub.moved = self._move
        talking = self._connection.during(self._talk)
        self._tasks = [asyncio.create_task(talking), asyncio.create_task(self._listen())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._halting.close()
        if self._connection.up.is_set():
            with suppress(*PASSING):
                client = await self._connection.client()
                await self._say(client, peers.Parting(*self._me, self.hub.options.linger))
                await asyncio.wait_for(client.flush(), _PARTING)

    def end(self, sessions: Collection[str], reason: str) -> None:
        if sessions:
            self._endings.append(peers.Ending(*self._me, list(sessions), reason))
            self._news.set()

    async def report(self) -> list[str]:
        now = asyncio.get_running_loop().time()
        here = sum(1 for user in self.hub.people.everybody() if user.members)
        lines = [f"node  {self._node}  people {here}  this one"]
        for peer in sorted(self._peers.known.values(), key=lambda peer: peer.name):
            heard = f"heard {now - peer.heard:.1f} s ago" if self._connection.up.is_set() else "not heard"
            told = "" if peer.level else "  not level"
            lines.append(f"node  {peer.name}  people {len(peer.people)}  {heard}{told}")
        return lines + await health.lines(self._connection, self._streams)

    async def hand_over(self, server: str) -> list[str]:
        if not self._connection.up.is_set():
            raise Refused(Code.NOT_ALLOWED, "nats_away")
        try:
            async with asyncio.timeout(_HANDING), self._handing:
                client = await self._connection.client()
                await self._connection.stillness.over()  # which another node has asked for
                await handing.hand_over(client, self._streams, server, self._halted)
                return await health.led(client, self._streams)
        except PASSING:
            raise Refused(Code.NOT_ALLOWED, "nats_away") from None

    def learn(self, life: str, seen: Seen) -> None:
        """Somebody is, or is not any more, on a node."""
        elsewhere.learn(self.hub, life, seen, asyncio.get_running_loop().time())

    def lose(self, life: str, linger: float) -> None:
        """A node is there no more."""
        elsewhere.lose(self.hub, life, asyncio.get_running_loop().time() + linger)

    @property
    def _me(self) -> tuple[str, str, int]:
        return self._node, self._life, self._number

    def _move(self, user: User, due: float) -> None:
        self._moved[user.identity] = max(due, self._moved.get(user.identity, 0.0))
        self._news.set()

    async def _talk(self, client: Client) -> None:
        """Hear, and say what there is to be said, for as long as the connection holds; at first all of it."""
        hearing = await client.subscribe(self._subject, cb=self._hear)
        loop = asyncio.get_running_loop()
        self._peers.forgive(loop.time())
        self._wanted = True
        try:
            await self._say(client, peers.Asking(*self._me))
            while True:
                await self._tell(client)
                self._news.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._beat):
                        await self._news.wait()
                await asyncio.sleep(_FOLD)
        finally:
            with suppress(*PASSING):
                await hearing.unsubscribe()

    async def _listen(self) -> None:
        """See to it that who is silent is there no more; one that may have been heard is not held silent."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + self._beat
            await asyncio.sleep(self._beat)
            if not self._connection.up.is_set() or loop.time() > due + self._beat:
                self._peers.forgive(loop.time())
            self._peers.look(loop.time(), self._patience)

    async def _hear(self, msg: Msg) -> None:
        try:
            said = peers.decode(msg.data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return  # of another version, which says more
        if self._peers.hear(said, asyncio.get_running_loop().time()):
            self._asking.add(said.life)
            self._news.set()
        if (do := self._done.get(type(said))) is not None:
            do(said)

    def _asked(self, said: peers.Asking) -> None:
        if said.life != self._life and said.of in ("", self._life):
            self._wanted = True
            self._news.set()

    def _end(self, said: peers.Ending) -> None:
        ending = set(said.sessions)
        for user in list(self.hub.people.everybody()):
            for member in list(user.members):
                if member.session in ending:
                    member.end(said.reason)

    async def _tell(self, client: Client) -> None:
        """Say what there is to be said; without any news that this node is there."""
        said: list[peers.Saying] = []
        if self._wanted:
            self._wanted = False
            self._moved = {}
            here = [user for user in self.hub.people.everybody() if user.members]
            said += peers.whole(*self._me, [elsewhere.seen(user, 0.0) for user in here])
        elif self._moved:
            moved, self._moved = self._moved, {}
            parts = peers.parts([self._seen(identity, due) for identity, due in moved.items()])
            said += [
                peers.News(self._node, self._life, self._number + number, part)
                for number, part in enumerate(parts, 1)
            ]
        self._number += len(said)
        asking, self._asking = self._asking, set()
        endings, self._endings = self._endings, []
        said += [peers.Asking(*self._me, life) for life in asking]
        for one in [*said, *endings] or [peers.Beat(*self._me)]:
            await self._say(client, one)

    def _seen(self, identity: str, due: float) -> Seen:
        user = self.hub.people.identified(identity)
        linger = max(0.0, due - asyncio.get_running_loop().time())
        return Seen(identity, "", linger=linger) if user is None else elsewhere.seen(user, linger)

    def _halted(self) -> AbstractAsyncContextManager[None]:
        return self._halting.halted({self._life, *self._peers.known})

    async def _say_at_once(self, said: peers.Saying) -> None:
        """Now, or not at all: raises PASSING without a connection."""
        if not self._connection.up.is_set():
            raise nats.errors.ConnectionClosedError
        await self._say(await self._connection.client(), said)

    async def _say(self, client: Client, said: peers.Saying) -> None:
        await client.publish(self._subject, peers.encode(said))
