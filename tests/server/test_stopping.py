"""A stop under load: what waits is stored and told, everybody hears why; at once if asked twice."""

import asyncio
import signal
import socket
from pathlib import Path

from tests.fakes import until
from tests.patience import PATIENCE
from tests.peer import Peer, Said
from tests.processes import FREELY, Launch, Process

TALKERS = 8
EACH = 100
"""What all say, 200 KB, is less than may wait for one: each is told of its own at once."""


async def flood(port: int, user: str) -> list[Said]:
    """Say things as fast as they go; what is heard until the end."""
    peer = await Peer.hello(port, user)
    for number in range(EACH):
        peer.say(type="send", to="#geral", body=f"{user} {number} {'x' * 50}", cid=f"{user}-{number}")
    return await peer.closed()


def closed(port: int) -> bool:
    """Whether nobody accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def ended(server: Process) -> int:
    """The exit code."""
    assert server.process.stdout is not None
    server.process.stdout.read()
    return server.process.wait(timeout=PATIENCE)


async def everything(port: int) -> list[Said]:
    """All that the server has, in its order."""
    reader, found = await Peer.hello(port, "leitor"), list[Said]()
    more = True
    while more:
        reader.say(type="history", room="#geral", after=found[-1]["id"] if found else 0)
        page = await reader.expect("history")
        found, more = found + page["messages"], page["more"]
    return found


async def test_under_load(launch: Launch, tmp_path: Path) -> None:
    """Exit 0; the last word is why; what was acknowledged is there, once and in order, and nothing else."""
    options = ("--data", str(tmp_path), *FREELY)
    server = launch("--port", "0", *options)
    port = server.port()
    talking = [asyncio.create_task(flood(port, f"u{number}")) for number in range(TALKERS)]
    listener = await Peer.hello(port, "ouvinte")
    await listener.expect("message")
    server.process.send_signal(signal.SIGTERM)
    heard = await asyncio.gather(*talking)
    assert await asyncio.to_thread(ended, server) == 0
    assert server.process.stderr is not None
    assert server.process.stderr.read() == ""
    assert closed(port)
    for said in heard:
        assert said[-1] == {"type": "bye", "reason": "shutting_down"}
        assert [one for one in said if one["type"] == "error"] == []
    acknowledged = {
        one["cid"]: one["id"]
        for number, said in enumerate(heard)
        for one in said
        if one["type"] == "message" and one["from"] == f"u{number}"
    }
    again = launch("--port", "0", *options)
    kept = await everything(again.port())
    ids = [one["id"] for one in kept]
    assert acknowledged
    assert ids == sorted(set(ids))
    assert len({one["cid"] for one in kept}) == len(kept)
    assert {one["cid"]: one["id"] for one in kept} == acknowledged
    assert again.stop() == 0


async def test_twice(launch: Launch, tmp_path: Path) -> None:
    """While a stop waits for somebody who reads nothing, a second signal ends it at once; nothing is lost."""
    options = ("--data", str(tmp_path), *FREELY)
    server = launch("--port", "0", *options)
    port = server.port()
    ana, lazy = await Peer.hello(port, "ana"), socket.socket()
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    lazy.connect(("127.0.0.1", port))
    lazy.sendall(b'{"type":"hello","version":1,"user":"parada"}'.join([b"44".ljust(64), b""]))
    await ana.expect("joined", users=["parada"])
    last = 0
    for number in range(400):
        last = (await ana.send("#geral", "x" * 2_000, str(number)))["id"]
    server.process.send_signal(signal.SIGTERM)
    await until(lambda: closed(port))
    server.process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(ended, server) == 1
    lazy.close()
    again = launch("--port", "0", *options)
    assert [one["id"] for one in await everything(again.port())] == list(range(1, last + 1))
    assert again.stop() == 0
