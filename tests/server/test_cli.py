"""The installed `chat-server`: how it starts, what it says, how it fails and how it stops."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests import forked
from tests.patience import PATIENCE
from tests.processes import SERVER, Launch


def framed(payload: str) -> bytes:
    data = payload.encode()
    return str(len(data)).encode().ljust(64) + data


def unframed(sock: socket.socket) -> str:
    """The next payload, with nothing but `socket`."""
    size = int(_exactly(sock, 64))
    return _exactly(sock, size).decode()


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = sock.recv(size - len(data))
        assert piece, "closed by the server"
        data += piece
    return data


def _failed(*arguments: str, lang: str = "en") -> tuple[int, str]:
    done = forked.run([SERVER, *arguments], env=os.environ | {"CHAT_LANG": lang})
    return done.returncode, done.stdout + done.stderr


def test_talking_with_nothing_but_a_socket(launch: Launch, tmp_path: Path) -> None:
    """Two raw sockets talk by the contract; what was acknowledged is there after a restart."""
    server = launch("--port", "0", "--data", str(tmp_path))
    port = server.port()
    with (
        socket.create_connection(("127.0.0.1", port)) as ana,
        socket.create_connection(("127.0.0.1", port)) as bia,
    ):
        for sock, name in ((ana, "ana"), (bia, "bia")):
            sock.sendall(framed(f'{{"type":"hello","version":1,"user":"{name}"}}'))
            assert unframed(sock).startswith('{"type":"welcome","version":1')
        ana.sendall(framed('{"type":"send","to":"#geral","body":"oi, gente","cid":"7f3a-1"}'))
        message = unframed(bia)
        while "joined" in message:
            message = unframed(bia)
        assert message.startswith('{"type":"message","id":1,"to":"#geral","from":"ana","ts":')
        assert message.endswith(',"cid":"7f3a-1","body":"oi, gente"}')
    assert server.stop() == 0
    server = launch("--port", "0", "--data", str(tmp_path))
    with socket.create_connection(("127.0.0.1", server.port())) as caio:
        caio.sendall(framed('{"type":"hello","version":1,"user":"caio"}'))
        assert '"head":1' in unframed(caio)
        caio.sendall(framed('{"type":"history","room":"#geral"}'))
        assert message in unframed(caio)


def test_it_says_where_it_can_be_reached(launch: Launch) -> None:
    """Started on every interface it names each address of this machine with the line for the others."""
    server = launch("--host", "0.0.0.0", "--port", "0", "--data", ":memory:", lang="pt")
    assert server.line("Servidor") == "Servidor Iniciado..."
    port = server.line("Servidor conectado").split("0.0.0.0:")[1].rstrip(".")
    assert server.stop() == 0
    said = "\n".join(server.lines)
    assert f"chat-client --port {port} --user nome" in said
    assert re.search(rf"chat-client chat://{_own_address()}:{port}/#[0-9a-f]{{64}}$", said, re.M)
    assert "ATENÇÃO" not in said


def _own_address() -> str:
    """An address of this machine that is not loopback; a connected UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])


def test_the_console_tells_who_comes_and_goes(launch: Launch) -> None:
    """The operator reads who connected from where, under which name, and who left."""
    server = launch("--port", "0", "--data", ":memory:", lang="pt")
    port = server.port()
    with socket.create_connection(("127.0.0.1", port)) as ana:
        here = f"127.0.0.1:{ana.getsockname()[1]}"
        assert server.line("NOVA CONEXÃO") == f"[NOVA CONEXÃO] {here} conectado."
        ana.sendall(framed('{"type":"hello","version":1,"user":"ana"}'))
        assert "ana" in server.line(here)
        ana.sendall(framed('{"type":"bye"}'))
        assert server.line(here).startswith("ana saiu")


def test_a_port_in_use_is_one_sentence(launch: Launch) -> None:
    """A taken port fails with the original sentences, the reason and what to do; no traceback."""
    port = launch("--port", "0", "--data", ":memory:").port()
    code, said = _failed("--port", str(port), "--data", ":memory:", lang="pt")
    assert code == 1
    assert said.splitlines() == [
        "Servidor não foi inicializado.",
        "Não foi possível iniciar o servidor.",
        f"A porta {port} já está em uso; escolha outra com --port.",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (["--port", "65536"], 2, "65536"),
        (["--port", "abc"], 2, "abc"),
        (["127.0.0.1", "abc"], 2, "abc"),
        (["--port", "٣٣"], 2, "٣٣"),
        (["--max-clients", "0"], 2, "'0'"),
        (["--lobby", "geral"], 2, "geral"),
        (["--nonsense"], 2, "--nonsense"),
        (["--data", "/proc/nowhere"], 1, "/proc/nowhere"),
        (["192.0.2.1", "8081", "--data", ":memory:"], 1, "192.0.2.1"),
    ],
)
def test_what_cannot_be_is_said(arguments: list[str], code: int, part: str) -> None:
    """Wrong arguments end with 2, what is impossible here with 1, each with its reason and no traceback."""
    ended, said = _failed(*arguments)
    assert ended == code
    assert part in said
    assert "Traceback" not in said


