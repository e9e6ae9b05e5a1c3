"""What `chat-load` says: why no load came about, how far it is, what came of it; each fits its place."""

import asyncio
import contextlib
import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from typing import get_args

import pytest

from chat import words
from chat.load import proc, run
from chat.load.cli import CODES, UNSOUND, bar
from chat.load.report import as_text
from chat.load.result import Result, Settings, Verdict
from chat.load.run import CannotLoad, check
from chat.load.trouble import trouble
from tests.load.fakes import Faults, fake
from tests.load.test_load import LOAD
from tests.load.test_load import run as started
from tests.patience import PATIENCE
from tests.processes import Launch

SETTINGS = Settings(host="chat.test", port=7, rooms=2, members=3)
RESULT = Result(
    profile="chat",
    tls=False,
    connections=6,
    rooms=2,
    members=3,
    senders=2,
    rate=10.0,
    entered_per_s=1_234.5,
    entered_us=None,
    memory_kb=7.5,
    seconds=1.0,
    sent=10,
    delivered=30,
    deliveries_per_s=30.0,
    latency_ms={"p50": 1.0, "p90": 2.0, "p99": 3.0, "p999": 4.0, "max": 5.0},
    server_us=5.0,
    server_cpu=0.5,
    own_cpu=0.5,
    late_ms=0.1,
    lost=0,
    extra=0,
    twice=0,
    disorder=0,
    refused=0,
    refusals={},
    broken=0,
)


@pytest.fixture(params=[words.ENGLISH, words.PORTUGUESE])
def lang(request: pytest.FixtureRequest) -> Iterator[str]:
    """What is spoken meanwhile."""
    words.use(request.param)
    yield request.param
    words.use(words.ENGLISH)


def changed(**figures: object) -> Result:
    """A result of which some figures are others."""
    return Result(**{name: getattr(RESULT, name) for name in RESULT.__struct_fields__} | figures)  # type: ignore[arg-type]


LATE = {"p50": 300.0, "p90": 300.0, "p99": 300.0, "p999": 300.0, "max": 300.0}
VERDICTS: dict[Verdict, Result] = {
    "holds": RESULT,
    "most": changed(rate=0.0),
    "slow": changed(latency_ms=LATE),
    "busy": changed(latency_ms=LATE, own_cpu=0.95),
    "unsound": changed(lost=1, extra=2, twice=3, disorder=4, broken=5),
    "refused": changed(refused=2, refusals={"storage_failed": 2}),
    "limited": changed(refused=2, refusals={"slow_down": 2}),
}


@pytest.mark.usefixtures("lang")
@pytest.mark.parametrize(
    ("why", "said", "entered", "part"),
    [
        ("absent", "", 0, "chat.test:7"),
        ("unknown", "", 0, "chat.test"),
        ("unreachable", "no route\x1b[2J", 0, "chat.test:7"),
        ("closed", "", 3, "--tls"),
        ("tls", "wrong version", 0, "wrong version"),
        ("refused", "slow_down", 3, "--max-per-address"),
        ("refused", "tls_required", 0, "--tls"),
        ("refused", "Nickname is already in use", 3, "Nickname is already in use"),
        ("slow", "", 3, "--patience"),
        ("slow", "", 0, "--profile chat"),
        ("descriptors", "", 0, "--processes"),
        ("ports", "", 0, "ip_local_port_range"),
        ("failed", "", 0, ""),
    ],
)
def test_why_no_load_came_about(why: str, said: str, entered: int, part: str) -> None:
    """Each reason is a sentence that names what it is about, and holds nothing a terminal would obey."""
    error = CannotLoad(why, said)
    error.entered = entered
    text = trouble(error, SETTINGS)
    assert part in text
    assert text.isprintable()
    assert "{" not in text


def test_a_server_without_guests(launch: Launch) -> None:
    """Who is not let in does not wait for it, and says what the server said; exit code 3."""
    port = launch("--port", "0", "--data", ":memory:", "--quiet", "--no-guests").port()
    done = started(f"127.0.0.1:{port}", "--rooms", "1", "--members", "3")
    assert (done.returncode, done.stdout) == (3, "")
    assert "0 of 3 in, and refused the next: it lets no guests in" in done.stderr


def test_a_room_that_is_full(launch: Launch) -> None:
    """Whoever is not let into a room is not taken for one who is in because others are."""
    port = launch("--port", "0", "--data", ":memory:", "--quiet", "--max-members", "2").port()
    done = started(f"127.0.0.1:{port}", "--rooms", "1", "--members", "4", "--at-once", "1")
    assert (done.returncode, done.stdout) == (3, "")
    assert "2 of 4 in, and refused the next: a room is full" in done.stderr


