"""Under systemd: the unit that is printed, how exposed it is, and when the server says that it is ready."""

import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from chat.server import readiness, unit
from tests.patience import PATIENCE
from tests.processes import SERVER, Process

MOST = 1.5
"""The exposure that systemd may find; a unit with nothing but `User=` has 9.2."""


def test_it_runs_this_program() -> None:
    """The printed unit has the path of the program that printed it, and no place left to fill in."""
    done = subprocess.run([SERVER, "--unit"], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert f"ExecStart={SERVER} --data %S/chat --config /etc/chat/server.toml\n" in done.stdout
    assert "{program}" not in done.stdout
    assert 'ExecStart="/a b/100%%/chat-server" ' in unit.text("/a b/100%/chat-server")


def test_it_is_hardened(tmp_path: Path) -> None:
    """systemd itself finds it well protected; where there is no systemd, the switches are looked at."""
    path = tmp_path / "chat-server.service"
    path.write_text(unit.text("/usr/bin/true"))
    assert {"NoNewPrivileges=yes", "ProtectSystem=strict", "UMask=0077"} <= set(path.read_text().splitlines())
    if shutil.which("systemd-analyze"):
        command = ["systemd-analyze", "security", "--offline=true", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
        assert found is not None, done.stderr
        assert float(found[1]) <= MOST


def test_ready_when_it_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """READY comes once somebody can connect, STOPPING when it ends."""
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.settimeout(60)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    server = Process("--port", "0", "--data", ":memory:")
    try:
        assert manager.recv(100).decode() == readiness.READY
        socket.create_connection(("127.0.0.1", server.port())).close()
    finally:
        code = server.stop(signal.SIGTERM)
        assert server.process.stderr is not None
        server.process.stderr.close()
        assert server.process.stdout is not None
        server.process.stdout.close()
    assert (code, manager.recv(100).decode()) == (0, readiness.STOPPING)
    manager.close()


@pytest.mark.parametrize("address", ["", "nonsense", "/nowhere/at/all", "@nobody-listens-here"])
def test_nobody_to_be_told(address: str) -> None:
    """No manager, or one that is gone, keeps nobody from working."""
    readiness.tell(readiness.READY, {"NOTIFY_SOCKET": address} if address else {})


def test_abstract_sockets(tmp_path: Path) -> None:
    """An address that begins with @ is one of Linux's abstract names."""
    name = f"chat-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name}")
        readiness.tell(readiness.READY, {"NOTIFY_SOCKET": f"@{name}"})
        manager.settimeout(60)
        assert manager.recv(100).decode() == readiness.READY
