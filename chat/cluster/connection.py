"""The one connection of a node to NATS: made again for ever, and what runs only while there is one."""

import asyncio
import itertools
import random
import ssl
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

import nats.errors
from msgspec import Struct
from nats.aio.client import Client
from nats.js import errors as js_errors

from chat.cluster.credentials import Credentials, credentials
from chat.cluster.stillness import Stillness
from chat.errors import DataRefused
from chat.words import t

T = TypeVar("T")

BEAT = 1.0
"""Seconds between two questions whether the other end is still there."""
START = 30.0
"""Seconds in which servers have to be found at the start, and what a node needs of them."""
PATIENCE = 2.0
"""Seconds in which it answers such a question, or a new connection."""
PAUSE = 0.25
"""Seconds between two tries, of a connection or of what failed while there was one."""

REPEAT = 10.0
"""Seconds before the same reason of one address is told again."""

PASSING = (nats.errors.Error, js_errors.Error, TimeoutError, OSError, EOFError)
"""What a later try may not meet: elections, servers that go and come."""

_DENIED = "permissions violation"
"""What nats-py says where the server does, in lower case."""


class Servers(Struct, frozen=True):
    """Where the nats-servers are and how a node proves that it is one.

    `urls` are nats://HOST:PORT or tls://HOST:PORT, with user:password@ where accounts have those.
    `ca` is a PEM file of who signed their certificates (None: whoever the system trusts); `cert` and `key`
    are PEM files of the node's own, where they verify it; `credentials` is a file of `nsc`.
    """

    urls: Sequence[str]
    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    credentials: str | None = None

    def tls(self) -> ssl.SSLContext | None:
        """What encrypted connections are checked by; None: nothing is encrypted. Raises DataRefused."""
        if self.ca is None and self.cert is None and not any(url.startswith("tls") for url in self.urls):
            return None
        file = self.ca
        try:
            context = ssl.create_default_context(cafile=self.ca)
            if self.cert is not None:
                file = self.cert
                context.load_cert_chain(self.cert, self.key)
        except (OSError, ssl.SSLError) as error:
            raise DataRefused("unreadable_file", str(file), str(error)) from error
        return context

    def proof(self) -> Credentials | None:
        """What the credentials are good for; None: there are none. Raises DataRefused."""
        return credentials(self.credentials) if self.credentials is not None else None


class _Client(Client):
    """nats-py's, which takes the server's word for whether there is TLS, and then says the password."""

    def __init__(self, *, encrypted: bool) -> None:
        super().__init__()
        self._encrypted = encrypted

    def _connect_command(self) -> bytes:
        """The first words of a client. Raises nats.errors.Error where all could read them."""
        if self._server_info.get("tls_required"):
            _tell_of_tls(self)
        elif self._encrypted:
            raise nats.errors.Error("the server does not encrypt")
        return super()._connect_command()


class _Link(NamedTuple):
    """A connection, and what is done once it is lost."""

    client: Client
    lost: "asyncio.Future[None]"


