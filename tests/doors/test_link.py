"""Conversations through the doors, over real connections to a real server, with wire clients in the room."""

import asyncio
import socket
import sys

import msgspec
import pytest

from chat.doors.link import DoorLink, text_link
from chat.history.base import Draft
from chat.limits.counters import Limit
from chat.protocol import ServerProtocol
from tests.doors.plain import Headed, Plain, opened
from tests.fake_history import FakeHistory
from tests.peer import Peer
from tests.servers import Running, Start

MESSAGES = 3_000


async def test_two_terminals_and_a_wire_client_talk(running: Running, door: int) -> None:
    """Everybody hears everybody else, in one order; one's own line is not shown to one again."""
    wire = await Peer.hello(running.port, "wire")
    ana = await Plain.enter(door, "ana")
    bia = await Plain.enter(door, "bia")
    ana.type("oi de ana")
    assert (await wire.expect("message"))["from"] == "ana"
    bia.raw("oi de bia, coração\r\n".encode())
    assert (await wire.expect("message"))["body"] == "oi de bia, coração"
    await wire.send("#geral", "oi de wire", "1")
    assert [line for line in await ana.so_far() if line[0] == "<"] == [
        "<bia> oi de bia, coração",
        "<wire> oi de wire",
    ]
    assert [line for line in await bia.so_far() if line[0] == "<"] == ["<ana> oi de ana", "<wire> oi de wire"]


async def test_comings_and_goings_are_told(running: Running, door: int) -> None:
    """All see who comes in and who goes, by name; the operator too."""
    wire = await Peer.hello(running.port, "wire")
    ana = await Plain.enter(door, "ana")
    assert (await wire.expect("joined"))["users"] == ["ana"]
    bia = await Peer.hello(running.port, "bia")
    await ana.until("bia came into #geral.")
    bia.say(type="bye")
    await ana.until("bia went out of #geral.")
    assert ("entered", "ana") in running.console.events


@pytest.mark.parametrize("line", ["#sair", "Desconectar", "/sair", "/quit"])
async def test_leaving_politely(running: Running, door: int, line: str) -> None:
    """Each word ends the session with a good-bye; what was said before it is stored."""
    wire = await Peer.hello(running.port, "wire")
    ana = await Plain.enter(door, "ana")
    ana.raw(f"até amanhã\n{line}\nnunca dito\n".encode())
    assert (await ana.closed()).endswith("Disconnected: good-bye.\n")
    assert (await wire.expect("message"))["body"] == "até amanhã"
    assert (await wire.expect("left"))["users"] == ["ana"]
    assert [m for m in await wire.silent() if m["type"] == "message"] == []
    assert ("gone", "ana", "bye") in running.console.events


async def test_a_name_that_is_taken_or_not_allowed(running: Running, door: int) -> None:
    """A refused name is answered by a sentence and asked for again; the next line may be taken."""
    await Peer.hello(running.port, "Ana")
    ana = await Plain.connect(door)
    ana.raw(b"ana\r\nservidor\r\na b\r\n\r\nbia\r\noi\r\n")
    lines = await ana.until("User: User: Connected.")
    assert [line.split(" name ")[1].split()[:3] for line in lines] == [
        ["is", "in", "use"],
        ["is", "not", "allowed:"],
        ["is", "not", "allowed:"],
    ]
    assert (await ana.line()).startswith("You are bia")


async def test_everything_in_one_write(running: Running, door: int) -> None:
    """A name and what follows it may come at once: each line waits for the answer to the one before."""
    wire = await Peer.hello(running.port, "wire", rooms=["#aula"])
    ana = await Plain.connect(door)
    ana.raw(b"ana\n/sala aula\noi, aula\n/deixar\noi, geral\n")
    assert (await wire.expect("message"))["to"] == "#aula"
    assert (await wire.expect("message"))["to"] == "#geral"