async def test_a_server_of_another_kind_that_refuses() -> None:
    """What an IRC server says as it throws somebody out is passed on."""
    async with fake("irc", Faults(shut="ERROR :Too many connections")) as server:
        done = await asyncio.to_thread(
            started, f"127.0.0.1:{server.port}", "--profile", "irc", "--rooms", "1", "--members", "2"
        )
    assert done.returncode == 3
    assert "Too many connections" in done.stderr


async def test_too_late_is_a_no() -> None:
    """At a pace that it cannot hold the sentence is a NO, and so is the exit code."""
    async with fake("nats", Faults(delay=0.4)) as server:
        where = (f"127.0.0.1:{server.port}", "--profile", "nats", "--rooms", "1", "--members", "2")
        done = await asyncio.to_thread(started, *where, "--rate", "10", "--seconds", "1")
    assert "NO: all of it came" in done.stdout
    assert done.returncode == 1


async def test_nobody_reads() -> None:
    """A pipe that is closed meanwhile is no fault, and the exit code still says what came of it."""
    async with fake("nats") as server:
        where = f"127.0.0.1:{server.port} --profile nats --rooms 1 --members 2 --seconds 0.3"
        script = f"{{ {LOAD} {where}; echo $? >&2; }} | true"
        done = await asyncio.to_thread(
            subprocess.run, ["sh", "-c", script], capture_output=True, text=True, timeout=PATIENCE
        )
    assert done.stderr == "0\n"


async def test_ctrl_c_at_a_terminal() -> None:
    """The bar is shown, then gives its line to a sentence; exit code 130, nothing is printed of a half."""
    async with fake("irc") as server:
        where = (f"127.0.0.1:{server.port}", "--profile", "irc", "--rooms", "1", "--members", "2")
        code, output, shown = await asyncio.to_thread(interrupted, *where, "--seconds", "600")
    assert (code, output) == (130, b"")
    assert b"[..............................] 0 of 2 are in" in shown
    assert shown.endswith(b"\r\x1b[KStopped before its end: nothing is known.\r\n")


def interrupted(*arguments: str) -> tuple[int, bytes, bytes]:
    """Press Ctrl-C at a terminal once deliveries are counted: the exit code, the output, what was shown."""
    master, terminal = pty.openpty()
    environ = os.environ | {"CHAT_LANG": "en", "COLUMNS": "80"}
    with (
        os.fdopen(master, "rb", buffering=0) as screen,
        subprocess.Popen(
            [LOAD, *arguments], stdout=subprocess.PIPE, stderr=terminal, start_new_session=True, env=environ
        ) as process,
    ):
        os.close(terminal)
        shown = b""
        while not re.search(rb"[1-9][\d,]* deliveries", shown):
            shown += screen.read(4_096)
        os.killpg(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=PATIENCE)
        with contextlib.suppress(OSError):  # the terminal's end
            while more := screen.read(4_096):
                shown += more
    return process.returncode, output, shown


def test_more_than_this_machine_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said before anything is begun, with how many processes would do; beyond all ports none would."""
    monkeypatch.setattr(run, "most", lambda: 1_064)
    with pytest.raises(CannotLoad) as error:
        check(Settings(host="x", port=1, rooms=30, members=100))
    assert (error.value.why, error.value.facts) == ("descriptors", {"most": 1_000, "processes": 4})
    check(Settings(host="x", port=1, rooms=30, members=100, processes=4))
    with pytest.raises(CannotLoad) as error:
        check(Settings(host="x", port=1, rooms=1, members=10_000_000, processes=10_000))
    assert error.value.why == "ports"


def test_whose_cpu_it_is() -> None:
    """A process of this machine is the server's only if the server is on this machine."""
    assert proc.here("127.0.0.1")
    assert not proc.here("198.51.100.7")


@pytest.mark.parametrize("columns", [1, 10, 20, 40, 80, 200])
def test_the_bar_fits(columns: int) -> None:
    """It never fills a line, so that it can be written over."""
    for part in (0.0, 0.5, 1.0):
        line = bar(part, "9,000 de 9,000 entraram", columns)
        assert len(line) < max(columns, 1)
    assert bar(0.5, "x", 80) == f"[{'#' * 15}{'.' * 15}] x"
    assert bar(1.0, "half", 20) == "[############] half"


@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_what_came_of_it(verdict: Verdict, lang: str) -> None:
    """Every verdict has its sentence, which fits 40 columns with the table; YES only where it is one."""
    result = VERDICTS[verdict]
    text = as_text(result, 40)
    assert result.verdict == verdict
    assert [line for line in text.splitlines() if len(line) > 40] == []
    yes, no = ("YES:", "NO:") if lang == words.ENGLISH else ("SIM:", "NÃO:")
    assert (yes in text) == (verdict == "holds")
    assert (no in text) == (CODES.get(verdict, UNSOUND) == UNSOUND)
    assert text.splitlines()[-1].endswith((".", ")."))
