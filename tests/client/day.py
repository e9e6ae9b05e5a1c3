"""What much traffic costs a client: `python -m tests.client.day` (messages, rooms).

A process of its own sends as fast as the client takes it. Measured in the client, which keeps a State and a
copy on disk: processor time for each message, memory as it grows, and how long a key would have had to wait:
by the processor time of the loop's thread, as other programs on the machine are not to be measured here.
"""

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from chat import messages as m
from chat.client import State, connect
from chat.framing import frame
from tests.client.filled import WORDS

EACH = 100
"""Messages of one write."""


def said(count: int, rooms: int) -> Iterator[m.Event]:
    """Messages of 300 people in the rooms, now and then a reaction or an edit."""
    chance = Random(1)
    for id in range(1, count + 1):
        room, who = f"#sala-{int(rooms * chance.random() ** 2)}", f"pessoa{chance.randint(1, 300)}"
        common = {"id": id, "to": room, "from_": who, "ts": 1_795_216_610_000 + id, "cid": f"c-{id}"}
        if id % 20 == 0:
            yield m.Reacted(**common, of=id - 7, emoji="👍")  # type: ignore[arg-type]
        else:
            body = " ".join(chance.choices(WORDS, k=chance.randint(2, 20)))
            yield m.Message(**common, body=body)  # type: ignore[arg-type]


async def serve(count: int, rooms: int) -> None:
    """Welcome one client and tell it everything."""
    done = asyncio.Event()

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4_096)
        infos = [m.RoomInfo(f"#sala-{number}", "", 300) for number in range(rooms)]
        welcome = m.Welcome(
            version=1,
            server="dia",
            user="ana",
            session="s",
            log="log",
            head=0,
            rooms=infos,
            max_frame=65_536,
            max_body=4_096,
            features=[],
        )
        writer.write(frame(m.encode(welcome)))
        batch: list[bytes] = []
        for event in said(count, rooms):
            batch.append(frame(m.encode(event)))
            if len(batch) == EACH:
                writer.write(b"".join(batch))
                batch.clear()
                await writer.drain()
        writer.write(b"".join(batch))
        await writer.drain()
        await reader.read()
        writer.close()
        done.set()

    server = await asyncio.start_server(attend, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await done.wait()
    server.close()


def resident() -> float:
    """MiB of memory that this process has."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def files(folder: Path) -> list[Path]:
    """What there is in a folder."""
    return list(folder.iterdir())


class Stalls:
    """Processor time of the loop's thread between two turns of a timer of a millisecond."""

    def __init__(self) -> None:
        self.late: list[float] = []

    async def watch(self) -> None:
        while True:
            asked = time.thread_time()
            await asyncio.sleep(0.001)
            self.late.append(time.thread_time() - asked)


async def measure(count: int, rooms: int, folder: Path) -> None:
    """Take everything in and print what it cost."""
    command = [sys.executable, "-m", "tests.client.day", "serve", str(count), str(rooms)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    before, stalls = resident(), Stalls()
    async with connect("127.0.0.1", port, user="ana", folder=folder) as client:
        state: State = client.make_state()
        watching = asyncio.create_task(stalls.watch())
        began, used = time.perf_counter(), time.process_time()
        async for event in client:
            state.apply(event, 0)
            id = event.id if isinstance(event, m.Message | m.Change) else 0
            if id and id % (count // 5) == 0:
                print(f"{id:>9} messages: {resident() - before:.0f} MiB more than at the start")
            if id == count:
                break
        took, cpu = time.perf_counter() - began, time.process_time() - used
        watching.cancel()
    await process.wait()
    late = sorted(stalls.late)
    print(f"{count / took:.0f} messages a second; {cpu / count * 1e6:.0f} us of processor time for each")
    print(
        f"the loop was busy for {late[len(late) // 2] * 1e3:.1f} ms (median), "
        f"{late[int(len(late) * 0.99)] * 1e3:.1f} ms (99%), {late[-1] * 1e3:.1f} ms (most)"
    )
    size = sum(path.stat().st_size for path in files(folder)) / 2**20
    lines = sum(len(talk.lines) for talk in state.talks.values())
    print(f"{lines} lines in memory, {size:.0f} MiB on disk")


def main() -> None:
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve(int(sys.argv[2]), int(sys.argv[3])))
        return
    count, rooms = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (500_000, 100)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(count, rooms, Path(folder) / "@ana"))


if __name__ == "__main__":
    main()
