"""Programs that are started without their standard streams, or with ones that know few letters."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.processes import SERVER, Launch

_WITHOUT = ("<&-", ">&-", "2>&-", "<&- >&- 2>&-")


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _connected(port: int, server: "subprocess.Popen[bytes]") -> socket.socket:
    """A connection to a server as soon as it listens: one without streams says nothing about it."""
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            assert server.poll() is None
            time.sleep(0.02)


@pytest.mark.parametrize("closed", _WITHOUT)
def test_a_server_without_streams(closed: str) -> None:
    """A server of which the streams are closed serves, and stops politely: no socket is taken for one."""
    port = _free_port()
    command = f'exec "$0" --port {port} --data :memory: --quiet {closed}'
    server = subprocess.Popen(["sh", "-c", command, SERVER], stdout=subprocess.DEVNULL)
    try:
        with _connected(port, server) as sock:
            sock.sendall(b"0".ljust(64))
            assert b'"bad_frame"' in sock.makefile("rb").read()
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=PATIENCE) == 0
    finally:
        server.kill()
        server.wait()


@pytest.mark.parametrize("closed", _WITHOUT)
def test_a_client_without_streams(closed: str, launch: Launch) -> None:
    """A client of which the streams are closed has nothing to say, and leaves."""
    port = launch("--port", "0", "--data", ":memory:").port()
    client = Path(sys.executable).with_name("chat-client")
    command = f'exec "$0" --port {port} --user ana --data :memory: {closed}'
    done = subprocess.run(
        ["sh", "-c", command, client], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("who", ["--user ana", ""])
@pytest.mark.parametrize("out", [">/dev/full", "| true"])
def test_nobody_reads(out: str, who: str, launch: Launch) -> None:
    """What a client cannot print is no reason to fail, in the middle of a question neither."""
    port = launch("--port", "0", "--data", ":memory:").port()
    client = Path(sys.executable).with_name("chat-client")
    command = f'"$0" --port {port} {who} --linear --data :memory: {out}'
    done = subprocess.run(["sh", "-c", command, client], input=b"oi\n", capture_output=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_with_few_letters(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a letter cannot be written there is another in its place, and the lines go on."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    server = launch("--port", "0", "--data", ":memory:", lang="pt")
    assert "esperando conex?es" in server.line("127.0.0.1:")
    assert server.stop() == 0
