"""Servers that go wrong in one known way: what `chat-load` says of each is true, and so is its verdict."""

import os
from typing import Any

import pytest

from chat.load.arguments import parse
from chat.load.counting import Refusals
from chat.load.profiles import PROFILES
from chat.load.result import PROMPT, Result, Settings
from chat.load.run import load
from chat.load.share import QUIET
from tests.load.fakes import Faults, fake


async def loaded(kind: str, faults: Faults | None = None, **more: Any) -> Result:
    """A short load on a fake server: two rooms of three, at 100 messages a second, unless told otherwise."""
    wanted: dict[str, Any] = {"rooms": 2, "members": 3, "senders": 2, "rate": 100.0, "seconds": 0.5} | more
    async with fake(kind, faults) as server:
        settings = Settings(
            host="127.0.0.1", port=server.port, profile=kind, server_pid=os.getpid(), **wanted
        )
        return await load(settings, "x", lambda watch: None)


def found(result: Result) -> dict[str, int]:
    """Which faults it names, and how many of each."""
    names = ("lost", "extra", "twice", "disorder", "refused", "broken")
    return {name: count for name in names if (count := getattr(result, name))}


@pytest.mark.parametrize(("rate", "processes"), [(100.0, 1), (0.0, 2)])
async def test_it_loses(rate: float, processes: int) -> None:
    """Each message that reached nobody is missing to all three; those who speak go on speaking."""
    result = await loaded("nats", Faults(lose=5), rate=rate, processes=processes)
    assert found(result) == {"lost": 3 * (result.sent // 5)}
    assert (result.verdict, result.sent > 20) == ("unsound", True)


@pytest.mark.parametrize("rate", [100.0, 0.0])
async def test_it_doubles(rate: float) -> None:
    """Each double is counted, by all three and by the one who reads; it is no reason to say more."""
    result = await loaded("nats", Faults(double=5), rate=rate, rooms=1, window=4)
    assert found(result) == {"extra": 3 * (result.sent // 5), "twice": result.sent // 5}
    assert result.verdict == "unsound"
    assert result.latency_ms["p50"] < 5_000  # a window that grew by each double would never end


async def test_it_changes_the_order() -> None:
    """What is overtaken by a message of the same sender is out of order."""
    result = await loaded("irc", Faults(swap=4), rooms=1, senders=1)
    assert found(result).keys() <= {"disorder", "lost"}  # lost: the very last, if nothing overtook it
    assert result.disorder in (result.sent // 4, result.sent // 4 - 1)
    assert result.verdict == "unsound"


async def test_it_takes_from_one_and_gives_to_another() -> None:
    """Losses of one member and doubles of another do not make up for each other."""
    result = await loaded("nats", Faults(trade=5), rooms=1)
    each = result.sent // 5
    assert found(result) == {"lost": each, "extra": each}
    assert result.verdict == "unsound"


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("kind", ["irc", "nats"])
async def test_it_refuses(kind: str, processes: int) -> None:
    """What was refused, and said so, is not lost, whichever process it was that asked; and why is told."""
    result = await loaded(kind, Faults(refuse=5), processes=processes)
    assert found(result) == {"refused": result.sent // 5}
    (why,) = result.refusals
    assert why in {"Cannot send to channel", "Permissions Violation for Publish"}
    assert (result.sound, result.verdict) == (True, "refused")


async def test_it_refuses_everything() -> None:
    """As much as it can take of a server that takes nothing goes on asking, and is no success."""
    result = await loaded("nats", Faults(refuse=1), rate=0.0, window=1, rooms=1, senders=1)
    assert found(result) == {"refused": result.sent}
    assert (result.sent > 1, result.verdict) == (True, "refused")


async def test_it_is_late() -> None:
    """What comes so late is told to be so late, and does not hold a community."""
    result = await loaded("irc", Faults(delay=0.4), rooms=1)
    assert (found(result), result.verdict) == ({}, "slow")
    assert result.latency_ms["p50"] >= 400 * 31 / 32 > PROMPT


async def test_it_stalls() -> None:
    """What never comes is lost, and waited for no longer than is said."""
    result = await loaded("nats", Faults(stall=10), rooms=1)
    assert found(result) == {"lost": 3 * (result.sent - 10)}
    assert (result.verdict, QUIET < 10) == ("unsound", True)


async def test_it_closes_connections() -> None:
    """Whoever is thrown out did not last; what they missed is lost, and nobody waits for it."""
    result = await loaded("irc", Faults(cut=20), rooms=1, members=4, senders=1, rate=50.0)
    assert result.broken == result.sent // 20
    assert result.lost > 0
    assert result.verdict == "unsound"


async def test_a_rate_of_next_to_nothing() -> None:
    """The first message is due at once, the next in some thousand years."""
    result = await loaded("nats", rate=1e-310, seconds=0.1, rooms=1)
    assert (result.sent, result.sound) == (1, True)


async def test_a_rate_that_nobody_can_say() -> None:
    """Who is asked to say more than a program can still ends, and says that it was this program."""
    result = await loaded("nats", rate=1e9, rooms=1)
    assert (result.verdict, found(result)) in (("busy", {}), ("holds", {}))
    assert result.late_ms > 0


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_refusal_that_comes_in_pieces(cut: int) -> None:
    """However the bytes are cut, each is seen once, with its reason."""
    profile = PROFILES["chat"]
    frame = b'{"type":"error","code":"slow_down","message":"later"}'
    stream = b"x" * 700 + frame + b'{"type":"message"}' + frame + b"y" * 700
    reader = Refusals(profile.refusal, profile.why)
    pieces = [stream[place : place + cut] for place in range(0, len(stream), cut)]
    assert [why for piece in pieces for why in reader.feed(piece)] == ["slow_down", "slow_down"]


@pytest.mark.parametrize(
    ("profile", "answer", "why"),
    [
        ("chat", b'{"type":"error","code":"room_full","message":"no","ref":"load"}', "room_full"),
        ("irc", b":irc.test 433 * abc :Nickname is already in use\r\n", "Nickname is already in use"),
        ("irc", b"ERROR :Closing link: too many from your host\r\n", "Closing link: too many from your host"),
        ("nats", b"-ERR 'maximum connections exceeded'\r\n", "maximum connections exceeded"),
    ],
)
def test_why_somebody_is_not_let_in(profile: str, answer: bytes, why: str) -> None:
    """What servers say to whom they refuse is found; what they say to whom they welcome is none of it."""
    search = PROFILES[profile].why.search
    refused = search(answer)
    assert refused is not None
    assert refused[refused.lastindex or 0].decode() == why
    for welcome in (
        b":irc 001 abc :hi\r\n:irc 422 abc :MOTD File is missing\r\n",
        b":irc 253 abc 471 :unknown connections\r\n",
        b":irc 265 abc 403 403 :Current local users: 403, Max: 403\r\n",
        b"INFO {}\r\nPONG\r\n",
    ):
        assert search(welcome) is None


def test_a_time_that_is_none() -> None:
    """A load lasts for some time: of none it could say nothing."""
    for wrong in (["--seconds", "0"], ["--patience", "0"]):
        with pytest.raises(SystemExit):
            parse(["127.0.0.1:1", *wrong])
