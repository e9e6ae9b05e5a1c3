"""One conversation from both ends: what may be said when, and that no peer can break it."""

from collections import deque
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chat import messages as m
from chat.errors import SENTENCES, Code
from chat.framing import HEADER_SIZE, frame
from chat.protocol import EVENTS, REQUESTS, Fault, State, client_side, server_side

REQUEST_OF = {
    m.Hello: m.Hello(version=1, user="ana", ref="r"),
    m.Prove: m.Prove(signature="s", ref="r"),
    m.Send: m.Send(to="#geral", body="oi", cid="c", ref="r"),
    m.Edit: m.Edit(id=1, body="oi!", cid="c", ref="r"),
    m.Delete: m.Delete(id=1, cid="c", ref="r"),
    m.React: m.React(id=1, emoji="x", cid="c", ref="r"),
    m.SetTopic: m.SetTopic(room="#a", topic="t", cid="c", ref="r"),
    m.Search: m.Search(text="oi", ref="r"),
    m.Join: m.Join(room="#a", ref="r"),
    m.Leave: m.Leave(room="#a", ref="r"),
    m.History: m.History(room="#a", ref="r"),
    m.Rooms: m.Rooms(ref="r"),
    m.Who: m.Who(ref="r"),
    m.Invite: m.Invite(room="#a", user="ana", ref="r"),
    m.Kick: m.Kick(room="#a", user="ana", ref="r"),
    m.Ban: m.Ban(room="#a", user="ana", ref="r"),
    m.Unban: m.Unban(room="#a", user="ana", ref="r"),
    m.Mute: m.Mute(room="#a", user="ana", ref="r"),
    m.Unmute: m.Unmute(room="#a", user="ana", ref="r"),
    m.SetRole: m.SetRole(room="#a", user="ana", role=m.Rank.OWNER, ref="r"),
    m.SetKind: m.SetKind(room="#a", kind=m.RoomKind.PRIVATE, ref="r"),
    m.Slow: m.Slow(room="#a", seconds=1, ref="r"),
    m.Roster: m.Roster(room="#a", ref="r"),
    m.Log: m.Log(room="#a", ref="r"),
    m.Ping: m.Ping(ref="r"),
    m.Pong: m.Pong(ref="r"),
    m.Bye: m.Bye(ref="r"),
}
PLACE = {"id": 2, "to": "#geral", "from_": "ana", "ts": 0, "cid": "c"}
WELCOME = m.Welcome(
    version=1,
    server="s",
    user="ana",
    session="x",
    log="l",
    head=0,
    rooms=[],
    max_frame=65_536,
    max_body=4_096,
    features=[],
)
EVENT_OF = {
    m.Welcome: WELCOME,
    m.Challenge: m.Challenge(nonce="n", server="s"),
    m.Message: m.Message(id=1, to="#geral", from_="ana", ts=0, cid="c", body="oi"),
    m.Edited: m.Edited(**PLACE, of=1, body="oi!"),
    m.Deleted: m.Deleted(**PLACE, of=1),
    m.Reacted: m.Reacted(**PLACE, of=1, emoji="x"),
    m.Topic: m.Topic(**PLACE, topic="t"),
    m.Found: m.Found(messages=[], more=False),
    m.Joined: m.Joined(room="#a", users=["ana"]),
    m.Left: m.Left(room="#a", users=["ana"]),
    m.HistoryPage: m.HistoryPage(messages=[], more=False),
    m.RoomList: m.RoomList(rooms=[]),
    m.Members: m.Members(users=[], more=False),
    m.Moderated: m.Moderated(room="#a", by="ana", did="slow"),
    m.RosterPage: m.RosterPage(room="#a", standings=[], more=False),
    m.LogPage: m.LogPage(room="#a", deeds=[], more=False),
    m.Stale: m.Stale(),
    m.PingEvent: m.PingEvent(),
    m.PongEvent: m.PongEvent(),
    m.ByeEvent: m.ByeEvent(),
    m.Error: m.Error(code="internal", message="x"),
}
CHANGES = [m.Edit, m.Delete, m.React, m.SetTopic]
OVER = [m.Invite, m.Kick, m.Ban, m.Unban, m.Mute, m.Unmute, m.SetRole, m.SetKind, m.Slow, m.Roster, m.Log]
IN_ROOMS = [m.Send, *CHANGES, m.Search, m.Join, m.Leave, m.History, m.Rooms, m.Who, *OVER, m.Ping, m.Pong]
CHANGED = [m.Edited, m.Deleted, m.Reacted, m.Topic]
OVERSEEN = [m.Moderated, m.RosterPage, m.LogPage]
ANSWERS = [
    m.Message,
    *CHANGED,
    *OVERSEEN,
    m.Found,
    m.Joined,
    m.Left,
    m.HistoryPage,
    m.RoomList,
    m.Members,
    m.Stale,
    m.PongEvent,
]
O, C, T, X = State.OPENING, State.CHALLENGED, State.OPEN, State.CLOSED  # noqa: E741

