"""The connection to NATS comes back whatever happens to the servers, and who used it begins anew."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.js.errors import ServiceUnavailableError

from chat import words
from chat.cluster.connection import Connection, Servers
from chat.errors import DataRefused
from tests.cluster.natses import Natses, StartNats, free_port
from tests.fakes import until
from tests.patience import PATIENCE

Connect = Callable[..., Awaitable[Connection]]
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Open connections; each is closed after the test."""
    async with AsyncExitStack() as stack:

        async def _connect(*urls: str) -> Connection:
            connection = Connection(Servers(urls))
            await connection.open()
            stack.push_async_callback(connection.close)
            return connection

        yield _connect


async def test_it_connects_and_says_so(nats: Natses, connect: Connect) -> None:
    """`up` is set, and its client speaks with the server."""
    connection = await connect(*nats.urls)
    client = await asyncio.wait_for(connection.client(), PATIENCE)
    assert connection.up.is_set()
    assert client.connected_url is not None
    assert f"nats://{client.connected_url.netloc}" in nats.urls


async def test_a_server_that_comes_later_is_found(start_nats: StartNats, connect: Connect) -> None:
    """Nobody listens at first; nothing is raised, and it connects as soon as somebody does."""
    nats = start_nats()
    nats.servers[0].stop()
    connection = await connect(*nats.urls)
    waiting = asyncio.ensure_future(connection.client())
    await asyncio.sleep(0)
    assert not waiting.done()
    await asyncio.to_thread(nats.servers[0].start)
    assert (await asyncio.wait_for(waiting, PATIENCE)).is_connected


async def test_another_server_takes_over(connect: Connect, nats: Natses) -> None:
    """An address where nobody is does not keep it from the one where somebody is."""
    connection = await connect(f"nats://127.0.0.1:{free_port()}", *nats.urls)
    assert (await asyncio.wait_for(connection.client(), PATIENCE)).is_connected


INFO = b'INFO {"server_id": "x", "version": "2.12.0", "max_payload": 1048576, "headers": true}\r\n'


