"""chat-check finds out servers that lie, and passes the one that does not."""

import shlex
import socket
import sys
from pathlib import Path

import pytest

from chat.check.plan import Act
from chat.check.run import Report, check
from chat.check.scene import Scene, Settings


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def _nothing(scene: Scene) -> None:
    """Nobody watches."""


async def checked(kind: str, folder: Path, **settings: object) -> Report:
    """What a check of a server of a kind finds."""
    port = free_port()
    command = shlex.join([sys.executable, "-m", "tests.check.liars", kind, str(port), str(folder)])
    usual = {
        "clients": 10,
        "rooms": 3,
        "rate": 300.0,
        "seconds": 60.0,
        "count": 300,
        "seed": 7,
        "patience": 30.0,
        "stall": 1.0,
    }
    return await check(
        Settings(host="127.0.0.1", port=port, command=command, **(usual | settings)), "test", _nothing
    )


@pytest.mark.parametrize(
    ("kind", "fault", "faults"),
    [
        ("forgetful", "twice", [Act.AGAIN, Act.TWIN]),
        ("muddled", "disorder", []),
        ("leaky", "lost", [Act.CUT]),
        ("denying", "unexpected", []),
    ],
)
async def test_a_liar_is_found_out(kind: str, fault: str, faults: list[Act], tmp_path: Path) -> None:
    """Each lie is called by its name."""
    report = await checked(kind, tmp_path, faults=faults, rate=0.0 if kind == "muddled" else 300.0)
    assert getattr(report.verdict, fault) > 0
    assert not report.passed


async def test_who_acknowledges_before_the_commit_is_found_out(tmp_path: Path) -> None:
    """A server that is killed loses what it only said it had."""
    report = await checked("hasty", tmp_path, kills=2, faults=[])
    assert report.verdict.lost > 0
    assert not report.passed


async def test_the_true_server_passes(tmp_path: Path) -> None:
    """Killed five times under load, with every fault there is: nothing lost, twice or out of order."""
    report = await checked("true", tmp_path, kills=5)
    assert (report.verdict.faults, report.verdict.examples) == (0, {})
    assert report.kills == 5
    assert report.passed
