"""`chat-client` and `chat-server` on a pseudo-terminal, in pipes, and without a server."""

import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pyte
import pytest

from tests import forked
from tests.patience import PATIENCE
from tests.processes import Launch

HERE = Path(sys.executable).parent


def environment(**changed: str) -> dict[str, str]:
    """What the programs under test find around them: a terminal that can do everything, Portuguese."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "CHAT_"))
    }
    return kept | {"TERM": "xterm-256color", "CHAT_LANG": "pt", "XDG_CONFIG_HOME": "/nowhere"} | changed


class Console:
    """A program on a pseudo-terminal, and what is to be seen there; `anew`: installed, and no copy."""

    def __init__(
        self, *command: str, columns: int = 80, rows: int = 24, anew: bool = False, **environ: str
    ) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.process = (subprocess.Popen if anew else forked.popen)(
            [HERE / command[0], *command[1:]],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that its Ctrl-C is a signal
            env=environment(**environ),
        )
        os.close(slave)

    @property
    def picture(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def _feed(self, deadline: float) -> bool:
        """Take what the program writes next; False once it has ended."""
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.master], [], [], left)[0]:
            raise AssertionError(f"it was never seen; the screen is\n{self.picture}")
        try:
            data = os.read(self.master, 65_536)
        except OSError:  # what Linux says of a terminal whose last program has ended
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)

    def shows(self, *texts: str) -> None:
        """Wait until each text is somewhere on the screen."""
        deadline = time.monotonic() + PATIENCE
        while not all(text in self.picture for text in texts):
            if not self._feed(deadline):
                raise AssertionError(f"it ended without; the screen is\n{self.picture}")

    def ends(self) -> int:
        """Wait until the program has ended; its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._feed(deadline):
            pass
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        os.close(self.master)


@contextmanager
def serving() -> "Iterator[tuple[int, subprocess.Popen[str]]]":
    """A server in a process of its own: its port, and the process."""
    command = [HERE / "chat-server", "--port", "0", "--data", ":memory:"]
    with forked.popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        found = next(found for line in process.stdout if (found := re.search(r"127\.0\.0\.1:(\d+)", line)))
        yield int(found[1]), process
        process.terminate()
        process.stdout.read()


@pytest.fixture
def server() -> Iterator[int]:
    """The port of a server."""
    with serving() as (port, _):
        yield port


Open = Callable[..., Console]


@pytest.fixture
def console() -> Iterator[Open]:
    """Open programs on terminals of their own; none outlives the test."""
    with ExitStack() as stack:
        yield lambda *command, **settings: stack.enter_context(closing(Console(*command, **settings)))