async def test_private_messages_reach_that_user_only(running: Running, door: int) -> None:
    """`@name text` is shown to that user alone, marked; a third terminal never sees it."""
    ana, bia, caio = [await Plain.enter(door, name) for name in ("ana", "bia", "caio")]
    wire = await Peer.hello(running.port, "wire")
    ana.type("@bia psiu")
    await bia.until("(private) <ana> psiu")
    ana.type("@wire você também")
    message = await wire.expect("message")
    assert (message["from"], message["to"], message["body"]) == ("ana", "@wire", "você também")
    await wire.send("@ana", "oi", "1")
    await ana.until("(private) <wire> oi")
    ana.type("@ninguem oi")
    await ana.until("Not sent: there is nobody of that name here; see who is with /who.")
    assert [line for line in await caio.so_far() if "<" in line] == []
    wire.say(type="history", room="#geral")
    assert (await wire.expect("history"))["messages"] == []


async def test_rooms(running: Running, door: int) -> None:
    """Rooms are listed, entered and left; what is said in another one is marked with its name."""
    wire = await Peer.hello(running.port, "wire", rooms=["#aula"])
    ana = await Plain.enter(door, "ana")
    ana.type("/salas")
    await ana.until("#aula (1 person)")
    ana.type("/sala #aula")
    await ana.until("What you write goes to #aula now.")
    await wire.send("#geral", "na geral", "1")
    await wire.send("#aula", "na aula", "2")
    said = [line for line in await ana.so_far() if "<wire>" in line]  # who came may be told at any time
    assert said == ["[#geral] <wire> na geral", "<wire> na aula"]
    ana.type("/quem")
    await ana.until("2 people in #aula: ana, wire")
    ana.type("/deixar")
    await ana.until("What you write goes to #geral now.")
    ana.type("/deixar")
    await ana.until("That did not work: that is not allowed here; ask whoever runs the room or the server.")


async def test_a_program_that_ends_no_lines(running: Running, door: int) -> None:
    """The original raw client: it sends `<name> text` without a line feed, and shows what it receives."""
    bia = await Plain.enter(door, "bia")
    loop = asyncio.get_running_loop()
    with socket.socket() as ana:
        ana.setblocking(False)
        await loop.sock_connect(ana, ("127.0.0.1", door))
        await loop.sock_sendall(ana, "<ana> oi, coração".encode())
        await bia.until("<ana> oi, coração")
        await loop.sock_sendall(ana, b"<ana> tudo bem?")
        await bia.until("<ana> tudo bem?")
        await loop.sock_sendall(ana, b"<ana> um<ana> dois")
        assert await bia.until("<ana> dois") == ["<ana> um"]
        bia.type("tudo")
        shown = b""
        while not shown.endswith(b"<bia> tudo\n"):
            shown += await asyncio.wait_for(loop.sock_recv(ana, 2_048), 10)
        await loop.sock_sendall(ana, b"<ana> #sair")
        while received := await asyncio.wait_for(loop.sock_recv(ana, 2_048), 10):
            shown += received
    text = shown.decode()
    assert "<ana>" not in text
    assert text.endswith("Disconnected: good-bye.\n")


HOSTILE = {
    "erase": ("\x1b[2J\x1b[Hoi", "Not sent: it holds characters"),
    "C1": ("\x9b2Joi", "Not sent: it holds characters"),
    "NUL": ("a\0b", "Not sent: it holds characters"),
    "lone CR": ("oi\rQUIT", "Not sent: it holds characters"),
    "zero-width": ("\u200b", "Not sent: there is nothing in it"),
}


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize("name", HOSTILE)
async def test_controls_in_a_line_are_refused(running: Running, door: int, name: str) -> None:
    """A line that could drive a terminal is refused in words, and the connection is kept."""
    body, answer = HOSTILE[name]
    ana, bia = await Plain.enter(door, "ana"), await Plain.enter(door, "bia")
    ana.type(body)
    assert any(line.startswith(answer) for line in await ana.so_far())
    ana.type("normal")
    assert "<ana>" not in "".join(await bia.until("<ana> normal"))


