"""What a program changes of what was said, through a client, against a scripted server."""

import asyncio

import msgspec
import pytest

from chat import messages as m
from chat.client import (
    Change,
    Pending,
    Refused,
)
from chat.errors import Code
from tests.client.conftest import Dial
from tests.client.hearing import heard
from tests.fakes import FakeServer, error, message, within

CHANGES: list[tuple[Change, m.Saying, m.Change]] = [
    (
        m.Edit(cid="", id=5, body="olá"),
        m.Edit(cid="c", id=5, body="olá"),
        m.Edited(id=9, to="#geral", from_="ana", ts=1, cid="c", of=5, body="olá"),
    ),
    (
        m.Delete(cid="", id=5),
        m.Delete(cid="c", id=5),
        m.Deleted(id=9, to="#geral", from_="ana", ts=1, cid="c", of=5),
    ),
    (
        m.React(cid="", id=5, emoji="👍", on=False),
        m.React(cid="c", id=5, emoji="👍", on=False),
        m.Reacted(id=9, to="#geral", from_="ana", ts=1, cid="c", of=5, emoji="👍", on=False),
    ),
    (
        m.SetTopic(cid="", room="#geral", topic="avisos"),
        m.SetTopic(cid="c", room="#geral", topic="avisos"),
        m.Topic(id=9, to="#geral", from_="ana", ts=1, cid="c", topic="avisos"),
    ),
]


@pytest.mark.parametrize(("asked", "sent", "answer"), CHANGES, ids=["edit", "delete", "react", "topic"])
async def test_changes_go_through_the_outbox(
    server: FakeServer, dial: Dial, asked: Change, sent: m.Saying, answer: m.Change
) -> None:
    """Each kind of change waits in the outbox like what is said, until its own event acknowledges it."""
    async with dial() as client:
        caller = await server.accept()
        await heard(client, 3)
        cid = client.change(asked)
        request = await caller.hear(type(sent))
        assert request == msgspec.structs.replace(sent, cid=cid)
        caller.say(message(8, sender="ana", cid=cid))  # of another kind: it acknowledges nothing
        assert [type(event) for event in await heard(client, 1)] == [m.Message]
        assert [item.cid for item in client.pending] == [cid]
        answer = msgspec.structs.replace(answer, cid=cid)
        caller.say(answer)
        assert await heard(client, 1) == [answer]
        assert (client.pending, client.cursor) == ((), 9)


async def test_changing_returns_what_came_of_it(server: FakeServer, dial: Dial) -> None:
    """Whoever waits for a change gets its event, or the refusal."""
    async with dial() as client:
        caller = await server.accept()
        waiting = [
            asyncio.create_task(client.edit(5, "olá")),
            asyncio.create_task(client.delete(5)),
            asyncio.create_task(client.react(5, "👍")),
            asyncio.create_task(client.set_topic("#geral", "avisos")),
        ]
        requests = [await caller.next() for _ in waiting]
        cids = [request.cid for request in requests if isinstance(request, m.Saying)]
        for id, (cid, (_, _, answer)) in enumerate(zip(cids, CHANGES, strict=True), start=10):
            caller.say(msgspec.structs.replace(answer, cid=cid, id=id))
        outcomes = await within(asyncio.gather(*waiting))
        assert [type(event) for event in outcomes] == [type(answer) for _, _, answer in CHANGES]
        refused = asyncio.create_task(client.edit(6, "de outra pessoa"))
        caller.say(error(Code.NOT_ALLOWED, cid=(await caller.hear(m.Edit)).cid))
        with pytest.raises(Refused) as refusal:
            await within(refused)
        assert refusal.value.code == Code.NOT_ALLOWED


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (m.Edit(cid="", id=5, body=" "), Code.BODY_EMPTY),
        (m.Edit(cid="", id=5, body="x" * 5_000), Code.BODY_TOO_LONG),
        (m.React(cid="", id=5, emoji="dois dois"), Code.BAD_MESSAGE),
        (m.SetTopic(cid="", room="#geral", topic="x" * 201), Code.BAD_MESSAGE),
        (m.SetTopic(cid="", room="#geral", topic="a\nb"), Code.BAD_MESSAGE),
    ],
)
async def test_a_change_that_is_sure_to_be_refused_is_not_sent(
    server: FakeServer, dial: Dial, asked: Change, code: Code
) -> None:
    """What no server takes raises at once and waits nowhere."""
    async with dial() as client:
        await server.accept()
        with pytest.raises(Refused) as refused:
            client.change(asked)
        assert (refused.value.code, client.pending) == (code, ())


async def test_replies_and_acts_are_said(server: FakeServer, dial: Dial) -> None:
    """What answers a message, and what is done rather than said, goes out and waits as such."""
    async with dial() as client:
        caller = await server.accept()
        await heard(client, 3)
        cid = client.post("#geral", "acena", reply=7, act=True)
        assert await caller.hear(m.Send) == m.Send(cid=cid, to="#geral", body="acena", reply=7, act=True)
        assert await heard(client, 1) == [Pending(cid, "#geral", "acena", 1_000_000, reply=7, act=True)]