def run(
    *command: str, text: str = "", anew: bool = False, **environ: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command with this on its standard input."""
    return forked.run([HERE / command[0], *command[1:]], input=text, anew=anew, env=environment(**environ))


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port at which nobody answers."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_two_terminals(server, console):
    """Two people with the installed commands talk, in public and in private, and leave nothing behind."""
    ana = console("chat-client", "--user", "ana", "--port", str(server), anew=True)
    ana.shows("Conectado como ana")
    bia = console("chat-client", "--user", "bia", "--port", str(server), columns=40, rows=12, anew=True)
    ana.shows("bia entrou")
    ana.type("oi, gente\r")
    bia.shows("ana: oi, gente")
    bia.type("@ana só você\r")
    ana.shows("(em particular) bia: só você")
    ana.type("#sair\r")
    assert ana.ends() == 0
    assert "Você saiu do chat." in ana.raw.decode()
    bia.shows("ana saiu")
    bia.type("\x03")
    assert bia.ends() == 0
    assert b"\x1b[?1049l" in bia.raw


def test_name_is_asked_for(server, console):
    """Without --user the name is asked for after connecting, and again when it is taken or not allowed."""
    ana = console("chat-client", "--guest", "--user", "ana", "--port", str(server))
    ana.shows("Conectado como ana")
    bia = console("chat-client", "127.0.0.1", str(server))
    bia.shows("Cliente conectado", "Usuário:")
    bia.type("ana\r")
    bia.shows("esse nome está em uso por outra pessoa")
    bia.type("nome ruim\r")
    bia.shows("esse nome não é permitido")
    bia.type("bia\r")
    bia.shows("Conectado como bia", "* Conectado.")


@pytest.mark.parametrize("key", ["\x03", "\x04", "/sair\r", "/quit\r", "#sair\r", "Desconectar\r"])
def test_no_name_no_chat(server, console, key):
    """Ctrl-C, Ctrl-D and every goodbye at the question for a name end the program."""
    ana = console("chat-client", "--port", str(server))
    ana.shows("Usuário:")
    ana.type(key)
    assert ana.ends() == 1


def test_unsent_words_are_kept(console):
    """What could not be sent is printed on leaving, and the exit code says so."""
    with serving() as (port, process):
        ana = console("chat-client", "--user", "ana", "--port", str(port))
        ana.shows("Conectado como ana")
        process.terminate()
        ana.shows("Não foi possível manter-se conectado.", "Sem conexão")
    ana.type("escrito no escuro\r")
    ana.shows("ana: escrito no escuro …", "1 esperando")
    ana.type("\x04")
    assert ana.ends() == 1
    assert "#geral: escrito no escuro" in ana.raw.decode().split("\x1b[?1049l")[1]


def test_hang_up(server, console):
    """SIGTERM is a polite good-bye too."""
    ana = console("chat-client", "--user", "ana", "--port", str(server))
    ana.shows("Conectado como ana")
    ana.process.send_signal(signal.SIGTERM)
    assert ana.ends() == 0


def test_no_server(nobody):
    """Without a server: the original sentence, what was tried, what to type next; exit code 1."""
    done = run("chat-client", "--user", "ana", "--port", str(nobody))
    assert done.returncode == 1
    assert done.stderr.startswith("\nNão foi possível conectar-se ao servidor.\n")
    assert f"localhost:{nobody}" in done.stderr
    assert "ninguém atende" in done.stderr
    assert f"chat-server --port {nobody}" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_no_such_host():
    """A name that is no machine's is said to be none."""
    done = run("chat-client", "--user", "ana", "--host", "nenhures.invalid", CHAT_LANG="en")
    assert done.returncode == 1
    assert "Could not connect to the server." in done.stderr
    assert "chat-client --host nenhures.invalid --port 10101" in done.stderr


@pytest.mark.parametrize(
    "arguments", [["localhost", "abc"], ["--port", "0"], ["localhost", "1", "2"], ["--nada"], ["--port"]]
)
def test_wrong_arguments(arguments):
    """Wrong arguments: the original sentence and the usage, exit code 2."""
    done = run("chat-client", *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("Uso correto: script, endereço IP, número da porta\n")
    assert "uso: chat-client" in done.stderr
    assert "Traceback" not in done.stderr


def test_printed_help():
    """--help and --version print and end well; as a module it is the same program."""
    assert "chat-client" in run("chat-client", "--version").stdout
    printed = run("chat-client", "--help").stdout
    assert printed == run("python", "-m", "chat.tui", "--help").stdout
    assert "opções" in printed


def test_configuration(server, console, tmp_path):
    """The configuration file counts; what is wrong in it is one sentence, and the program starts."""
    (tmp_path / "chat").mkdir()
    file = tmp_path / "chat" / "client.toml"
    file.write_text('language = "en"\nbell = 3\n[keys]\nhelp = "F9"\n')
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "CHAT_LANG": "", "LANG": "pt_BR.UTF-8"}
    ana = console("chat-client", "--user", "ana", "--port", str(server), columns=200, **environ)
    ana.shows("Connected as ana", "F9 help", "client.toml, line 2: bell: it can be one of: true, false")
    ana.type("\x04")
    assert ana.ends() == 0
    assert b"\x1b[?1004l" in ana.raw


def test_filter(server):
    """In pipes it prints one event per line, sends each line that comes, and ends when they do."""
    done = run(
        "chat-client", "--user", "robo", "--port", str(server), text="um\ndois\n\n@ninguem oi\n/quem\n"
    )
    assert done.returncode == 0
    said = re.findall(r"^\d\d:\d\d (.*)$", done.stdout, re.MULTILINE)
    assert said == ["robo: um", "robo: dois"]
    assert "* Não foi enviada: não há ninguém com esse nome aqui" in done.stdout
    assert "* 1 pessoa em #geral: robo" in done.stdout
    assert "Desconectado" not in done.stdout
    assert "\x1b" not in done.stdout
    assert all(line.startswith(("* ", "-- ")) or line[2] == ":" for line in done.stdout.splitlines()[:-1])


def test_what_is_shown_first(server, console, tmp_path):
    """What `make run` has to say stands on the screen, which covers what was printed before."""
    told = "Num segundo terminal, nesta pasta:\n.venv/bin/chat-client --user bia"
    for more in ([], ["--linear"]):
        client = ("chat-client", "--user", f"ana{len(more)}", "--port", str(server))
        ana = console(*client, *more, CHAT_FIRST=told)
        ana.shows(*told.splitlines(), "Conectado.")


def test_linear_configuration(server, tmp_path):
    """The linear mode tells what is wrong in the file too."""
    place = tmp_path / "chat" / "client.toml"
    place.parent.mkdir()
    place.write_text('theme = "rosa"\n')
    told = run(
        "chat-client",
        "--linear",
        "--guest",
        "--user",
        "ana",
        "--port",
        str(server),
        XDG_CONFIG_HOME=str(tmp_path),
    )
    assert f"{place}" in told.stdout


def test_a_reader_that_leaves(server):
    """`chat-client --linear | head -1` ends in silence when its reader has gone."""
    command = [HERE / "chat-client", "--linear", "--guest", "--user", "ana", "--port", str(server)]
    with forked.popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as client:
        client.stdout.readline()
        client.stdout.close()
        assert client.stdin is not None
        client.stdin.write("/ajuda\n/sair\n")
        client.stdin.close()
        assert client.stderr.read() == ""
        assert client.wait(PATIENCE) in (0, 1)


def test_dumb_terminal(server, console):
    """On a dumb terminal lines are printed and nothing moves the cursor; what was typed is not repeated."""
    ana = console("chat-client", "--user", "ana", "--port", str(server), TERM="dumb")
    ana.shows("* Conectado como ana a chat")
    ana.type("oi\r")
    run("chat-client", "--user", "bia", "--port", str(server), text="@ana psiu\n")
    ana.shows("(em particular) bia: psiu")
    assert "ana: oi" not in ana.picture
    ana.type("/sair\r")
    assert ana.ends() == 0
    assert b"\x1b" not in ana.raw


def test_linear_by_wish(server, console):
    """--linear asks for the name in a line too, and --lang chooses the language."""
    ana = console("chat-client", "--linear", "--lang", "en", "--port", str(server))
    ana.shows("Client connected", "User:")
    ana.type("ana\r")
    ana.shows("* Connected as ana to chat")
    ana.type("/room redes\r")
    ana.shows("* You are in #redes now.")
    ana.type("\x03")
    assert ana.ends() == 0
    assert b"\x1b" not in ana.raw


def test_a_pipe_is_not_asked_for_a_name(launch: Launch) -> None:
    """Where the name of --user is refused, no line of what was to be said is tried as a name."""
    server = launch("--port", "0", "--data", ":memory:")
    port = str(server.port())
    done = run("chat-client", "--port", port, "--user", "chat", "--linear", text="oi\nsegredo\n")
    assert (done.returncode, "Desculpe" in done.stderr) == (3, True)
    assert server.stop() == 0
    assert not any("segredo" in line or "oi " in line for line in server.lines)
