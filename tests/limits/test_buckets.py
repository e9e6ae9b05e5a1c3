"""Each bound on what somebody may do: met, with its code and number, and the neighbour unharmed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.limits.buckets import Buckets
from chat.limits.counters import Limit
from tests.hub.rooms import Clock, serving
from tests.keys import Key
from tests.peer import Peer, Said
from tests.servers import Running, Start


def test_a_bucket() -> None:
    """So many at once, then as fast as it refills; it is never fuller than full, and each key has its own."""
    buckets = Buckets(5, 2.0)
    assert [buckets.draw("ana", 100.0) for _ in range(5)] == [0.0] * 5
    assert buckets.draw("ana", 100.0) == pytest.approx(0.5)
    assert buckets.draw("ana", 100.25) == pytest.approx(0.25)
    assert buckets.draw("bia", 100.0) == 0.0
    assert buckets.draw("ana", 100.5) == 0.0
    assert buckets.draw("ana", 100.5) > 0.0
    assert [buckets.draw("ana", 1_000.0) for _ in range(5)] == [0.0] * 5
    assert buckets.draw("ana", 1_000.0) > 0.0


def test_a_bucket_without_bound() -> None:
    """A rate of 0 refuses nothing."""
    buckets = Buckets(1, 0.0)
    assert {buckets.draw("ana", 1.0) for _ in range(1_000)} == {0.0}


@given(st.lists(st.floats(0.0, 5.0), max_size=60), st.integers(1, 9), st.floats(0.1, 50.0))
def test_no_more_than_its_share(pauses: list[float], burst: int, rate: float) -> None:
    """However it is drawn from, a bucket gives at most its burst and what came since."""
    buckets, now, given_ = Buckets(burst, rate), 0.0, 0
    for pause in pauses:
        now += pause
        wait = buckets.draw("ana", now)
        given_ += not wait
        if wait:
            now += wait
            assert buckets.draw("ana", now) == 0.0
            given_ += 1
    assert given_ <= burst + rate * now + 1e-6


async def _answer(peer: Peer, **asked: Any) -> Said:
    peer.say(ref="r", **asked)
    return await peer.expect_ref("r")


def _counted(running: Running, limit: Limit) -> int:
    return running.server.core.counters[limit]


async def test_messages(start: Start) -> None:
    """After the burst `slow_down` says how long to wait; the neighbour says as much as it may."""
    running = await start(exempt_loopback=False, send_burst=5, send_rate=0.001)
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    for number in range(5):
        await ana.send("#geral", "oi", str(number))
    answer = await _answer(ana, type="send", to="#geral", body="demais", cid="5")
    assert (answer["code"], answer["cid"]) == ("slow_down", "5")
    assert 0 < answer["wait"] <= 1_000_001
    for request in (
        {"type": "edit", "id": 1, "body": "x"},
        {"type": "delete", "id": 1},
        {"type": "react", "id": 1, "emoji": "x"},
        {"type": "topic", "room": "#geral", "topic": "x"},
        {"type": "send", "to": "@bia", "body": "oi"},
    ):
        assert (await _answer(ana, cid="6", **request))["code"] == "slow_down"
    for number in range(5):
        await bia.send("#geral", "oi", str(number))
    assert _counted(running, Limit.MESSAGES) == 6


async def test_messages_of_all_sessions_of_a_user(start: Start) -> None:
    """A second session has no share of its own."""
    running = await start(exempt_loopback=False, send_burst=2, send_rate=0.001)
    key = Key()
    one, other = await key.hello(running.port, "ana"), await key.hello(running.port, "ana")
    await one.send("#geral", "a", "1")
    await other.send("#geral", "b", "2")
    assert (await _answer(one, type="send", to="#geral", body="c", cid="3"))["code"] == "slow_down"


async def test_what_was_refused_is_not_overtaken(start: Start) -> None:
    """What is said later waits for what was refused, however long the server takes to read it."""
    running = await start(exempt_loopback=False, send_burst=1, send_rate=4.0)
    now = running.server.core.clock()
    running.server.core.clock = lambda: now
    ana = await Peer.hello(running.port, "ana")
    await ana.send("#geral", "0", "0")
    wait = (await _answer(ana, type="send", to="#geral", body="1", cid="1"))["wait"] / 1_000
    assert (await _answer(ana, type="send", to="#geral", body="2", cid="2"))["code"] == "slow_down"
    now += wait + 0.01  # there is something to draw
    assert (await _answer(ana, type="send", to="#geral", body="2", cid="2"))["code"] == "slow_down"
    now += 29  # as late as a connection lets bytes be
    assert (await _answer(ana, type="send", to="#geral", body="2", cid="2"))["code"] == "slow_down"
    assert (await _answer(ana, type="send", to="#geral", body="1", cid="1"))["type"] == "message"
    assert (await _answer(ana, type="send", to="#geral", body="2", cid="2"))["code"] == "slow_down"


async def test_what_was_refused_may_be_given_up(start: Start) -> None:
    """Once nothing said before can be on its way any more, something else is heard."""
    running = await start(exempt_loopback=False, send_burst=1, send_rate=4.0)
    now = running.server.core.clock()
    running.server.core.clock = lambda: now
    ana = await Peer.hello(running.port, "ana")
    await ana.send("#geral", "0", "0")
    assert (await _answer(ana, type="send", to="#geral", body="1", cid="1"))["code"] == "slow_down"
    now += 31
    assert (await _answer(ana, type="send", to="#geral", body="2", cid="2"))["type"] == "message"


async def test_ten_thousand_in_one_write(start: Start) -> None:
    """Of a flood in one write the first are sent, the rest is told to slow down, both in their order."""
    running = await start(exempt_loopback=False, send_burst=5, send_rate=2.0)
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    for number in range(10_000):
        ana.say(type="send", to="#geral", body=str(number), cid=str(number))
    heard: list[Said] = []
    while len(heard) < 10_000:
        one = await ana.hear()
        assert one is not None
        heard += [one] if one["type"] in ("message", "error") else []
    sent = [int(one["cid"]) for one in heard if one["type"] == "message"]
    slowed = [int(one["cid"]) for one in heard if one["type"] == "error"]
    assert sent[:5] == list(range(5))
    assert slowed == sorted(slowed)
    assert {one["code"] for one in heard if one["type"] == "error"} == {"slow_down"}
    assert sorted(sent + slowed) == list(range(10_000))
    await bia.send("#geral", "e eu?", "1")


async def test_joins(start: Start) -> None:
    """Who goes in and out too often has to wait; to be in already costs nothing, and others go in."""
    running = await start(exempt_loopback=False, join_burst=3, join_rate=0.001)
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    for _ in range(3):
        assert (await _answer(ana, type="join", room="#aula"))["type"] == "joined"
        assert (await _answer(ana, type="leave", room="#aula"))["type"] == "left"
    answer = await _answer(ana, type="join", room="#aula")
    assert answer["code"] == "slow_down"
    assert answer["wait"] > 0
    for _ in range(10):
        assert (await _answer(ana, type="join", room="#geral"))["type"] == "joined"
    assert (await _answer(bia, type="join", room="#aula"))["type"] == "joined"
    assert _counted(running, Limit.JOINS) == 1


async def test_rooms_of_one_user(start: Start) -> None:
    """Of 10,000 joins so many are let in as one may be in rooms; no room is made in vain."""
    running = await start(exempt_loopback=False, max_rooms_each=10, join_burst=20, join_rate=1_000.0)
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    for number in range(10_000):
        ana.say(type="join", room=f"#r{number}", ref=str(number))
    answers = [await ana.expect_ref(str(number)) for number in range(10_000)]
    assert [one["type"] for one in answers].count("joined") == 9
    assert {one["code"] for one in answers if one["type"] == "error"} == {"too_many_rooms"}
    assert len(running.server.core.hub.rooms) == 10
    assert (await _answer(bia, type="join", room="#dela"))["type"] == "joined"
    assert _counted(running, Limit.ROOMS_PER_USER) == 9_991


async def test_the_same_room_ten_thousand_times(running: Running) -> None:
    """A second join answers and changes nothing."""
    ana = await Peer.hello(running.port, "ana")
    for number in range(10_000):
        ana.say(type="join", room="#aula", ref=str(number))
    answers = [await ana.expect_ref(str(number)) for number in range(10_000)]
    assert {(one["type"], one["members"]) for one in answers} == {("joined", 1)}


async def test_rooms_in_all(start: Start) -> None:
    """Where there are as many rooms as may be, no more are made; those there are can be entered."""
    running = await start(max_rooms=2)
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    assert (await _answer(ana, type="join", room="#aula"))["type"] == "joined"
    assert (await _answer(ana, type="join", room="#outra"))["code"] == "too_many_rooms"
    assert (await _answer(bia, type="join", room="#aula"))["type"] == "joined"
    assert _counted(running, Limit.ROOMS) == 1


async def test_rooms_made_by_one(start: Start) -> None:
    """Who makes rooms too fast has to wait: guests of one address together, each key for itself."""
    running = await start(exempt_loopback=False, make_burst=2, make_rate=0.001)
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    caio = await Key().hello(running.port, "caio")
    for peer, room in ((ana, "#a"), (bia, "#b"), (caio, "#c"), (caio, "#d")):
        assert (await _answer(peer, type="join", room=room))["type"] == "joined"
    for peer in (ana, bia, caio):
        assert (await _answer(peer, type="join", room="#e"))["code"] == "slow_down"
    assert (await _answer(bia, type="join", room="#a"))["type"] == "joined"
    assert _counted(running, Limit.NEW_ROOMS) == 3


async def test_members_of_a_room(start: Start) -> None:
    """A full room takes nobody more, but another session of who is in it; other rooms are not full."""
    running = await start(max_members=2)
    key = Key()
    ana, bia = await key.hello(running.port, "ana", rooms=["#aula"]), await Peer.hello(running.port, "bia")
    assert (await _answer(bia, type="join", room="#aula"))["type"] == "joined"
    caio = await Peer.hello(running.port, "caio", rooms=["#aula"])
    assert [room["name"] for room in caio.welcome["rooms"]] == ["#geral"]
    assert (await _answer(caio, type="join", room="#aula"))["code"] == "room_full"
    assert (await _answer(caio, type="join", room="#outra"))["type"] == "joined"
    again = await key.hello(running.port, "ana", rooms=["#aula"])
    assert [room["name"] for room in again.welcome["rooms"]] == ["#geral", "#aula"]
    assert (await _answer(ana, type="leave", room="#aula"))["type"] == "left"
    assert _counted(running, Limit.MEMBERS) == 2


async def test_standings_in_a_room(start: Start) -> None:
    """Of bans and roles so many are kept for a room as it may have members."""
    running = await start(max_members=3)
    ana = await Key().hello(running.port, "ana", rooms=["#aula"])
    for name in ("bia", "caio", "davi"):
        await Key().hello(running.port, name)
    codes = [
        (await _answer(ana, type="ban", room="#aula", user=name)).get("code")
        for name in ("bia", "caio", "davi")
    ]
    assert codes == [None, None, "room_full"]
    assert (await _answer(ana, type="unban", room="#aula", user="bia"))["type"] == "moderated"
    assert (await _answer(ana, type="ban", room="#aula", user="davi"))["type"] == "moderated"


async def test_pages(start: Start) -> None:
    """Who asks for more than a page gets one page and is counted; who asks for what there is is not."""
    running = await start(page=5)
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    for number in range(8):
        await ana.send("#geral", f"nota {number}", str(number))
    greedy = await _answer(ana, type="history", room="#geral", limit=10**6)
    assert (len(greedy["messages"]), greedy["more"]) == (5, True)
    assert _counted(running, Limit.PAGES) == 1
    assert len((await _answer(bia, type="history", room="#geral", limit=5))["messages"]) == 5
    assert len((await _answer(bia, type="search", text="nota", limit=3))["messages"]) == 3
    assert _counted(running, Limit.PAGES) == 1
    assert len((await _answer(bia, type="search", text="nota", limit=6))["messages"]) == 5
    assert _counted(running, Limit.PAGES) == 2


async def test_a_page_that_does_not_fit(start: Start) -> None:
    """A page of long messages is cut to a frame, goes on where it was cut, and is counted."""
    running = await start()
    ana = await Peer.hello(running.port, "ana")
    for number in range(20):
        await ana.send("#geral", "x" * 4_000, str(number))
    page = await _answer(ana, type="history", room="#geral", limit=20)
    assert page["more"] is True
    assert 10 < len(page["messages"]) < 20
    assert _counted(running, Limit.PAGES) == 1


async def test_slow_mode_is_counted(start: Start) -> None:
    """How often slow mode was in the way is a number of its own."""
    running = await start()
    dona = await Key().hello(running.port, "dona", rooms=["#aula"])
    ana = await Peer.hello(running.port, "ana", rooms=["#aula"])
    await _answer(dona, type="slow", room="#aula", seconds=60)
    await ana.send("#aula", "oi", "1")
    assert (await _answer(ana, type="send", to="#aula", body="oi", cid="2"))["why"] == "slow_mode"
    assert (_counted(running, Limit.SLOW_MODE), _counted(running, Limit.MESSAGES)) == (1, 0)


async def test_what_has_run_out_makes_room(start: Start) -> None:
    """Bans that are over are forgotten when there is a new one, and do not count."""
    clock = Clock()
    async with serving(clock=clock, max_members=3) as running:
        ana = await Key().hello(running.port, "ana", rooms=["#aula"])
        for name in ("bia", "caio", "davi"):
            await Key().hello(running.port, name)
        for name in ("bia", "caio"):
            assert (await _answer(ana, type="ban", room="#aula", user=name, seconds=5))["type"] == "moderated"
        clock.now += 5_000
        assert (await _answer(ana, type="ban", room="#aula", user="davi"))["type"] == "moderated"
        assert len(running.server.core.hub.rooms["#aula"].law.standings) == 2


async def test_where_nobody_else_can_connect(start: Start) -> None:
    """On a server for this machine alone nobody is told to slow down."""
    running = await start(
        send_burst=1, send_rate=0.001, join_burst=1, join_rate=0.001, make_burst=1, make_rate=0.001
    )
    ana = await Peer.hello(running.port, "ana")
    for number in range(20):
        assert (await ana.send("#geral", "oi", str(number)))["cid"] == str(number)
        ana.say(type="join", room=f"#sala{number}")
        await ana.expect("joined", room=f"#sala{number}")