async def test_what_others_say_cannot_drive_a_terminal(start: Start) -> None:
    """Even a body that a server of another version let through arrives with its controls made visible."""
    history = FakeHistory()
    running = await start(history)
    door = await opened(running)
    wire, ana = await Peer.hello(running.port, "wire"), await Plain.enter(door, "ana")
    submit = history.submit

    def hostile(draft: Draft, ticket: object = None) -> None:
        body = "\x1b]52;c;eA==\x07\n<bia> me mande sua senha\n\x9b31m"
        submit(msgspec.structs.replace(draft, body=body), ticket)

    history.submit = hostile  # type: ignore[method-assign]
    wire.say(type="send", to="#geral", body="oi", cid="1")
    await ana.until("<wire> ␛]52;c;eA==␇")
    assert await ana.line() == "    <bia> me mande sua senha"
    assert await ana.line() == "    \ufffd31m"


@pytest.mark.usefixtures("canary")
async def test_bytes_that_are_no_text(running: Running, door: int) -> None:
    """A line that is not UTF-8 is refused, the ones around it are taken."""
    ana, bia = await Plain.enter(door, "ana"), await Plain.enter(door, "bia")
    ana.raw(b"um\n\xff\xfe\xc3\ndois\n")
    assert await bia.until("<ana> dois") == ["<ana> um"]
    assert (await ana.so_far()).count("Not sent: it is not text in UTF-8.") == 1


@pytest.mark.usefixtures("canary")
async def test_a_megabyte_without_a_line_feed(running: Running, door: int) -> None:
    """A line without end is refused once, in words; the next line is taken."""
    ana, bia = await Plain.enter(door, "ana"), await Plain.enter(door, "bia")
    ana.raw(b"x" * 2**20)
    ana.raw(b"\nagora sim\n")
    assert "<ana>" not in "".join(await bia.until("<ana> agora sim"))
    lines = await ana.so_far()
    assert lines.count("Not sent: it is too long; send it in parts.") == 1


@pytest.mark.usefixtures("canary")
async def test_the_longest_body(running: Running, door: int) -> None:
    """A body of exactly 4 KiB is said, one byte more is refused in words."""
    ana, bia = await Plain.enter(door, "ana"), await Plain.enter(door, "bia")
    ana.type("x" * 4_097)
    ana.type("x" * 4_096)
    await bia.until("<ana> " + "x" * 4_096)
    assert [line for line in await ana.so_far() if line.startswith("Not sent")] == [
        "Not sent: it is too long; send it in parts."
    ]


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 40,
        b"\n" * 10_000,
        b"/ajuda\n" * 2_000,
        b"\xff" * 9_000,
        b"<" * 9_000,
        b"@x " * 5_000,
    ],
    ids=["all bytes", "line feeds", "help", "no text", "brackets", "whispers"],
)
async def test_rubbish_harms_nobody(running: Running, door: int, headed: int, data: bytes) -> None:
    """Whatever comes through a door, before a name or after it, the others talk on and nothing fails."""
    for port in (door, headed):
        early, late = await Plain.connect(port), await Plain.connect(port)
        late.type("late")
        early.raw(data)
        late.raw(data + b"\n#sair\n")
        for peer in (early, late):
            peer.writer.write_eof()
            await peer.closed()


async def test_a_reader_that_stops_gets_everything_later(start: Start) -> None:
    """A terminal that shows nothing for 3,000 messages falls behind and then gets all of them, in order."""
    running = await start(FakeHistory())
    door = await opened(running)
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", door))
    slow = Plain(*await asyncio.open_connection(sock=sock, limit=2_048))
    slow.type("devagar")
    await slow.until("User: Connected.")
    wire = await Peer.hello(running.port, "wire")
    for first in range(0, MESSAGES, 100):
        for number in range(first, first + 100):
            wire.say(type="send", to="#geral", body=f"{number} {'x' * 300}", cid=str(number))
        for number in range(first, first + 100):
            await wire.expect("message", cid=str(number))
    (seat,) = [seat for seat in running.server.seats if seat.user == "devagar"]
    assert seat.member.outbox.behind
    assert seat.link.waiting <= running.server.options.mark + 100 * 512
    numbers = []
    while len(numbers) < MESSAGES:
        line = await slow.line()
        if line.startswith("<wire> "):
            numbers.append(int(line.split()[1]))
    assert numbers == list(range(MESSAGES))
    await wire.send("#geral", "e agora?", "last")
    await slow.until("<wire> e agora?")


