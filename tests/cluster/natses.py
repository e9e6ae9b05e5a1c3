"""Real nats-servers on this machine, one or several that form a cluster; each can be killed and hung."""

import contextlib
import itertools
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.request import urlopen

import nats as nats_py
import pytest
from nats.js.errors import BadRequestError

from tests.patience import PATIENCE

T = TypeVar("T")

BINARY = Path(sys.executable).with_name("nats-server")
ACCOUNTS = """
accounts {
  SYS {
    users: [{user: sys, password: sys}]
    exports: [{service: "$SYS.REQ.SERVER.PING.JSZ", response: stream, accounts: [CHAT]}]
  }
  CHAT {
    jetstream: enabled
    users: [{user: chat, password: chat}]
    imports: [{service: {account: SYS, subject: "$SYS.REQ.SERVER.PING.JSZ"}}]
  }
}
system_account: SYS
no_auth_user: chat
"""
"""Who gives no name is a node; nodes may ask every server how it keeps its streams."""


_PORTS = itertools.cycle(range(12_000, 32_000))
"""Below those that the system hands out to who connects; each process begins at a place of its own."""
for _ in range(os.getpid() * 89 % 20_000):
    next(_PORTS)


def free_port() -> int:
    """A port that nobody listens on, and that this process has not had for long."""
    while True:
        port = next(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class NatsServer:
    """One nats-server: where it listens, its configuration, and its process while it runs."""

    def __init__(self, folder: Path, name: str, *, sync: str = "always", more: str = ACCOUNTS) -> None:
        self.name = name
        self.port, self.monitor, self.route = free_port(), free_port(), free_port()
        self.folder = folder / name
        self.folder.mkdir(parents=True, mode=0o700)
        self.sync = sync
        self.more = more
        self.process: subprocess.Popen[str] | None = None
        self.log: list[str] = []
        self._news = threading.Condition()

    @property
    def url(self) -> str:
        """Where its clients connect."""
        return f"nats://127.0.0.1:{self.port}"

    def configure(self, routes: Sequence[int]) -> None:
        """Write its configuration; `routes` are the ports between the servers of one cluster."""
        lines = [
            f'server_name: "{self.name}"',
            f'listen: "127.0.0.1:{self.port}"',
            f'http: "127.0.0.1:{self.monitor}"',
            f'jetstream {{ store_dir: "{self.folder}", sync_interval: {self.sync} }}',
        ]
        if len(routes) > 1:
            peers = ", ".join(f'"nats://127.0.0.1:{port}"' for port in routes)
            lines.append(f'cluster {{ name: "chat", listen: "127.0.0.1:{self.route}", routes: [{peers}] }}')
        (self.folder / "server.conf").write_text("\n".join([*lines, self.more, ""]))

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        assert self.process is None
        command = [BINARY, "--config", self.folder / "server.conf"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        seen = len(self.log)
        self._reading = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reading.start()
        self.says("Server is ready", since=seen)

    def says(self, part: str, since: int = 0) -> None:
        """Wait until a line of its log contains `part`; fail if it ends before it does."""

        def told() -> bool:
            return any(part in line for line in self.log[since:]) or self.log[since:][-1:] == [""]

        with self._news:
            assert self._news.wait_for(told, PATIENCE), f"{self.name} has not said {part!r}"
            assert any(part in line for line in self.log[since:]), self.log[-20:]

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to stop, and wait until it has."""
        self._end(signal.SIGTERM)

    def hang(self) -> None:
        """From now on it neither answers nor closes anything."""
        self._running().send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """It goes on where it was."""
        self._running().send_signal(signal.SIGCONT)

    def ask(self, path: str) -> Any:
        """What its monitoring says under a path, `/jsz` or `/healthz`."""
        with urlopen(f"http://127.0.0.1:{self.monitor}{path}", timeout=PATIENCE) as answer:
            return json.load(answer)

    def knows(self, count: int) -> bool:
        """Whether it counts so many servers, as it does a moment after it has come."""
        return bool(self.ask("/jsz").get("meta_cluster", {}).get("cluster_size") == count)

    def end(self) -> None:
        """Whatever state it is in."""
        if self.process is not None:
            self._end(signal.SIGKILL)

    def _running(self) -> subprocess.Popen[str]:
        assert self.process is not None, f"{self.name} does not run"
        return self.process

    def _end(self, number: int) -> None:
        process = self._running()
        process.send_signal(number)
        process.wait(timeout=PATIENCE)
        self._reading.join(PATIENCE)  # its end is not to be taken for that of the next one
        self.process = None

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        with process.stderr as lines:
            for line in lines:
                self._tell(line.rstrip("\n"))
        self._tell("")

    def _tell(self, line: str) -> None:
        with self._news:
            self.log.append(line)
            self._news.notify_all()


class Natses:
    """The nats-servers that belong together."""

    def __init__(self, folder: Path, count: int, *, sync: str = "always", more: str = ACCOUNTS) -> None:
        run = secrets.token_hex(4)
        self.servers = [
            NatsServer(folder, f"nats-{run}-{number}", sync=sync, more=more) for number in range(count)
        ]
        for server in self.servers:
            server.configure([one.route for one in self.servers])

    def start(self) -> None:
        """Start all, and wait until they have a leader who can make streams."""
        seen = [len(server.log) for server in self.servers]
        for server in self.servers:
            server.start()
        if len(self.servers) > 1:
            for server, since in zip(self.servers, seen, strict=True):
                server.says("metadata leader", since=since)
            deadline = time.monotonic() + PATIENCE
            while not all(server.knows(len(self.servers)) for server in self.servers):
                assert time.monotonic() < deadline, "they do not find each other"

    @property
    def urls(self) -> list[str]:
        """What `--cluster` is given."""
        return [server.url for server in self.servers]

    def leader(self, stream: str) -> NatsServer:
        """The server that leads a stream at this moment, as those that answer say. Raises LookupError."""
        for server in self.servers:
            if server.process is None or server.process.poll() is not None or _stopped(server.process.pid):
                continue
            for account in server.ask("/jsz?streams=true")["account_details"]:
                for one in account.get("stream_detail", ()):
                    led = one.get("cluster", {}).get("leader")
                    if one["name"] == stream and led:
                        return self.named(led)
        raise LookupError(stream)

    def led(self, stream: str) -> NatsServer:
        """The same; waits until there is somebody."""
        return self._until(lambda: self.leader(stream), f"nobody leads {stream}")

    def level(self, stream: str) -> None:
        """Wait until every server has all of a stream."""
        self._until(lambda: _level(self.leader(stream), stream), f"a copy of {stream} never became level")

    def _until(self, look: Callable[[], T | None], otherwise: str) -> T:
        """What `look` finds, once it finds something; fail with a sentence if it never does."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(LookupError, OSError):
                found = look()
                if found is not None:
                    return found
            time.sleep(0.05)
        raise AssertionError(otherwise)

    def named(self, name: str) -> NatsServer:
        """The server of a name."""
        return next(server for server in self.servers if server.name == name)

    def emptied(self) -> None:
        """Stop them all, move aside what they keep, and start them with nothing."""
        for server in self.servers:
            server.stop()
        for server in self.servers:
            (server.folder / "jetstream").rename(server.folder / "aside")
        self.start()

    def end(self) -> None:
        """End them all."""
        for server in self.servers:
            server.end()


async def wedge(urls: Sequence[str], stream: str) -> None:
    """Have nobody lead a stream any more: nats-server 2.14.6 to 2.15.1 gives it up after such a publish."""
    client = await nats_py.connect(list(urls))
    with pytest.raises(BadRequestError):
        await client.jetstream().publish(
            f"{stream}.history", b"", headers={"Nats-Expected-Last-Msg-Id": "another"}
        )
    await client.close()


def _level(leader: NatsServer, stream: str) -> bool | None:
    """True if all others have what it has; None: not yet. Raises LookupError."""
    for account in leader.ask("/jsz?streams=true")["account_details"]:
        for one in account.get("stream_detail", ()):
            if one["name"] == stream:
                peers = one["cluster"]["replicas"]
                return all(peer["current"] and not peer.get("offline") for peer in peers) or None
    raise LookupError(stream)


def _stopped(pid: int) -> bool:
    """Whether a process hangs under SIGSTOP."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except OSError:
        return False


StartNats = Callable[..., Natses]


@pytest.fixture
def start_nats(tmp_path: Path) -> Iterator[StartNats]:
    """Start `count` nats-servers that belong together; they are ended after the test."""
    started: list[Natses] = []

    def _start(count: int = 1, *, sync: str = "always", more: str = ACCOUNTS) -> Natses:
        folder = tmp_path / f"nats-{os.getpid()}-{len(started)}"
        started.append(Natses(folder, count, sync=sync, more=more))
        started[-1].start()
        return started[-1]

    yield _start
    for one in started:
        one.end()


@pytest.fixture
def nats(start_nats: StartNats) -> Natses:
    """One nats-server with an empty JetStream."""
    return start_nats()
