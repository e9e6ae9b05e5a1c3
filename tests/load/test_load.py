"""The installed `chat-load` against a real chat-server and tiny servers of the other protocols."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chat.load.arguments import parse
from chat.load.profiles import PROFILES
from chat.load.result import Settings
from chat.load.run import CannotLoad, load, shares
from tests.load.fakes import Faults, fake
from tests.load.test_lies import loaded
from tests.patience import PATIENCE
from tests.processes import FREELY, Launch

LOAD = Path(sys.executable).with_name("chat-load")

IN_TIME = {"holds": 0, "slow": 1, "busy": 3}
"""The exit code of a load in which nothing is wrong, by what it says of the time: tests share these cores."""


def run(*arguments: str, lang: str = "en") -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    environ = os.environ | {"CHAT_LANG": lang}
    return subprocess.run([LOAD, *arguments], capture_output=True, text=True, timeout=PATIENCE, env=environ)


def test_a_real_server(launch: Launch) -> None:
    """At a rate of its own nothing is lost; the server is found by its port; everybody hears everything."""
    port = launch("--port", "0", "--data", ":memory:", "--quiet", *FREELY).port()
    done = run(
        *(f"127.0.0.1:{port}", "--rooms", "2", "--members", "4", "--senders", "2", "--rate", "50"),
        *("--seconds", "1", "--processes", "2", "--json"),
    )
    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr, found["sound"]) == (IN_TIME[found["verdict"]], "", True)
    assert found["connections"] == 8
    assert 20 <= found["sent"] <= 60
    assert found["delivered"] <= 4 * found["sent"]
    assert [found[name] for name in ("lost", "extra", "twice", "disorder", "refused")] == [0] * 5
    assert found["server_us"] is not None
    assert 0 < found["latency_ms"]["p50"] <= found["latency_ms"]["p99"] <= found["latency_ms"]["max"]


def test_the_table(launch: Launch) -> None:
    """As much as it can take, as a table in the user's language."""
    port = launch("--port", "0", "--data", ":memory:", "--quiet", *FREELY).port()
    done = run(f"127.0.0.1:{port}", "--rooms", "1", "--members", "3", "--seconds", "0.3", lang="pt")
    assert (done.returncode, done.stderr) == (0, "")
    assert "entregas por segundo" in done.stdout
    assert "99.9%" in done.stdout


def test_encrypted_after_a_warm_up(launch: Launch) -> None:
    """Over TLS nothing is lost; what comes while it warms up is not counted as delivered."""
    port = launch("--port", "0", "--data", ":memory:", "--quiet", *FREELY).port()
    done = run(
        *(f"127.0.0.1:{port}", "--tls", "--rooms", "1", "--members", "3", "--senders", "1", "--rate", "100"),
        *("--warmup", "0.5", "--seconds", "0.5", "--processes", "1", "--json"),
    )
    found = json.loads(done.stdout)
    assert (done.returncode, found["tls"], found["sound"]) == (IN_TIME[found["verdict"]], True, True)
    assert 0 < found["delivered"] < 3 * found["sent"] - 60
    assert 0 <= found["late_ms"] <= found["latency_ms"]["max"]


def test_a_crowd_that_says_nothing(launch: Launch) -> None:
    """With no senders everybody comes in and stays: what that takes of the server is found out."""
    port = launch("--port", "0", "--data", ":memory:", "--quiet", *FREELY).port()
    crowd = (f"127.0.0.1:{port}", "--rooms", "20", "--senders", "0", "--seconds", "0.2", "--at-once", "9")
    done = run(*crowd, "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["sent"], found["broken"]) == (0, 0, 0)
    assert (found["connections"], found["sound"]) == (400, True)
    assert min(found["entered_per_s"], found["entered_us"], found["memory_kb"]) > 0
    assert "YES: everybody came in and stayed" in run(*crowd).stdout


async def test_connections_that_break_are_seen() -> None:
    """A server that hangs up on somebody in the midst of it does not pass, though nobody says anything."""
    async with fake("nats", Faults(hang_up=3)) as server:
        settings = Settings(
            host="127.0.0.1", port=server.port, profile="nats", rooms=1, members=5, senders=0, seconds=0.3
        )
        result = await load(settings, "x", lambda watch: None)
    assert (result.broken, result.sound) == (1, False)


def test_a_server_that_holds_back(launch: Launch) -> None:
    """Where the server's own limits refuse messages it says so, and how they are lifted."""
    port = launch("--port", "0", "--data", ":memory:", "--quiet", "--loopback", "limited").port()
    done = run(f"127.0.0.1:{port}", "--rooms", "1", "--members", "3", "--seconds", "0.3", lang="en")
    assert "limits refused messages; for a load start it with --send-rate 0" in done.stdout
    assert "NO:" not in done.stdout


@pytest.mark.parametrize("kind", sorted(set(PROFILES) - {"chat"}))
async def test_other_protocols(kind: str) -> None:
    """The same load speaks to servers of other protocols."""
    result = await loaded(kind)
    assert (result.sound, result.refused) == (True, 0)
    assert result.sent > 10


async def test_nobody_there() -> None:
    """Where nobody listens no load comes about."""
    with pytest.raises(CannotLoad) as error:
        await load(Settings(host="127.0.0.1", port=1), "x", lambda watch: None)
    assert error.value.why == "absent"


async def test_cancelled() -> None:
    """A load that is cancelled leaves no process behind."""
    async with fake("irc") as server:
        settings = Settings(
            host="127.0.0.1", port=server.port, profile="irc", rooms=1, members=2, seconds=600
        )
        begun = asyncio.Event()
        task = asyncio.create_task(load(settings, "x", lambda watch: begun.set() if watch.received else None))
        async with asyncio.timeout(PATIENCE):
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


@pytest.mark.parametrize("processes", [1, 2, 3, 7])
@pytest.mark.parametrize(("rooms", "members"), [(1, 2), (1, 200), (5, 3), (10, 20)])
def test_every_member_is_somebodys(processes: int, rooms: int, members: int) -> None:
    """Each member is in one process, and whoever sends has somebody there who watches."""
    settings = Settings(host="", port=0, rooms=rooms, members=members, processes=processes, senders=5)
    parts = shares(settings, "x")
    numbers = [number for part in parts for those in part.members.values() for number in those]
    assert sorted(numbers) == list(range(rooms * members))
    for part in parts:
        for room, senders in part.senders.items():
            assert set(senders) <= set(part.members[room][1:])
    assert all(any(part.senders.get(f"r{room}") for part in parts) for room in range(rooms))


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "HOST:PORT"),
        (["x", "--members", "1"], "'1'"),
        (["x", "--profile", "smtp"], "smtp"),
        (["x", "--no"], "--no"),
    ],
)
def test_wrong_usage_is_said(arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and what is wrong."""
    with pytest.raises(SystemExit) as left:
        parse(arguments)
    assert left.value.code == 2
    assert part in capsys.readouterr().err