# By hand from the contract: which request is allowed in which state, and where it leads.
ALLOWED_REQUESTS = {
    (O, m.Hello): O, (O, m.Bye): X,
    (C, m.Hello): O, (C, m.Prove): O, (C, m.Bye): X,
    (T, m.Bye): X, **{(T, kind): T for kind in IN_ROOMS},
}  # fmt: skip
ALLOWED_EVENTS = {
    (O, m.Welcome): T, (O, m.Challenge): C, (O, m.ByeEvent): X, (O, m.Error): O, (O, m.PingEvent): O,
    (C, m.Welcome): T, (C, m.ByeEvent): X, (C, m.Error): C, (C, m.PingEvent): C,
    (T, m.ByeEvent): X, (T, m.Error): T, (T, m.PingEvent): T, **{(T, kind): T for kind in ANSWERS},
    (X, m.ByeEvent): X, (X, m.Error): X, (X, m.PingEvent): X,
}  # fmt: skip
MISPLACED = {O: Code.HELLO_FIRST, C: Code.HELLO_FIRST, T: Code.NOT_ALLOWED}

Received = list[m.Request | m.Event | Fault]


def framed(message: m.Request | m.Event) -> bytes:
    """The frame of a message, whatever the state."""
    return frame(m.encode(message))


def flat(table: dict[State, dict[type, State]]) -> dict[tuple[State, type], State]:
    """A table with one key."""
    return {(state, kind): following for state, row in table.items() for kind, following in row.items()}


def test_the_table_is_that_of_the_contract() -> None:
    """Every state has its row, every message its place, and nothing is allowed that is not written here."""
    assert set(REQUESTS) == set(EVENTS) == set(State)
    assert flat(REQUESTS) == ALLOWED_REQUESTS
    assert flat(EVENTS) == ALLOWED_EVENTS
    assert set(REQUEST_OF) == m.REQUESTS
    assert set(EVENT_OF) == m.EVENTS


