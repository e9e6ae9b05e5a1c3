"""The installed `chat-check`: what it prints, how it ends, and how it is stopped."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chat.check.arguments import parse
from tests import forked
from tests.patience import PATIENCE
from tests.processes import Launch

CHECK = Path(sys.executable).with_name("chat-check")


def run(*arguments: str, lang: str = "en") -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return forked.run([CHECK, *arguments], env=os.environ | {"CHAT_LANG": lang})


@pytest.fixture
def port(launch: Launch) -> int:
    """The port of a server that keeps nothing."""
    return launch("--port", "0", "--data", ":memory:", "--quiet").port()


def test_a_good_server_passes(port: int) -> None:
    """The table has every count, the conclusion is one sentence, the exit code 0; no progress in a pipe."""
    done = run(f"127.0.0.1:{port}", "--count", "60", "--clients", "5", "--rooms", "2", "--seed", "5")
    assert (done.returncode, done.stderr) == (0, "")
    counts = dict(re.findall(r"^([a-z ]+?) +(\d+)\b", done.stdout, re.M))
    assert int(counts["attempted"]) >= 60
    faults = ("lost", "left out", "unexpected", "twice", "out of order")
    assert [counts[name] for name in faults] == ["0"] * 5
    assert "--seed 5" in done.stdout
    assert done.stdout.endswith("PASSED: nothing lost, nothing twice, one order for everybody.\n")


def test_json_is_for_programs(port: int) -> None:
    """With --json there is one object, the same in every language."""
    done = run(
        f"127.0.0.1:{port}", "--count", "20", "--clients", "3", "--json", "--faults", "none", lang="pt"
    )
    found = json.loads(done.stdout)
    assert (done.returncode, found["passed"], found["lost"], found["version"]) == (0, True, 0, 1)
    assert found["acknowledged"] == found["attempted"] >= 20
    assert (found["cuts"], found["connections"]) == (0, 6)


def test_portuguese(port: int) -> None:
    """It speaks the user's language."""
    done = run(f"127.0.0.1:{port}", "--count", "20", "--clients", "3", "--lang", "pt", lang="en")
    assert "confirmadas" in done.stdout
    assert "PASSOU" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "HOST:PORT"),
        (["localhost:x"], "'x'"),
        ([":5"], "':5'"),
        (["localhost", "--clients", "0"], "'0'"),
        (["localhost", "--rate", "much"], "'much'"),
        (["localhost", "--rate", "-1"], "-1"),
        (["localhost", "--faults", "cut,flood"], "flood"),
        (["localhost", "--kills", "3"], "--command"),
        (["localhost", "--nonsense"], "--nonsense"),
    ],
)
def test_wrong_usage_is_said(arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and what is wrong."""
    with pytest.raises(SystemExit) as left:
        parse(arguments, seed=1)
    assert left.value.code == 2
    assert part in capsys.readouterr().err


def test_help_names_every_option() -> None:
    """--help is there in both languages."""
    for lang in ("pt", "en"):
        said = run("--help", lang=lang).stdout
        for option in (
            "--clients",
            "--rooms",
            "--rate",
            "--seconds",
            "--seed",
            "--faults",
            "--kills",
            "--json",
        ):
            assert option in said


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["127.0.0.1:1", "--patience", "0.2"], "no chat server answers"),
        (["127.0.0.1:1", "--command", "/nowhere/chat-server"], "command"),
        (["127.0.0.1:1", "--command", "true"], "command"),
    ],
)
def test_no_server_no_check(arguments: list[str], part: str) -> None:
    """Where nothing can be checked the exit code is 3, with a sentence that says why."""
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (3, "")
    assert part in done.stderr
    assert "Traceback" not in done.stderr


def test_progress_and_one_interrupt(port: int) -> None:
    """On a terminal a line tells how it goes; Ctrl-C ends the talking, and what was said is judged."""
    ours, theirs = pty.openpty()
    command = [CHECK, f"127.0.0.1:{port}", "--clients", "3", "--seconds", "600", "--lang", "en"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True) as process:
        os.close(theirs)
        seen = ""
        while not re.search(r"talking: \d+ said, [1-9]\d* acknowledged", seen):
            seen += os.read(ours, 1_000).decode()
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE)
    os.close(ours)
    assert process.returncode == 0
    assert "PASSED" in said


def test_two_interrupts_end_it(port: int) -> None:
    """Who asks twice is obeyed at once: no result, no traceback."""
    command = [CHECK, f"127.0.0.1:{port}", "--clients", "3", "--seconds", "600", "--lang", "en"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                said, complaint = process.communicate(timeout=0.5)
            except subprocess.TimeoutExpired:
                continue
    assert (said, "Traceback" in complaint) == ("", False)
