"""What faults are provoked with: the installed server, raw clients, chat-check's judge, and the machine."""

import asyncio
import json
import os
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from chat.check.run import Report, check
from chat.check.scene import Scene, Settings
from tests import announced
from tests.patience import PATIENCE
from tests.processes import FREELY

SERVER = Path(sys.executable).with_name("chat-server")
SHIM = Path(__file__).with_name("shim.c")
DEADLINE = PATIENCE
"""Seconds after which something that does not come is taken for a hang."""
Said = dict[str, Any]
Watch = Callable[[Scene], Awaitable[None]]


class NotHere(Exception):
    """This machine does not allow it; says what is missing."""


class Bench:
    """A folder for everything one fault needs, and how often it is to be provoked."""

    def __init__(self, folder: Path, *, thorough: bool, kills: int) -> None:
        self.folder = folder
        self.thorough = thorough
        self.kills = kills
        self._folders = 0

    def new(self) -> Path:
        """An empty folder."""
        self._folders += 1
        made = self.folder / str(self._folders)
        made.mkdir()
        return made

    def shim(self, **settings: object) -> dict[str, str]:
        """The environment that puts the shim under a server. Raises NotHere where there is no C compiler."""
        built = self.folder / "shim.so"
        compiler = shutil.which("gcc") or shutil.which("cc")
        if sys.platform != "linux" or compiler is None:
            raise NotHere("no C compiler")
        if not built.exists():
            subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", built, SHIM, "-ldl"], check=True)
        return {"LD_PRELOAD": str(built)} | {f"SHIM_{name.upper()}": str(v) for name, v in settings.items()}


@contextmanager
def mounted(folder: Path, *arguments: str) -> Iterator[Path]:
    """Something mounted on a folder. Raises NotHere where one may not mount."""
    done = subprocess.run(["mount", *arguments, str(folder)], capture_output=True, text=True)
    if done.returncode:
        raise NotHere(f"mount: {done.stderr.strip().splitlines()[-1] if done.stderr else 'not allowed'}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def command(port: int, data: Path, *before: str) -> str:
    """The line that starts the server, for chat-check; `before` it what is to be run around it."""
    return shlex.join(
        [*before, str(SERVER), "--port", str(port), "--data", str(data), "--quiet", "--lang", "en"]
    )


class Served:
    """A running chat-server; it is killed at the end, unless it has ended."""

    def __init__(
        self,
        data: Path,
        *before: str,
        port: int = 0,
        env: dict[str, str] | None = None,
        options: tuple[str, ...] = (),
    ) -> None:
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.process = subprocess.Popen(
            [
                *before,
                SERVER,
                "--port",
                str(port),
                "--data",
                data,
                "--quiet",
                "--lang",
                "en",
                *FREELY,
                *options,
            ],
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=os.environ | (env or {}),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._log.close()

    @property
    def pid(self) -> int:
        """The process."""
        return self.process.pid

    def port(self) -> int:
        """The port it listens on, once it does. Raises AssertionError with its complaint if it never does."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if (found := announced.port(line)) is not None:
                return found
        raise AssertionError(self.complaint())

    def kill(self) -> None:
        """Kill it without warning, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE)

    def ended(self) -> int:
        """Wait until it has ended by itself; its exit code."""
        return self.process.wait(DEADLINE)

    def complaint(self) -> str:
        """What it has written on stderr so far."""
        self._log.seek(0)
        return self._log.read()


class Wire:
    """One raw client, with nothing but a socket; every wait of it has a deadline."""

    def __init__(self, port: int, user: str, *, tls: ssl.SSLContext | None = None, **more: Any) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        if tls is not None:
            self.sock = tls.wrap_socket(self.sock)
        try:
            self.say(type="hello", version=1, user=user, **more)
            self.welcome = self.expect("welcome")
        except BaseException:
            self.sock.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def say(self, **message: Any) -> None:
        """Send one message."""
        payload = json.dumps(message).encode()
        self.sock.sendall(str(len(payload)).encode().ljust(64) + payload)

    def hear(self) -> Said | None:
        """The next message; None once the server has closed."""
        header = self._exactly(64)
        payload = self._exactly(int(header)) if header else None
        return json.loads(payload) if payload else None

    def _exactly(self, size: int) -> bytes | None:
        data = b""
        while len(data) < size:
            try:
                piece = self.sock.recv(size - len(data))
            except ConnectionError:
                return None
            if not piece:
                return None
            data += piece
        return data

    def expect(self, *types: str, **members: Any) -> Said:
        """The next message of one of these types and with these members; others are passed over."""
        while True:
            message = self.hear()
            assert message is not None, f"closed while waiting for {types}"
            if message["type"] in types and all(message.get(k) == v for k, v in members.items()):
                return message

    def send(self, to: str, body: str, cid: str) -> Said:
        """Say something; the `message` it became, or the `error`."""
        self.say(type="send", to=to, body=body, cid=cid)
        return self.expect("message", "error", cid=cid)

    def page(self, room: str = "#geral") -> list[Said]:
        """The newest page of a room."""
        self.say(type="history", room=room)
        found: list[Said] = self.expect("history")["messages"]
        return found

    def everything(self, room: str = "#geral") -> list[Said]:
        """All that was ever said in a room."""
        found: list[Said] = []
        more = True
        while more:
            self.say(type="history", room=room, after=found[-1]["id"] if found else 0)
            answer = self.expect("history")
            found += answer["messages"]
            more = answer["more"]
        return found


async def _nothing(scene: Scene) -> None:
    """No mischief."""


def judged(port: int, mischief: Watch = _nothing, **settings: Any) -> Report:
    """What chat-check finds, with some mischief done beside it. Raises AssertionError for any fault."""
    usual = {"clients": 20, "rooms": 4, "rate": 300.0, "seconds": 3.0, "seed": 4711}
    report = asyncio.run(
        check(Settings(host="127.0.0.1", port=port, **(usual | settings)), os.urandom(3).hex(), mischief)
    )
    assert report.passed, report
    return report


async def under_load(scene: Scene, messages: int = 50) -> None:
    """Wait until so many messages more have been acknowledged."""
    wanted = scene.ledger.acknowledged + messages
    async with asyncio.timeout(DEADLINE):
        while scene.ledger.acknowledged < wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def summary(report: Report) -> str:
    """The counts of a check in a few words."""
    verdict = report.verdict
    cuts = f"{report.cuts} connections broken"
    return f"{verdict.acknowledged} acknowledged, 0 lost, 0 twice, 0 out of order; {cuts}"