@pytest.mark.parametrize("kind", REQUEST_OF, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", State, ids=lambda state: state.value)
def test_each_request_in_each_state(state: State, kind: type[m.Request]) -> None:
    """A server takes what is allowed; anything else gets the code of the state and changes nothing."""
    server = server_side()
    server.state = state
    request = REQUEST_OF[kind]
    received = list(server.receive(framed(request)))
    following = ALLOWED_REQUESTS.get((state, kind))
    if state is State.CLOSED:
        assert (received, server.state) == ([], State.CLOSED)
    elif following is None:
        fault = Fault(MISPLACED[state], ref="r", cid="c" if issubclass(kind, m.Saying) else None)
        assert (received, server.state) == ([fault], state)
    else:
        assert (received, server.state) == ([request], following)


@pytest.mark.parametrize("kind", EVENT_OF, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", State, ids=lambda state: state.value)
def test_each_event_in_each_state(state: State, kind: type[m.Event]) -> None:
    """A client takes what is allowed; what a server should not say is a fault and changes nothing."""
    client = client_side()
    client.state = state
    event = EVENT_OF[kind]
    received = list(client.receive(framed(event)))
    following = ALLOWED_EVENTS.get((state, kind))
    if state is State.CLOSED:
        assert (received, client.state) == ([], State.CLOSED)
    elif following is None:
        assert [fault.code for fault in received if isinstance(fault, Fault)] == [Code.BAD_MESSAGE]
        assert (len(received), client.state) == (1, state)
    else:
        assert (received, client.state) == ([event], following)


@pytest.mark.parametrize("state", State, ids=lambda state: state.value)
def test_what_may_be_sent(state: State) -> None:
    """What is received in a state may be sent in it by the other end, and nothing else."""
    for side, messages, allowed in (
        (client_side, REQUEST_OF, ALLOWED_REQUESTS),
        (server_side, EVENT_OF, ALLOWED_EVENTS),
    ):
        for kind, message in messages.items():
            end = side()
            end.state = state
            following = allowed.get((state, kind))
            if following is None:
                with pytest.raises(
                    ValueError, match=f"{kind.__name__} may not be sent in state {state.value}"
                ):
                    end.send(message)
                assert end.state is state
            else:
                assert end.send(message) == framed(message)
                assert end.state is following


def test_a_pipelined_join_is_judged_after_the_welcome() -> None:
    """A client that says hello and join in one write is in the room, if the server welcomes it in between."""
    server = server_side()
    hello, join = REQUEST_OF[m.Hello], REQUEST_OF[m.Join]
    received: Received = []
    for item in server.receive(framed(hello) + framed(join)):
        received.append(item)
        if item == hello:
            server.send(WELCOME)
    assert received == [hello, join]


def test_a_pipelined_join_without_a_welcome_is_too_early() -> None:
    """And the conversation goes on: the next hello is heard."""
    server = server_side()
    hello, join = REQUEST_OF[m.Hello], REQUEST_OF[m.Join]
    assert list(server.receive(framed(hello) + framed(join) + framed(hello))) == [
        hello,
        Fault(Code.HELLO_FIRST, ref="r"),
        hello,
    ]


def test_nothing_is_read_after_bye() -> None:
    """What comes in the same bytes and what comes later is ignored, good or bad."""
    server = server_side()
    bye = REQUEST_OF[m.Bye]
    assert list(server.receive(framed(bye) + framed(bye) + b" " * HEADER_SIZE)) == [bye]
    assert list(server.receive(framed(bye))) == []
    assert list(server.receive(b"x" * HEADER_SIZE)) == []
    assert server.state is State.CLOSED


@pytest.mark.parametrize(
    ("header", "code"),
    [(b" " * HEADER_SIZE, Code.BAD_FRAME), (b"%-64d" % 101, Code.FRAME_TOO_LARGE)],
    ids=["bad", "large"],
)
def test_lost_framing_ends_the_conversation(header: bytes, code: Code) -> None:
    """Good messages before it are given, then one fatal fault; the server may still say why."""
    server = server_side(max_frame=100)
    hello = REQUEST_OF[m.Hello]
    fault = Fault(code, fatal=True)
    assert list(server.receive(framed(hello) + header + framed(hello))) == [hello, fault]
    assert server.state is State.CLOSED
    assert not server.unfinished
    assert list(server.receive(framed(hello))) == []
    assert m.decode_event(server.send(fault.answer())[HEADER_SIZE:]) == m.Error(
        code=code, message=SENTENCES[code]
    )
    assert server.send(m.ByeEvent())
    with pytest.raises(ValueError, match="may not be sent"):
        server.send(WELCOME)


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        (b'{"type":"zip","ref":"r"}', Fault(Code.UNKNOWN_TYPE, ref="r")),
        (b'{"type":"send","ref":"r","cid":"c"}', Fault(Code.BAD_MESSAGE, ref="r", cid="c")),
        (b"\xff", Fault(Code.BAD_MESSAGE)),
        (b"[]", Fault(Code.BAD_MESSAGE)),
    ],
)
def test_an_unreadable_payload_leaves_framing_intact(payload: bytes, fault: Fault) -> None:
    """It is answered, and the next message is heard in the same state."""
    server = server_side()
    hello = REQUEST_OF[m.Hello]
    assert list(server.receive(frame(payload) + framed(hello))) == [fault, hello]
    assert fault.answer() == m.Error(
        code=fault.code, message=SENTENCES[fault.code], ref=fault.ref, cid=fault.cid
    )


def test_every_code_has_its_sentence() -> None:
    """A fault of any code can be answered."""
    assert set(SENTENCES) == set(Code)
    assert all(Fault(code).answer().message for code in Code)


def test_an_unfinished_frame_is_known() -> None:
    """Both ends see that a frame has begun."""
    for end in (server_side(), client_side()):
        assert not end.unfinished
        assert list(end.receive(b"1")) == []
        assert end.unfinished


