"""A community to be tormented: three nats-servers and some nodes, and ways between them that swallow."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from chat.check.run import Report
from chat.check.scene import Scene
from chat.cluster.stream import NAME
from tests.cluster.natses import Natses, NatsServer
from tests.processes import typed
from tests.torture.bench import Bench, Served, free_port, judged


class Community:
    """Three nats-servers and some nodes of one community, each in a process of its own."""

    def __init__(self, bench: Bench, stack: ExitStack, nodes: int = 2) -> None:
        self.nats = Natses(bench.new(), 3)
        stack.callback(self.nats.end)
        self.nats.start()
        self._stack = stack
        self.folders = [bench.new() for _ in range(nodes)]
        self.ports = [free_port() for _ in range(nodes)]
        self.nodes = [self.serve(number) for number in range(nodes)]

    def serve(self, number: int, *urls: str) -> Served:
        """Start one of the nodes (again), over these nats-servers or all; it is in when this returns."""
        options = ("--cluster", ",".join(urls or self.nats.urls), "--node", f"n{number}")
        node = Served(self.folders[number], port=self.ports[number], options=options)
        self._stack.enter_context(node)
        node.port()
        return node

    def judged(self, mischief: Callable[[Scene], object], **settings: object) -> Report:
        """What chat-check finds, spread over all nodes, until the mischief is done."""

        async def until_done(scene: Scene) -> None:
            await mischief(scene)  # type: ignore[misc]
            scene.stop()

        others = [("127.0.0.1", port) for port in self.ports[1:]]
        usual = {"faults": [], "seconds": 3_600.0, "rate": 200.0, "stall": 15.0}
        return judged(self.ports[0], until_done, others=others, **(usual | settings))

    def anew(self, folder: Path) -> None:
        """As the page says: of a backup, with everything that nats-servers and nodes had moved aside."""
        kept = [
            _run(folder, f"backup --data {data} --to {number}.tar")
            for number, data in enumerate(self.folders)
        ]
        best = kept.index(max(kept, key=_highest))
        for node in self.nodes:
            node.kill()
        self.nats.emptied()
        _run(folder, f"restore {best}.tar --data whole")
        _run(folder, "export --data whole --to whole.jsonl")
        _run(folder, f"import whole.jsonl --cluster {','.join(self.nats.urls)}")
        for number, data in enumerate(self.folders):
            data.rename(data.with_name(f"{data.name}-aside"))
            self.nodes[number] = self.serve(number)

    def hand_over(self, server: NatsServer) -> None:
        """Have others lead what a server leads, as an operator does before they stop it."""
        _run(self.folders[0].parent, f"admin hand-over {server.name} --data {self.folders[0]}")

    @property
    def leader(self) -> NatsServer:
        """Who leads the stream of the history; waits until there is somebody."""
        return self.nats.led(NAME)

    @property
    def follower(self) -> NatsServer:
        """Somebody who has a copy and does not lead."""
        return next(server for server in self.nats.servers if server is not self.leader)

    def whole(self) -> None:
        """Wait until every server has all of the stream."""
        self.nats.level(NAME)


def _run(folder: Path, words: str) -> str:
    """What the installed program prints, which has to succeed."""
    done = typed(f"chat-server {words}", folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _highest(said: str) -> int:
    """The highest message, as a backup names it."""
    return max(int(number) for number in re.findall(r"\d+", said))


@contextmanager
def community(bench: Bench, nodes: int = 2) -> Iterator[Community]:
    """A community for one fault."""
    with ExitStack() as stack:
        yield Community(bench, stack, nodes)


class Hole:
    """A way to a port that can swallow everything, in both directions, without a word."""

    def __init__(self) -> None:
        self.port = 0
        self.swallows = False

    async def accepted(self, target: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward = await asyncio.open_connection("127.0.0.1", target)
        ways = ((reader, onward[1]), (onward[0], writer))
        passing = [asyncio.ensure_future(self._pass(*way)) for way in ways]
        await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)
        for end in (writer, onward[1]):
            end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                if not self.swallows:
                    writer.write(data)


@contextlib.asynccontextmanager
async def hole(target: int) -> AsyncIterator[Hole]:
    made = Hole()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await made.accepted(target, reader, writer)

    server = await asyncio.start_server(accepted, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
