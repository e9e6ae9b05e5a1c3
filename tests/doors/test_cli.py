"""The doors of the installed `chat-server`: opened when asked for, announced, and spoken to in Portuguese."""

import socket

import pytest

from tests.patience import PATIENCE
from tests.processes import Launch
from tests.server.test_cli import framed, unframed


def _until(sock: socket.socket, wanted: str) -> str:
    """What is received up to and with `wanted`."""
    shown = b""
    while not shown.endswith(wanted.encode()):
        piece = sock.recv(1)
        assert piece, f"closed after {shown.decode()!r}"
        shown += piece
    return shown.decode()


def test_both_doors(launch: Launch) -> None:
    """A terminal and a program of each of the original kinds talk to each other; the words are theirs."""
    server = launch("--port", "0", "--text-port", "0", "--header-port", "0", "--data", ":memory:", lang="pt")
    text = int(server.line("Texto puro (nc): porta ").split()[-1])
    header = int(server.line("Cabeçalho de 64 bytes: porta ").split()[-1])
    with (
        socket.create_connection(("127.0.0.1", text), timeout=PATIENCE) as ana,
        socket.create_connection(("127.0.0.1", header), timeout=PATIENCE) as guest,
    ):
        _until(ana, "Usuário: ")
        ana.sendall(b"ana\n")
        _until(ana, "Conectado.\n")
        assert "visitante-" in unframed(guest)
        guest.sendall(framed("olá, professora"))
        _until(ana, "> olá, professora\n")
        ana.sendall(b"<ana> oi")
        ana.sendall(b"\n#sair\n")
        while (shown := unframed(guest)) != "<ana> oi":
            assert "ana" in shown
        assert unframed(guest) == "ana saiu de #geral."
        _until(ana, "Desconectado: até logo.\n")
        assert ana.recv(1) == b""
        guest.sendall(framed("Desconectar"))
        assert unframed(guest) == "Desconectado: até logo."
        assert guest.recv(1) == b""
    assert server.stop() == 0


@pytest.mark.parametrize("flag", ["--text-port", "--header-port"])
def test_a_doors_port_in_use(launch: Launch, flag: str) -> None:
    """A door that cannot be opened fails in one sentence, which names the option to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = launch("--port", "0", flag, str(port), "--data", ":memory:", lang="pt")
        _, said = server.process.communicate(timeout=PATIENCE)
    assert server.process.returncode == 1
    assert said.splitlines() == [
        "Servidor não foi inicializado.",
        "Não foi possível iniciar o servidor.",
        f"A porta {port} já está em uso; escolha outra com {flag}.",
    ]


def test_no_door_is_open_unasked(launch: Launch) -> None:
    """Without the options there is no way in but the wire contract."""
    server = launch("--port", "0", "--data", ":memory:", lang="pt")
    server.port()
    assert server.stop() == 0
    assert not any("Texto puro" in line or "Cabeçalho" in line for line in server.lines)
