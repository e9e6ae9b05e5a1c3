"""`chat-client send` and `tail` as they are installed, with servers that come and go."""

import getpass
import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import forked
from tests.patience import PATIENCE
from tests.processes import FREELY, Launch, Process
from tests.tui.test_installed import HERE, environment, run


class Filter:
    """A filter that runs, and the lines that it has printed."""

    def __init__(self, *arguments: str, **environ: str) -> None:
        self.process = forked.popen(
            [HERE / "chat-client", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(**environ),
        )

    def put(self, *lines: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines))
        self.process.stdin.flush()

    def lines(self, count: int) -> list[str]:
        """So many further lines."""
        assert self.process.stdout is not None
        return [self.process.stdout.readline().rstrip("\n") for _ in range(count)]

    def told(self, part: str) -> None:
        """Read what it tells until `part` is in it."""
        assert self.process.stderr is not None
        assert any(part in line for line in self.process.stderr), f"{part!r} was never told"

    def ends(self) -> tuple[int, list[str]]:
        """Give it no more input; its exit code, and the lines not read yet."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        lines = self.process.stdout.read().splitlines()  # not `communicate`: it overlooks what is buffered
        return self.process.wait(PATIENCE), lines


@pytest.fixture
def filters() -> Iterator[ExitStack]:
    """Where filters are kept so that none outlives its test."""
    with ExitStack() as stack:
        yield stack


def started(stack: ExitStack, *arguments: str, **environ: str) -> Filter:
    """A filter that ends with the stack."""
    one = Filter(*arguments, **environ)
    stack.enter_context(one.process)
    stack.callback(one.process.kill)
    return one


def restarted(server: Process, launch: Launch, port: int, data: Path, number: int) -> Process:
    """The same server, ended by a signal and begun anew."""
    server.process.send_signal(number)
    server.process.wait(PATIENCE)
    again = launch("--port", str(port), "--data", str(data), *FREELY)
    assert again.port() == port
    return again


def bodies(lines: list[str]) -> list[str]:
    """What was said in lines of JSON."""
    return [json.loads(line)["body"] for line in lines]


def test_restarts_lose_and_repeat_nothing(launch: Launch, filters: ExitStack, tmp_path: Path) -> None:
    """The server is killed and stopped while both run: what is printed is what was given, once, in order."""
    server = launch("--port", "0", "--data", str(tmp_path), *FREELY)
    port = server.port()
    said = [f"linha {number} é" for number in range(400)]
    place = ("--port", str(port), "--room", "ops", "--user")
    tail = started(filters, "tail", "--json", "--since", "0", "--count", "400", *place, "ouvinte")
    send = started(filters, "send", *place, "robo")
    send.put(*said[:150])
    heard = tail.lines(20)
    server = restarted(server, launch, port, tmp_path, signal.SIGKILL)
    send.put(*said[150:300])
    heard += tail.lines(200)
    restarted(server, launch, port, tmp_path, signal.SIGTERM)
    send.put(*said[300:])
    assert send.ends() == (0, [])
    code, rest = tail.ends()
    assert code == 0
    assert bodies(heard + rest) == said


def test_it_goes_on_where_it_was(launch: Launch, filters: ExitStack, tmp_path: Path) -> None:
    """Each new `tail --state` prints what the one before did not, however that ended."""
    port = str(launch("--port", "0", "--data", ":memory:", *FREELY).port())
    said = [str(number) for number in range(300)]
    place = ("--port", port, "--room", "#ops", "--user")
    assert run("chat-client", "send", *place, "robo", text="\n".join(said[:200])).returncode == 0
    tail = ("tail", "--json", "--since", "0", "--state", str(tmp_path / "mark"), *place, "ouvinte")
    heard = run("chat-client", *tail, "--count", "50").stdout.splitlines()
    second = started(filters, *tail)
    heard += second.lines(150)
    second.process.send_signal(signal.SIGTERM)
    code, rest = second.ends()
    assert (code, rest) == (128 + signal.SIGTERM, [])
    assert run("chat-client", "send", *place, "robo", text="\n".join(said[200:])).returncode == 0
    third = run("chat-client", *tail, "--no-follow")
    assert third.returncode == 0
    assert bodies(heard + third.stdout.splitlines()) == said
    assert run("chat-client", *tail, "--no-follow").stdout == ""


def test_a_thousand_lines_within_the_limit(launch: Launch) -> None:
    """A server that wants it slower gets every line all the same, once, in order, as fast as it allows."""
    port = str(
        launch("--port", "0", "--data", ":memory:", "--send-rate", "300", "--loopback", "limited").port()
    )
    said = [str(number) for number in range(1_000)]
    sent = run("chat-client", "send", "--port", port, "--user", "robo", "--wait", "60", text="\n".join(said))
    assert (sent.returncode, sent.stderr) == (0, "")
    heard = run(
        "chat-client", "tail", "--json", "--since", "0", "--no-follow", "--port", port, "--user", "olho"
    )
    assert bodies(heard.stdout.splitlines()) == said


def test_each_line_at_once(launch: Launch, filters: ExitStack) -> None:
    """A line is sent when it comes, not when the input ends; words and whole inputs are one message."""
    port = str(launch("--port", "0", "--data", ":memory:").port())
    tail = started(filters, "tail", "--since", "0", "--json", "--port", port, "--user", "ouvinte")
    send = started(filters, "send", "--port", port, "--user", "robo")
    send.put("primeira", "", "segunda")
    assert bodies(tail.lines(2)) == ["primeira", "segunda"]
    send.put("terceira")
    assert bodies(tail.lines(1)) == ["terceira"]
    assert send.ends() == (0, [])
    assert run("chat-client", "send", "--port", port, "--user", "r2", "duas", "palavras").returncode == 0
    whole = ("send", "--multiline", "--port", port, "--user", "r3")
    assert run("chat-client", *whole, text="um\n\ndois\n").returncode == 0
    assert bodies(tail.lines(2)) == ["duas palavras", "um\n\ndois"]


def test_private(launch: Launch, filters: ExitStack) -> None:
    """`send --to` is private, and `tail --private` prints that, and nothing of the rooms."""
    port = str(launch("--port", "0", "--data", ":memory:").port())
    tail = started(filters, "tail", "--private", "--json", "--count", "1", "--port", port, "--user", "ana")
    watcher = started(filters, "tail", "--port", port, "--user", "olho", "--last", "0")
    joined = ("send", "--port", port, "--user", "bia", "--wait", "30")
    while run("chat-client", *joined, "--to", "@ana", "psiu").returncode:
        assert tail.process.poll() is None  # ana is not there yet
    code, lines = tail.ends()
    assert (code, json.loads(lines[0])["room"], bodies(lines)) == (0, "@bia", ["psiu"])
    assert run("chat-client", *joined, "a todos").returncode == 0
    (line,) = watcher.lines(1)
    assert line.endswith(" #geral bia: a todos")


def test_exit_codes(launch: Launch, filters: ExitStack, tmp_path: Path) -> None:
    """What went wrong can be told from the exit code, and is said in one sentence, in the user's words."""
    server = launch("--port", "0", "--data", ":memory:")
    port = str(server.port())
    here = ("--port", port, "--user", "robo")
    broken = tmp_path / "broken"
    broken.write_text("something else")
    for code, sentence, arguments in (
        (3, "não há ninguém com esse nome", ("send", "--to", "nenhures", *here, "oi")),
        (3, "caracteres que não podem ser enviados", ("send", *here, "a\x1b[0m")),
        (2, "falta um valor", ("send", "--room")),
        (4, "não é um arquivo do tail", ("tail", "--state", str(broken), *here)),
    ):
        done = run("chat-client", *arguments)
        assert (done.returncode, done.stdout) == (code, ""), done.stderr
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr
    assert broken.read_text() == "something else"
    waiting = started(filters, "send", "--wait", "0", *here)
    waiting.put("vai")
    tail = started(filters, "tail", "--port", port, "--user", "olho", "--since", "0")
    assert tail.lines(1)[0].endswith("#geral robo: vai")
    server.stop()
    waiting.told("conexão")
    assert waiting.ends()[0] == 1
    tail.process.send_signal(signal.SIGINT)
    assert tail.ends()[0] == 130
    done = run("chat-client", "send", *here, "oi")
    assert (done.returncode, "ninguém atende" in done.stderr) == (1, True)