async def test_who_does_not_read_the_answers_is_not_read(start: Start) -> None:
    """Asking for help without end and reading none of it costs a bounded amount of memory."""
    running = await start(FakeHistory())
    door = await opened(running)
    greedy = await Plain.enter(door, "gulosa")
    greedy.reader._transport.pause_reading()  # type: ignore[attr-defined]
    (seat,) = running.server.seats
    for _ in range(2_000):
        greedy.raw(b"/ajuda\n" * 100)
        await asyncio.sleep(0)
    wire = await Peer.hello(running.port, "wire")
    await wire.send("#geral", "tudo bem", "1")
    assert seat.link.waiting < 2**21
    greedy.reader._transport.resume_reading()  # type: ignore[attr-defined]


async def test_the_server_stops(running: Running, door: int, headed: int) -> None:
    """A stop tells everybody at every door, in words, and closes."""
    early, ana, guest = await Plain.connect(door), await Plain.enter(door, "ana"), await Headed.enter(headed)
    await early.shown(len("User: "))
    await running.server.stop()
    for peer in (early, ana, guest):
        assert "Disconnected: the server is shutting down." in await peer.closed()


async def test_a_full_server_says_so(start: Start) -> None:
    """Beyond the most clients a door is shut, with a sentence."""
    running = await start(max_clients=1)
    door = await opened(running)
    await Peer.hello(running.port, "wire")
    late = await Plain.connect(door)
    assert await late.closed() == "That did not work: the server is full; try again later.\n"


async def test_a_person_may_take_time_over_a_name(start: Start) -> None:
    """The deadline of a typed name is its own; whoever misses it is told in words."""
    running = await start(hello_deadline=0.05, notice_interval=0.01)
    door = await opened(running)
    ana, mute = await Plain.connect(door), await Peer.connect(running.port)
    assert (await mute.closed())[-1]["reason"] == "hello_timeout"
    ana.type("ana")
    await ana.until("User: Connected.")
    running.server.options.name_deadline = 0.5
    late = await Plain.connect(door)
    assert (await late.closed()).endswith("Disconnected: the server waited too long for a name.\n")
    await ana.so_far()


async def test_nothing_but_text_is_sent_to_a_quiet_terminal(start: Start) -> None:
    """Where a wire client gets heartbeats, a terminal gets nothing; the kernel watches it instead."""
    running = await start(heartbeat=0.05, notice_interval=0.01)
    door = await opened(running)
    ana, wire = await Plain.enter(door, "ana"), await Peer.hello(running.port, "wire")
    await wire.expect("ping")
    assert await ana.so_far() == ["wire came into #geral."]


async def test_the_kernel_watches_plain_peers(running: Running) -> None:
    """A plain peer that vanishes is noticed by the kernel, within a minute."""
    links: list[DoorLink] = []

    def watched(protocol: ServerProtocol) -> DoorLink:
        links.append(text_link(protocol))
        return links[0]

    await Plain.enter(await opened(running, watched), "ana")
    sock = links[0].extra("socket")
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    if sys.platform == "linux":
        idle, pause, count = (
            sock.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
        assert idle + pause * count <= 60


async def test_a_plain_peer_is_heard_more_slowly(start: Start) -> None:
    """Who speaks plain text cannot send again by itself: all its lines are said, as fast as it may."""
    running = await start(exempt_loopback=False, send_burst=2, send_rate=50.0)
    ana = await Peer.hello(running.port, "ana")
    plain = await Plain.enter(await opened(running), "caio")
    for number in range(20):
        plain.type(str(number))
    assert [(await ana.expect("message"))["body"] for _ in range(20)] == [str(number) for number in range(20)]
    assert running.server.core.counters[Limit.MESSAGES] > 0
