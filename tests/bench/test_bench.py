"""The bench from the command line to its tables, short; and what its tables say of runs that are made up."""

import os
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import pytest

from chat.load import proc
from chat.load.arguments import parse
from tests.bench import contenders, measuring
from tests.bench.__main__ import main, mend, read
from tests.bench.contenders import CONTENDERS, Contender, DidNotStart, Running, cores, on_core
from tests.bench.measuring import Failed, Plan, Run, load, measure, turns
from tests.bench.tables import best_peer, faults, grouped, number, report, summary
from tests.bench.workloads import WORKLOADS

PAGE = "before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n"


def run(server: str, workload: str, **found: Any) -> Run:
    """A run of which only a few figures matter."""
    result = dict.fromkeys(
        ("server_us", "memory_kb", "entered_us", "late_ms", "own_cpu", "server_cpu", "entered_per_s"), 1.0
    )
    result |= {"deliveries_per_s": 1.0, "latency_ms": {"p50": 1.0, "p99": 2.0}, "sound": True}
    result |= dict.fromkeys(("lost", "extra", "twice", "disorder", "broken", "refused"), 0)
    return Run(server, workload, 0, 0.0, result | found)


def test_the_whole_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two workloads, one with a slow disk: lines of JSON, tables, a page with them; the same tables again."""
    page, out = tmp_path / "page.md", tmp_path / "new" / "bench.jsonl"
    page.write_text(PAGE)
    asked = ("--servers", "chat", "--workloads", "quiet,quiet-5ms", "--rounds", "1", "--seconds", "0.3")
    assert main([*asked, "--calm", "0", "--out", str(out), "--page", str(page)]) == 0
    tables, progress = capsys.readouterr()
    plain, slow = read(out)
    assert (plain.workload, slow.workload) == ("quiet", "quiet-5ms")
    assert slow.result["latency_ms"]["p50"] > 5.0  # nobody hears anything before it is on that disk
    assert "quiet-5ms 1/1 chat: p50" in progress
    assert "### quiet: two people" in tables
    assert page.read_text() == f"before\n<!-- bench -->\n{tables.strip()}\n<!-- /bench -->\nafter\n"
    assert main(["--report", str(out)]) == 0
    assert capsys.readouterr().out == tables


def test_turn_by_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers take turns; one that fails is told and the others go on; only ours has a slow disk."""
    done: list[tuple[str, str]] = []

    def one(contender: Contender, name: str, *_: object) -> Run:
        if contender.name == "ngircd":
            raise Failed("it fell")
        done.append((name, contender.name))
        return run(contender.name, name)

    monkeypatch.setattr(measuring, "measure", one)
    said: list[str] = []
    plan = Plan(["chat", "ngircd", "inspircd"], ["W1", "quiet-5ms"], 2, 1.0, 0.0)
    assert [isinstance(one, Failed) for one in turns(plan, said.append)].count(False) == 6
    assert done == [*[("W1", "chat"), ("W1", "inspircd")] * 2, *[("quiet-5ms", "chat")] * 2]
    assert [line for line in said if "FAILED" in line] == [
        f"W1 {n}/2 ngircd: FAILED: it fell" for n in (1, 2)
    ]


def test_peers_that_are_here(tmp_path: Path) -> None:
    """Each peer that this machine has starts by its configuration, takes a load, encrypted too, and ends."""
    here = [one for one in CONTENDERS.values() if not one.own and one.path]
    for contender in here:
        for tls in (False, True):
            folder = tmp_path / f"{contender.name}-{tls}"
            folder.mkdir()
            with Running(contender, folder, tls=tls) as server:
                two = ["--rooms", "1", "--members", "3", "--senders", "1"]
                found = load(server, [*two, *(["--tls"] if tls else [])], 0.2, 0.0)
            assert found["sound"], (contender.name, tls, found)
            assert not proc.listening(server.port)


def test_what_is_missing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A peer that is not here is left out, which is said in one line; nothing measured is a failure."""
    monkeypatch.setattr(contenders, "SEARCHED", "/nowhere")
    assert main(["--servers", "ngircd", "--workloads", "W1", "--rounds", "1"]) == 1
    assert "ngircd is not on this machine and left out: ngIRCd" in capsys.readouterr().err


def test_a_server_that_does_not_start(tmp_path: Path) -> None:
    """What it said last is told."""
    broken = Contender("broken", "", "chat-server", "chat", ("--no-such-option",))
    with pytest.raises(DidNotStart, match="chat-server --help"), Running(broken, tmp_path):
        pass
    with pytest.raises(Failed, match="broken does not listen"):
        measure(broken, "W1", 0.1)


def test_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C keeps what was measured until then, and leaves the page alone."""
    page, out = tmp_path / "page.md", tmp_path / "bench.jsonl"
    page.write_text(PAGE)
    times = iter([run("chat", "W1")])

    def once(*_: object) -> Run:
        for one in times:
            return one
        raise KeyboardInterrupt

    monkeypatch.setattr(measuring, "measure", once)
    asked = ("--servers", "chat", "--workloads", "W1", "--rounds", "3")
    assert main([*asked, "--out", str(out), "--page", str(page)]) == 130
    assert list(read(out)) == [run("chat", "W1")]
    assert page.read_text() == PAGE