def test_wrong_use_is_said_in_the_original_words() -> None:
    """Wrong arguments are answered by the sentence of the first of the original programs."""
    code, said = _failed("--port", "x", lang="pt")
    assert code == 2
    assert said.startswith("Uso correto: script, endereço IP, número da porta\n")


def test_address_and_port_without_flags(launch: Launch) -> None:
    """`chat-server IP PORT` works as the first of the original programs did."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert launch("127.0.0.1", str(port), "--data", ":memory:").port() == port


def test_two_servers_on_one_folder(launch: Launch, tmp_path: Path) -> None:
    """The second server on a data folder is refused, and the first goes on."""
    first = launch("--port", "0", "--data", str(tmp_path))
    port = first.port()
    code, said = _failed("--port", "0", "--data", str(tmp_path))
    assert (code, str(tmp_path) in said) == (1, True)
    with socket.create_connection(("127.0.0.1", port)) as ana:
        ana.sendall(framed('{"type":"hello","version":1,"user":"ana"}'))
        assert "welcome" in unframed(ana)


def test_files_are_the_owners_alone(launch: Launch, tmp_path: Path) -> None:
    """Every file is 0600 and the folder 0700, whatever the umask was."""
    folder = tmp_path / "data"
    before = os.umask(0o022)
    try:
        server = launch("--port", "0", "--data", str(folder))
        server.port()
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert {"history.db", "registry.db", "lock", "certificate.pem", "key.pem", "admin.sock"} <= modes.keys()
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_politely(launch: Launch, number: int) -> None:
    """SIGTERM and Ctrl-C tell every client and end with 0."""
    server = launch("--port", "0", "--data", ":memory:")
    with socket.create_connection(("127.0.0.1", server.port())) as ana:
        ana.sendall(framed('{"type":"hello","version":1,"user":"ana"}'))
        unframed(ana)
        assert server.stop(number) == 0
        assert unframed(ana) == '{"type":"bye","reason":"shutting_down"}'


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_before_it_is_ready(launch: Launch, number: int, tmp_path: Path) -> None:
    """A node that waits for its cluster does not go on waiting when it is told to stop; 0, as always."""
    server = launch("--port", "0", "--data", str(tmp_path), "--cluster", "nats://127.0.0.1:1")
    server.line("Cluster")
    assert server.stop(number) == 0
    assert "Stopped before it was ready" in server.lines[-1]


def test_as_a_module() -> None:
    """`python -m chat.server` is the same program."""
    done = subprocess.run(
        [sys.executable, "-m", "chat.server", "--version"], capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.returncode, done.stdout.split()[0]) == (0, "chat-server")


def test_in_the_clear_only_if_it_is_said(launch: Launch) -> None:
    """Beyond this machine the doors want --plaintext, which is not passed over in silence."""
    doors = ("--host", "0.0.0.0", "--port", "0", "--text-port", "0", "--data", ":memory:")
    code, said = _failed(*doors)
    assert (code, "--plaintext" in said) == (1, True)
    server = launch(*doors, "--plaintext", lang="pt")
    server.line("ATENÇÃO: --plaintext")
    assert server.stop() == 0


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (("--cert", "x"), 2, "--key"),
        (("--cert", "/nowhere/c.pem", "--key", "/nowhere/k.pem"), 1, "/nowhere/c.pem"),
        (("--cert", __file__, "--key", __file__), 1, __file__),
    ],
)
def test_certificates_that_are_none(arguments: tuple[str, ...], code: int, part: str) -> None:
    """What is wrong with the operator's certificate is one sentence with the file's name."""
    ended, said = _failed("--port", "0", "--data", ":memory:", *arguments)
    assert ended == code
    assert part in said
    assert "Traceback" not in said


def _asked(*arguments: str) -> tuple[int, list[str]]:
    code, said = _failed(*arguments)
    return code, said.splitlines()


def test_what_an_operator_asks_for(launch: Launch, tmp_path: Path) -> None:
    """Invitations, names, registration and sessions of a running server, with exit codes; none: said so."""
    data = ("--data", str(tmp_path))
    assert _asked("admin", "names", *data)[0] == 1
    server = launch("--port", "0", *data)
    port = server.port()
    code, (line,) = _asked("invite", *data)
    assert code == 0
    assert re.fullmatch(rf"chat-client chat://localhost:{port}/#[0-9a-f]{{64}}\.[\w-]{{22}}", line)
    assert _asked("admin", "registration", *data) == (0, ["open"])
    assert _asked("admin", "registration", "invited", *data) == (0, ["invited"])
    with socket.create_connection(("127.0.0.1", port)) as ana:
        ana.sendall(framed('{"type":"hello","version":1,"user":"ana"}'))
        assert '"code":"no_guests"' in unframed(ana)
        assert _asked("admin", "registration", "open", *data) == (0, ["open"])
        ana.sendall(framed('{"type":"hello","version":1,"user":"ana"}'))
        assert "welcome" in unframed(ana)
        assert _asked("admin", "sessions", *data) == (0, ["ana  1  guest"])
        assert _asked("admin", "rooms", *data) == (0, ["#geral  public  -  1"])
        assert _asked("admin", "ban", "#geral", "ana", "60", *data) == (0, ["ban #geral ana 60"])
        assert _asked("admin", "unban", "#geral", "bia", *data)[0] == 1
        assert _asked("admin", "ban", "#geral", *data)[0] == 2
    assert _asked("admin", "names", *data) == (0, [])
    assert _asked("admin", "free", "ana", *data)[0] == 1
    assert _asked("admin", "registration", "maybe", *data)[0] == 2
    assert _asked("admin", "dance", *data)[0] == 2
    assert _asked("admin", *data)[0] == 2
    assert server.stop() == 0
    assert not (tmp_path / "admin.sock").exists()


def test_a_server_without_an_operator(launch: Launch, tmp_path: Path) -> None:
    """Where the socket of the operator cannot be made, that is said, and the server serves."""
    (tmp_path / "admin.sock").mkdir()
    server = launch("--port", "0", "--data", str(tmp_path))
    port = server.port()
    with socket.create_connection(("127.0.0.1", port)) as ana:
        ana.sendall(framed('{"type":"hello","version":1,"user":"ana"}'))
        assert "welcome" in unframed(ana)
    assert server.stop() == 0
    assert any("(admin)" in line for line in server.lines)


def test_bounds_of_the_operators_own(launch: Launch, tmp_path: Path) -> None:
    """What the options say holds, is said once, and is counted by name for whoever asks."""
    options = ("--max-per-address", "1", "--loopback", "limited", "--frame-deadline", "1")
    server = launch("--port", "0", "--data", str(tmp_path), *options)
    port = server.port()
    with socket.create_connection(("127.0.0.1", port)) as ana:
        ana.sendall(framed('{"type":"hello","version":1,"user":"ana"}'))
        assert "welcome" in unframed(ana)
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", port)) as bia:
                bia.sendall(framed('{"type":"hello","version":1,"user":"bia"}'))
                assert '"code":"slow_down"' in unframed(bia)
        ana.sendall(b"10".ljust(64))
        assert unframed(ana) == '{"type":"bye","reason":"frame_timeout"}'
        code, lines = _asked("admin", "counters", "--data", str(tmp_path))
    assert server.stop() == 0
    counts = dict(line.split(" ") for line in lines)
    assert (code, counts["connections_per_address"], counts["frame_deadline"]) == (0, "2", "1")
    assert set(counts.values()) == {"0", "1", "2"}
    assert sum("was turned away: too many connections from there." in line for line in server.lines) == 1


def test_the_configuration_is_read_again(launch: Launch, tmp_path: Path) -> None:
    """On SIGHUP limits hold as they are then, for who is connected too; what takes a restart is said."""
    file = tmp_path / "server.toml"
    file.write_text('send-burst = 1\nsend-rate = 1\nloopback = "limited"\n')
    server = launch("--port", "0", "--data", ":memory:", "--config", str(file))
    with socket.create_connection(("127.0.0.1", server.port())) as ana:
        ana.sendall(framed('{"type":"hello","version":1,"user":"ana"}'))
        assert "welcome" in unframed(ana)
        say = '{"type":"send","to":"#geral","body":"oi","cid":"%d"}'
        ana.sendall(framed(say % 1) + framed(say % 2))
        assert ['"cid":"1"' in unframed(ana), "slow_down" in unframed(ana)] in ([True, True], [False, False])
        for text, line in (
            ('send-rate = 0\nname = "x"\n', "These take a restart: name"),
            ("send-rate = x\n", f"The configuration is wrong: {file}, line 1: this is not TOML"),
        ):
            file.write_text(text)
            server.process.send_signal(signal.SIGHUP)
            server.line(line)
        ana.sendall(b"".join(framed(say % number) for number in range(3, 100)))
        for number in range(3, 100):
            assert f'"cid":"{number}"' in unframed(ana)
    assert server.stop() == 0


def test_the_certificate_is_read_again(launch: Launch, tmp_path: Path) -> None:
    """On SIGHUP the new certificate counts, and who is connected talks on; a bad one changes nothing."""
    server = launch("--port", "0", "--data", str(tmp_path))
    with socket.create_connection(("127.0.0.1", server.port())) as ana:
        ana.sendall(framed('{"type":"hello","version":1,"user":"ana"}'))
        assert "welcome" in unframed(ana)
        server.process.send_signal(signal.SIGHUP)
        before = server.line("Certificate read again")
        good = (tmp_path / "certificate.pem").read_bytes()
        (tmp_path / "certificate.pem").write_bytes(b"")
        server.process.send_signal(signal.SIGHUP)
        assert "certificate.pem" in server.line("no certificate")
        (tmp_path / "certificate.pem").write_bytes(good)
        server.process.send_signal(signal.SIGHUP)
        assert server.line("Certificate read again") == before
        ana.sendall(framed('{"type":"ping"}'))
        assert "pong" in unframed(ana)
    assert server.stop() == 0