class Connection:
    """One connection to one of the servers, and to another one as soon as it is lost.

    nats-py's own reconnecting is off: it ends for good at an error the server sends, and keeps waiting
    publishes until their timeout, since nothing tells them (measured). Here whoever needs a connection runs
    under `during`, is cancelled when it is lost and runs anew with the next one.
    """

    def __init__(self, servers: Servers, told: Callable[[str], None] = lambda reason: None) -> None:
        """`told` is called with a sentence when it is lost, not made, or denied something.

        For the same reason of an address again only every REPEAT seconds.
        """
        self._servers = servers
        self._told = told
        self._said: dict[str, tuple[str, float]] = {}
        self._keeper: asyncio.Task[None] | None = None
        self._link: asyncio.Future[_Link] = asyncio.Future()
        self.up = asyncio.Event()
        """Set while there is a connection."""
        self.reason = ""
        """Why there is none, or why the last one was lost: English, for the operator."""
        self.stillness = Stillness()
        """What every write to a stream waits for."""

    @property
    def shown(self) -> str:
        """The addresses, without the secrets in them."""
        return ", ".join(_plain(url) for url in self._servers.urls)

    def absent(self) -> DataRefused:
        """What is to be raised where there was none in time: the addresses and why, each said once."""
        return DataRefused("no_nats", self.shown, self.reason.removeprefix(f"{self.shown}: "))

    async def open(self) -> None:
        """Begin to connect, and go on for ever; returns at once. Raises DataRefused for unfit files."""
        context = self._servers.tls()
        self._proof = self._servers.proof()
        loop = asyncio.get_running_loop()
        if self._link.get_loop() is not loop:
            self._link = loop.create_future()  # opened again, who waits goes on to wait
        self._keeper = asyncio.create_task(self._keep(context))

    async def close(self) -> None:
        """Close it and make no other. Whatever runs under `during` waits for ever from then on."""
        if self._keeper is not None:
            await ended(self._keeper)
            self._keeper = None

    async def client(self) -> Client:
        """The client of the connection there is, or of the next. Cancellation loses nothing."""
        return (await asyncio.shield(self._link)).client

    async def during(self, work: Callable[[Client], Coroutine[Any, Any, T]]) -> T:
        """What `work` returns; it is cancelled when its connection is lost and begins anew with the next.

        Where it raises what may pass (PASSING) it begins anew too, after a moment; anything else is raised.
        """
        while True:
            link = await asyncio.shield(self._link)
            task = asyncio.ensure_future(work(link.client))
            either: set[asyncio.Future[Any]] = {task, link.lost}
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if task.done():
                    return task.result()
            except PASSING as error:
                self.reason = _why(error)
                await asyncio.sleep(PAUSE)
            finally:
                await ended(task)

    async def _keep(self, context: ssl.SSLContext | None) -> None:
        urls = random.sample(self._servers.urls, len(self._servers.urls))
        for url in itertools.cycle(urls):
            closed = asyncio.Event()
            client = _Client(encrypted=context is not None)
            try:
                await self._connect(client, url, context, closed)
                await self._watch(client, closed)
            except Exception as error:  # of what is no nats-server nats-py raises whatever there is
                place, why = _plain(url), _why(error)
                self.reason = f"{place}: {why}"
                self._tell(url, t("no connection to {place}: {why}", place=place, why=why))
            finally:
                self._lose()
                await _let_go(client)
            await asyncio.sleep(PAUSE)

    async def _connect(
        self, client: Client, url: str, context: ssl.SSLContext | None, closed: asyncio.Event
    ) -> None:
        async def gone() -> None:
            closed.set()

        met: list[Exception] = []

        async def heard(error: Exception) -> None:
            met[:] = [error]
            self.reason = _why(error)
            if _DENIED in self.reason:
                # the connection goes on, and what was denied is never answered
                self._tell(url, t("something is denied to this node: {why}", why=self.reason))

        connecting = client.connect(
            url,
            name="chat-server",
            error_cb=heard,
            closed_cb=gone,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            connect_timeout=int(PATIENCE),
            ping_interval=3_600,  # `_watch` asks more often
            tls=context,
            user_jwt_cb=self._proof.token if self._proof is not None else None,
            signature_cb=self._proof.sign if self._proof is not None else None,
        )
        try:
            await asyncio.wait_for(connecting, 2 * PATIENCE)
        except nats.errors.NoServersError as error:
            raise (met[-1] if met else error) from None  # that none is left says nothing of why

    def _tell(self, url: str, sentence: str) -> None:
        now = asyncio.get_running_loop().time()
        last, when = self._said.get(url, ("", now))
        if self.reason != last or now >= when + REPEAT:
            self._said[url] = self.reason, now
            self._told(sentence)

    async def _watch(self, client: Client, closed: asyncio.Event) -> None:
        """Wait until the connection is lost; raises why."""
        lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._link.set_result(_Link(client, lost))
        self.up.set()
        beats = asyncio.ensure_future(_ask(client))
        gone = asyncio.ensure_future(closed.wait())
        try:
            await asyncio.wait([beats, gone], return_when=asyncio.FIRST_COMPLETED)
            if not gone.done():
                await beats
            raise client.last_error or EOFError("closed by the server")
        finally:
            await ended(beats)
            await ended(gone)

    def _lose(self) -> None:
        if self._link.done():
            self._link.result().lost.set_result(None)
            self._link = asyncio.get_running_loop().create_future()
        self.up.clear()


async def ended(task: asyncio.Future[Any]) -> None:
    """Cancel a task until it has ended: nats-py swallows a cancellation that comes while it writes."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=PAUSE)
    if not task.cancelled():
        task.exception()  # so that asyncio does not miss somebody who looks at it


async def _ask(client: Client) -> None:
    """Ask again and again whether the other end is there; raises what may pass once it does not answer.

    By a message to itself: nats-py's `flush` asks nothing, and succeeds, once an error has ended its reading.
    """
    inbox = client.new_inbox()
    heard = await client.subscribe(inbox)
    while True:
        await client.publish(inbox)
        await heard.next_msg(timeout=PATIENCE)
        await asyncio.sleep(BEAT)


async def _let_go(client: Client) -> None:
    """Close politely what can be; the rest at once, since what cannot be written would keep it open."""
    with suppress(Exception):  # it may be in any state
        await asyncio.wait_for(client.close(), PATIENCE)
    writer = getattr(getattr(client, "_transport", None), "_io_writer", None)
    if writer is not None:
        writer.transport.abort()


def _tell_of_tls(client: Client) -> None:
    """Let the stream that reads know of its TLS, as asyncio's own does: else it warns at each end."""
    writer = getattr(getattr(client, "_transport", None), "_io_writer", None)
    if writer is not None:
        writer.transport.get_protocol()._over_ssl = True


def _why(error: Exception) -> str:
    """What went wrong, in words; a timeout has none of its own."""
    if isinstance(error, js_errors.ServiceUnavailableError):
        return "JetStream is off, or not ready"  # nats-py says code=None
    return str(error) or type(error).__name__


def _plain(url: str) -> str:
    """An address without the secret in it."""
    return url.rpartition("@")[2]