def test_a_file_that_was_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The line that ends in the middle is told and left out; the others, and what is appended, are read."""
    out = tmp_path / "bench.jsonl"
    line = msgspec.json.encode(run("chat", "W1")) + b"\n"
    out.write_bytes(line + line[:-40])
    assert main(["--report", str(out)]) == 0
    tables, told = capsys.readouterr()
    assert f"{out}, line 2 is left out" in told
    assert "1 runs" in tables
    mend(out)
    out.write_bytes(out.read_bytes() + line)
    mend(out)
    assert len(list(read(out))) == 2
    mend(tmp_path / "none")


def test_one_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a run does not come about the others are shown; the page stays as it is, the exit code is 1."""
    page = tmp_path / "page.md"
    page.write_text(PAGE)

    def one(contender: Contender, name: str, *_: object) -> Run:
        if contender.name == "chat-memory":
            raise Failed("it fell")
        return run(contender.name, name)

    monkeypatch.setattr(measuring, "measure", one)
    asked = ("--servers", "chat,chat-memory", "--workloads", "W1", "--rounds", "1")
    assert main([*asked, "--out", str(tmp_path / "bench.jsonl"), "--page", str(page)]) == 1
    tables, told = capsys.readouterr()
    assert "chat-memory: FAILED: it fell" in told
    assert "| chat | 1 |" in tables
    assert page.read_text() == PAGE


@pytest.mark.parametrize(
    "wrong",
    [
        ["--rounds", "0"],
        ["--seconds", "0"],
        ["--calm", "-1"],
        ["--report", "/no/such/file"],
        ["--page", "/no/such/page"],
        ["--page", measuring.__file__],
    ],
)
def test_wrong_usage(
    wrong: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told before half an hour is spent."""
    monkeypatch.setattr(measuring, "measure", None)
    with pytest.raises(SystemExit) as left:
        main(wrong)
    assert left.value.code == 2
    assert wrong[1] in capsys.readouterr().err


def test_ratios() -> None:
    """Ours stands beside the best peer's median; of latencies the least is best; in memory is no peer."""
    runs = [run("chat", "W1", deliveries_per_s=3_000_000.0), run("chat-memory", "W1", deliveries_per_s=9e9)]
    runs += [run("ngircd", "W1", deliveries_per_s=rate) for rate in (1e6, 2e6, 1.5e6)]
    runs += [run("inspircd", "W1", deliveries_per_s=1_200_000.0)]
    runs += [run("chat", "W3a", latency_ms={"p50": 1.0, "p99": 4.0})]
    runs += [run("ngircd", "W3a", latency_ms={"p50": 1.0, "p99": 8.0})]
    groups = grouped(runs)
    assert best_peer("W1", groups["W1"]) == ("ngircd", median((1e6, 2e6, 1.5e6)))
    rows = [line.split(" | ") for line in summary(groups).splitlines()[2:]]
    assert [row[2:] for row in rows] == [
        ["3,000,000", "1,500,000 (ngircd)", "2x |"],
        ["4", "8 (ngircd)", "2x |"],
    ]
    assert "| ngircd | 1,500,000 | 1x | 1,000,000 to 2,000,000 |" in report(runs)


def test_faults_are_told() -> None:
    """What was lost in the worst run stands in the table."""
    assert faults([run("chat", "W1"), run("chat", "W1", lost=1_234, twice=2)]) == "1,234 lost, 2 twice"
    assert faults([run("chat", "W1")]) == "0"


def test_numbers() -> None:
    """Three digits, or as many as the number has before its point."""
    assert [number(value) for value in (None, 0.01234, 1.0, 99.96, 123.4, 1_234_567.0)] == [
        "-",
        "0.0123",
        "1",
        "100",
        "123",
        "1,230,000",
    ]


def test_each_workload_is_one_of_chat_load() -> None:
    """A workload asks for nothing that chat-load does not know, nor for more connections than fit."""
    for workload in WORKLOADS.values():
        settings = parse(["host:1", *workload.load.split()]).settings
        assert settings.rooms * settings.members <= 9_000
        assert settings.tls == workload.tls


def test_cores_are_given_back() -> None:
    """What is started meanwhile has one core; this process has its own again afterwards."""
    before, several = os.sched_getaffinity(0), bool(cores())
    with on_core(1):
        assert len(os.sched_getaffinity(0)) == (1 if several else len(before))
    assert os.sched_getaffinity(0) == before