@pytest.mark.parametrize(
    "nonsense",
    [
        pytest.param(b"INFO []\r\n", id="no object"),
        pytest.param(b"A" * 200_000, id="no end"),
        pytest.param(b'INFO {"connect_urls": ["[::"]}\r\n', id="no address"),
        pytest.param(INFO + b"PONG\r\nINFO {\r\n", id="no sense, once connected"),
    ],
)
async def test_what_is_no_nats_server_is_asked_again(connect: Connect, nonsense: bytes) -> None:
    """Whatever is said at an address, and whatever nats-py makes of it, another try follows."""
    again, came = asyncio.Event(), 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal came
        came += 1
        if came > 1:
            again.set()
        writer.write(nonsense)
        with suppress(OSError):
            while await reader.read(65_536):
                pass
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    connection = await connect(f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await asyncio.wait_for(again.wait(), PATIENCE)
    await connection.close()
    server.close()


@pytest.mark.parametrize("how", ["kill", "hang"])
async def test_work_begins_anew_with_each_connection(nats: Natses, connect: Connect, how: str) -> None:
    """A server that dies or hangs loses the connection: what ran is cancelled, and runs with the next."""
    connection = await connect(*nats.urls)
    begun: asyncio.Queue[Client] = asyncio.Queue()
    cancelled = asyncio.Event()

    async def work(client: Client) -> None:
        begun.put_nowait(client)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    task = asyncio.create_task(connection.during(work))
    first = await asyncio.wait_for(begun.get(), PATIENCE)
    getattr(nats.servers[0], how)()
    await asyncio.wait_for(cancelled.wait(), PATIENCE)
    assert not connection.up.is_set()
    if how == "hang":
        nats.servers[0].wake()
    else:
        await asyncio.to_thread(nats.servers[0].start)
    assert await asyncio.wait_for(begun.get(), PATIENCE) is not first
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_may_pass_is_tried_again_and_the_rest_is_raised(nats: Natses, connect: Connect) -> None:
    """A timeout is met with another try; a mistake of the program is not."""
    connection = await connect(*nats.urls)
    tries: list[Exception] = [ValueError("mine"), TimeoutError()]

    async def work(client: Client) -> None:
        raise tries.pop()

    with pytest.raises(ValueError, match="mine"):
        await asyncio.wait_for(connection.during(work), PATIENCE)


async def test_a_wrong_password_is_told_and_tried_again(
    start_nats: StartNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is not let in hears why, without the secret, and does not give up."""
    monkeypatch.setattr("chat.cluster.connection.REPEAT", 0.5)
    nats = start_nats(more="authorization { user: chat, password: right }")
    heard: asyncio.Queue[str] = asyncio.Queue()
    connection = Connection(
        Servers([nats.urls[0].replace("nats://", "nats://chat:wrong@")]), heard.put_nowait
    )
    async with aclosing(_closing(connection)) as opened:
        await anext(opened)
        for _ in range(2):
            reason = await asyncio.wait_for(heard.get(), PATIENCE)
            assert "uthorization" in reason
            assert "wrong" not in reason
        assert not connection.up.is_set()


async def test_what_is_denied_is_told_once(start_nats: StartNats) -> None:
    """A subject that the account may not publish on is never answered: the operator has to hear of it."""
    user = 'user: chat, password: right, permissions: { publish: { deny: "history" } }'
    nats = start_nats(more=f"authorization {{ users: [{{ {user} }}] }}")
    heard: list[str] = []
    connection = Connection(Servers([nats.urls[0].replace("nats://", "nats://chat:right@")]), heard.append)
    async with aclosing(_closing(connection)) as opened:
        await anext(opened)
        client = await asyncio.wait_for(connection.client(), PATIENCE)
        for _ in range(3):
            await client.publish("history", b"")
            await client.flush()
        assert heard == [
            'something is denied to this node: nats: permissions violation for publish to "history"'
        ]


async def _closing(connection: Connection) -> AsyncGenerator[None, None]:
    await connection.open()
    try:
        yield
    finally:
        await connection.close()


async def test_a_certificate_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """An authority that is no file is told at once."""
    connection = Connection(Servers(["tls://127.0.0.1:1"], ca=str(tmp_path / "none.pem")))
    with pytest.raises(DataRefused):
        await connection.open()


async def test_the_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Of an authority and a certificate it is the authority's, where that is no file."""
    ca, cert = str(tmp_path / "none.pem"), str(tmp_path / "host.pem")
    with pytest.raises(DataRefused) as refused:
        Servers(["tls://127.0.0.1:1"], ca=ca, cert=cert).tls()
    assert refused.value.path == ca


async def test_a_server_without_jetstream_is_told_as_such(nats: Natses, connect: Connect) -> None:
    """Nobody answers for its streams: the reason says what is off, in words."""
    connection = await connect(*nats.urls)

    async def work(client: Client) -> None:
        raise ServiceUnavailableError

    working = asyncio.create_task(connection.during(work))
    async with asyncio.timeout(PATIENCE):
        await until(lambda: connection.reason.startswith("JetStream"))
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def test_nobody_there_is_told_as_what_it_is() -> None:
    """An address where nobody listens is told as such, not that there is no server left."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    connection = Connection(Servers([f"nats://127.0.0.1:{free_port()}"]), heard.put_nowait)
    async with aclosing(_closing(connection)) as opened:
        await anext(opened)
        assert "Connect call failed" in await asyncio.wait_for(heard.get(), PATIENCE)


@pytest.mark.parametrize(
    ("lang", "begins"), [("en", "no connection to nats://"), ("pt_BR", "sem conexão com nats://")]
)
async def test_the_operator_hears_it_in_their_language(lang: str, begins: str) -> None:
    """A sentence like all the server's others, with the reason as NATS has it."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    connection = Connection(Servers([f"nats://127.0.0.1:{free_port()}"]), heard.put_nowait)
    words.use(lang)
    try:
        async with aclosing(_closing(connection)) as opened:
            await anext(opened)
            assert (await asyncio.wait_for(heard.get(), PATIENCE)).startswith(begins)
    finally:
        words.use(words.ENGLISH)


@asynccontextmanager
async def tried(answer: Answer, scheme: str = "nats://") -> AsyncIterator[asyncio.Queue[str]]:
    """What a connection tells of a server that answers like this."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        connection = Connection(Servers([f"{scheme}127.0.0.1:{port}"]), heard.put_nowait)
        async with aclosing(_closing(connection)) as opened:
            await anext(opened)
            yield heard


async def test_the_same_reason_is_not_told_at_each_try() -> None:
    """Four tries a second at a server that is down do not fill the log."""
    tries: asyncio.Queue[None] = asyncio.Queue()

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.put_nowait(None)
        writer.close()

    async with tried(hang_up) as heard:
        for _ in range(4):
            await asyncio.wait_for(tries.get(), PATIENCE)
    assert heard.qsize() == 1


async def test_a_timeout_has_a_name() -> None:
    """A server that takes connections and says nothing is told with a reason."""

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with tried(say_nothing) as heard:
        reason = await asyncio.wait_for(heard.get(), PATIENCE)
    assert reason.partition(": ")[2]


async def test_a_server_that_does_not_encrypt_is_told_no_password(nats: Natses) -> None:
    """Whoever stands in between and says that there is no TLS is not told how the node proves itself."""
    said: asyncio.Queue[bytes] = asyncio.Queue()

    async def pretend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x","version":"2.12.0","max_payload":1048576}\r\n')
        said.put_nowait(await reader.read())
        writer.close()

    async with tried(pretend, "tls://chat:secret@") as heard:
        assert "does not encrypt" in await asyncio.wait_for(heard.get(), PATIENCE)
        assert await asyncio.wait_for(said.get(), PATIENCE) == b""