def test_refused_lines_do_not_stop_the_others(launch: Launch) -> None:
    """A line that cannot be sent is told with its number; the others are sent, and the exit code says so."""
    port = str(launch("--port", "0", "--data", ":memory:").port())
    done = run("chat-client", "send", "--port", port, "--user", "robo", text="a\n" + "x" * 5000 + "\nb\n")
    assert done.returncode == 3
    assert done.stderr.startswith("A linha 2 não foi enviada: é longa demais")
    said = run("chat-client", "tail", "--port", port, "--user", "olho", "--no-follow")
    assert [line.split("#geral ")[1] for line in said.stdout.splitlines()] == ["robo: a", "robo: b"]


def test_who_reads_no_more(launch: Launch, filters: ExitStack) -> None:
    """When whoever read its lines has gone, tail goes too, without a word and before the next line."""
    port = str(launch("--port", "0", "--data", ":memory:").port())
    assert run("chat-client", "send", "--port", port, "--user", "robo", "oi").returncode == 0
    tail = started(filters, "tail", "--port", port, "--user", "olho")
    assert tail.lines(1)[0].endswith("robo: oi")
    assert tail.process.stdout is not None
    assert tail.process.stderr is not None
    tail.process.stdout.close()
    assert tail.process.wait(PATIENCE) == 141
    assert tail.process.stderr.read() == ""


def test_resume_by_itself(launch: Launch, tmp_path: Path) -> None:
    """`--resume` keeps its place in the user's data folder, and the name is that of the account."""
    port = str(launch("--port", "0", "--data", ":memory:").port())
    tail = ("chat-client", "tail", "--no-follow", "--resume", "--port", port)
    home = {"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path), "LOGNAME": "conta"}
    assert getpass.getuser() != "conta"
    for word in ("um", "dois"):
        assert run("chat-client", "send", "--port", port, word, **home).returncode == 0
        done = run(*tail, **home)
        assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stderr
        assert done.stdout.endswith(f" #geral conta: {word}\n")
    other = run(*tail, "--room", "geral", **home)
    assert other.stdout.count("\n") == 2