class Conversation(RuleBasedStateMachine):
    """A client and a server in memory, between them two pipes that deliver bytes in any pieces.

    The model is what the other end has put into a pipe; each end must see exactly that, in order, judged
    by the table in the state it is in at that moment.
    """

    @initialize()
    def connect(self) -> None:
        """Two ends and two pipes."""
        self.client = client_side(max_frame=1_000)
        self.server = server_side(max_frame=1_000)
        self.to_server: bytes = b""
        self.to_client: bytes = b""
        self.said_to_server: deque[m.Request | m.Event | Code] = deque()
        self.said_to_client: deque[m.Request | m.Event | Code] = deque()

    @precondition(lambda self: self.client.state is not State.CLOSED)
    @rule(data=st.data())
    def client_says(self, data: st.DataObject) -> None:
        """Anything a client may say now."""
        request = REQUEST_OF[data.draw(st.sampled_from(list(REQUESTS[self.client.state])))]
        self.to_server += self.client.send(request)
        self.said_to_server.append(request)

    @rule(data=st.data())
    def server_says(self, data: st.DataObject) -> None:
        """Anything a server may say now."""
        event = EVENT_OF[data.draw(st.sampled_from(list(EVENTS[self.server.state])))]
        self.to_client += self.server.send(event)
        self.said_to_client.append(event)

    @rule(
        both=st.booleans(),
        case=st.sampled_from([(b'{"type":"zip"}', Code.UNKNOWN_TYPE), (b"{", Code.BAD_MESSAGE)]),
    )
    def unreadable(self, both: bool, case: tuple[bytes, Code]) -> None:
        """A well-framed payload that is no message."""
        payload, code = case
        self.to_server += frame(payload)
        self.said_to_server.append(code)
        if both:
            self.to_client += frame(payload)
            self.said_to_client.append(code)

    @rule(count=st.integers(1, 200))
    def server_hears(self, count: int) -> None:
        """Some of the bytes arrive at the server."""
        data, self.to_server = self.to_server[:count], self.to_server[count:]
        for state, item in stepwise(self.server.receive(data), lambda: self.server.state):
            expect(item, self.said_to_server.popleft(), REQUESTS, state, MISPLACED)

    @rule(count=st.integers(1, 200))
    def client_hears(self, count: int) -> None:
        """Some of the bytes arrive at the client."""
        data, self.to_client = self.to_client[:count], self.to_client[count:]
        for state, item in stepwise(self.client.receive(data), lambda: self.client.state):
            expect(item, self.said_to_client.popleft(), EVENTS, state, dict.fromkeys(State, Code.BAD_MESSAGE))

    @invariant()
    def nothing_is_lost(self) -> None:
        """An end that still listens has heard all that has arrived whole."""
        for end, pipe, said in (
            (self.server, self.to_server, self.said_to_server),
            (self.client, self.to_client, self.said_to_client),
        ):
            if end.state is not State.CLOSED and not pipe:
                assert not said
                assert not end.unfinished

    def hear_the_rest(self) -> None:
        """All that is on its way arrives."""
        self.server_hears(len(self.to_server))
        self.client_hears(len(self.to_client))


class PoliteConversation(Conversation):
    """Both ends keep to the table."""

    def teardown(self) -> None:
        """Once all has arrived, both have closed or neither, and the welcome is known to both."""
        self.hear_the_rest()
        ends = (self.server.state, self.client.state)
        assert (ends[0] is State.CLOSED) == (ends[1] is State.CLOSED)
        assert (ends[0] is State.OPEN) == (ends[1] is State.OPEN)


class RudeConversation(Conversation):
    """Either end may say anything at any time."""

    @rule(request=st.sampled_from(list(REQUEST_OF.values())))
    def a_rude_client_says(self, request: m.Request) -> None:
        """Anything at any time, as a program of somebody else's might."""
        self.to_server += framed(request)
        self.said_to_server.append(request)

    @rule(event=st.sampled_from(list(EVENT_OF.values())))
    def a_rude_server_says(self, event: m.Event) -> None:
        """The same for a server."""
        self.to_client += framed(event)
        self.said_to_client.append(event)

    @precondition(lambda self: len(self.said_to_server) > 5)
    @rule(case=st.sampled_from([(b"7", Code.FRAME_TOO_LARGE), (b" ", Code.BAD_FRAME)]))
    def garbage(self, case: tuple[bytes, Code]) -> None:
        """Bytes that are no frame: nothing after them is understood."""
        byte, code = case
        self.to_server += byte * HEADER_SIZE
        self.said_to_server.append(code)

    def teardown(self) -> None:
        """Once all has arrived, who has not closed has heard all of it."""
        self.hear_the_rest()
        self.nothing_is_lost()


def stepwise(
    items: Iterator[m.Request | m.Event | Fault], state: Callable[[], State]
) -> Iterator[tuple[State, object]]:
    """Each item with the state in which it was judged."""
    while True:
        before = state()
        item = next(items, None)
        if item is None:
            return
        yield before, item


def expect(
    item: object,
    said: m.Request | m.Event | Code,
    table: dict[State, dict[type, State]],
    state: State,
    misplaced: dict[State, Code],
) -> None:
    """What was heard is what was said, or the fault that it is in this state."""
    if isinstance(said, Code):
        assert isinstance(item, Fault)
        assert (item.code, item.fatal) == (said, said in (Code.BAD_FRAME, Code.FRAME_TOO_LARGE))
    elif type(said) in table[state]:
        assert item == said
    else:
        assert isinstance(item, Fault)
        assert (item.code, item.fatal, item.ref) == (misplaced[state], False, said.ref)


TestPoliteConversation = PoliteConversation.TestCase
TestRudeConversation = RudeConversation.TestCase
TestPoliteConversation.settings = TestRudeConversation.settings = settings(
    deadline=None, max_examples=120, stateful_step_count=40
)
