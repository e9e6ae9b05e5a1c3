"""A server that says anything but what it should, in every member of every event."""

import json
from typing import Any

import msgspec
import pytest

from chat import messages as m
from chat.client import Connection, State
from chat.framing import frame
from tests.client.conftest import Dial
from tests.client.enduring import back, well
from tests.fakes import FakeClock, FakeServer, message, until, within

WRONG: list[Any] = [None, True, -1, 1.5, 10**30, "x", "\x00\u202e", [], [1], {}, {"a": 1}, [[[[]]]]]


def right(kind: type) -> dict[str, Any]:
    """An event of this kind with every member it may have, as its sender would write it."""
    change: dict[str, Any] = {"id": 2, "to": "#geral", "from_": "b", "ts": 1, "cid": "c"}
    full = message(1)
    full.reply, full.act, full.version, full.edited, full.deleted, full.damaged = 1, True, 2, True, True, True
    full.reactions = [m.Reaction("👍", ["b"], 1)]
    examples: dict[type, m.Event] = {
        m.Message: full,
        m.Edited: m.Edited(of=1, body="b", **change),
        m.Deleted: m.Deleted(of=1, **change),
        m.Reacted: m.Reacted(of=1, emoji="👍", on=False, **change),
        m.Topic: m.Topic(topic="t", **change),
        m.Found: m.Found(messages=[message(1)], more=True),
        m.Joined: m.Joined(
            room="#geral",
            users=["b"],
            more=1,
            members=2,
            topic="t",
            guests=["b"],
            roles={"b": "owner"},
            kind="private",
            slow=9,
            role="owner",
        ),
        m.Left: m.Left(room="#geral", users=["b"], more=1, members=2, why="kicked", by="c"),
        m.Moderated: m.Moderated(room="#geral", by="c", did="slow", user="b", what="9"),
        m.RosterPage: m.RosterPage(
            room="#geral",
            standings=[m.StandingInfo("b", "owner", 1, 2, True)],
            more=True,
            kind="private",
            slow=1,
        ),
        m.LogPage: m.LogPage(room="#geral", deeds=[m.DeedInfo(1, 2, "c", "kick", "b", "9")], more=True),
        m.HistoryPage: m.HistoryPage(messages=[message(1)], more=True, room="#geral", with_="b"),
        m.RoomList: m.RoomList(rooms=[m.RoomInfo("#geral", "t", 1, "private", 9, "owner")], more=True),
        m.Members: m.Members(users=["b"], more=True, room="#geral", guests=["b"], roles={"b": "owner"}),
        m.Error: m.Error(code="c", message="m", cid="c", why="w", wait=1),
        m.ByeEvent: m.ByeEvent(reason="idle"),
        m.Challenge: m.Challenge(nonce="n", server="s"),
        m.Stale: m.Stale(on=False),
        m.PingEvent: m.PingEvent(),
        m.PongEvent: m.PongEvent(),
        m.Welcome: m.Welcome(
            version=1,
            server="s",
            user="ana",
            session="s",
            log="l",
            head=0,
            rooms=[m.RoomInfo("#geral", "", 1)],
            max_frame=1,
            max_body=1,
            features=["x"],
            reset=True,
        ),
    }
    event = examples[kind]
    event.ref = "r1"
    raw: dict[str, Any] = json.loads(m.encode(event))
    return raw


@pytest.mark.parametrize("kind", sorted(m.EVENTS, key=lambda kind: kind.__name__))
async def test_wrong_types_in_every_member_of_every_event(
    server: FakeServer, dial: Dial, clock: FakeClock, kind: type[m.Event]
) -> None:
    """C25: each member of each event in turn is left out or of the wrong type: never a crash."""
    event = right(kind)
    names = {field.encode_name for field in msgspec.structs.fields(kind)}
    assert names <= event.keys()
    state = State("ana")
    async with dial() as client:
        caller = await server.accept()
        for name in [*event, "unknown"]:
            variants = [{other: event[other] for other in event if other != name}]
            variants += [event | {name: value} for value in WRONG]
            for variant in variants:
                caller.raw(frame(json.dumps(variant).encode()))
                caller.say(m.ByeEvent(reason="next"))
                while client.connection is Connection.OPEN:
                    state.apply(await within(anext(client)), 0)  # type: ignore[arg-type]
                caller = await back(client, server, clock)
                await until(lambda: client.connection is Connection.OPEN)
        await well(client, caller)
