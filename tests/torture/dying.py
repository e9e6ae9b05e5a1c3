"""Faults of the whole process: killed, stopped, paused, starved."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from chat.check.plan import Act
from chat.check.scene import Scene
from tests.torture.bench import (
    DEADLINE,
    Bench,
    NotHere,
    Served,
    Wire,
    command,
    free_port,
    judged,
    summary,
    under_load,
)


def killed(bench: Bench) -> str:
    """F1: SIGKILL under load, at random moments, with 100 senders."""
    port = free_port()
    clients = 100 if bench.thorough else 20
    report = judged(
        port,
        command=command(port, bench.new()),
        kills=bench.kills,
        clients=clients,
        rooms=8,
        rate=2.0 * clients,
    )
    assert report.kills == bench.kills, report
    return f"{report.kills} kills; {summary(report)}"


def told_to_stop(bench: Bench) -> str:
    """F14: SIGTERM and SIGINT under load: exit code 0 within 5 s, and it goes on where it was."""
    port, data, slowest = free_port(), bench.new(), 0.0

    async def stop(scene: Scene) -> None:
        nonlocal slowest
        for number in (signal.SIGTERM, signal.SIGINT):
            with Served(data, port=port) as server:
                await asyncio.to_thread(server.port)
                await under_load(scene)
                began = time.monotonic()
                server.process.send_signal(number)
                code = await asyncio.to_thread(server.ended)
                slowest = max(slowest, time.monotonic() - began)
                assert (code, server.complaint()) == (0, ""), (code, server.complaint())
        with Served(data, port=port):
            await asyncio.Event().wait()

    report = judged(port, stop, count=400, rate=200.0, seconds=DEADLINE, faults=[])
    assert slowest < 5.0, slowest
    return f"exit 0 in {slowest:.1f} s; {summary(report)}"


def paused(bench: Bench) -> str:
    """F15: SIGSTOP and SIGCONT, as when a virtual machine is paused."""
    pause = 30.0 if bench.thorough else 1.5
    with Served(bench.new()) as server:
        port = server.port()

        async def stop(scene: Scene) -> None:
            await under_load(scene)
            server.process.send_signal(signal.SIGSTOP)
            try:
                await asyncio.sleep(pause)
            finally:
                server.process.send_signal(signal.SIGCONT)

        report = judged(port, stop, seconds=pause + 2.0, faults=[])
        assert server.process.poll() is None
    return f"{pause:g} s; {summary(report)}"


def starved(bench: Bench) -> str:
    """F22: two other programs want all the time there is: nobody is cut for it."""
    with _busy(2), Served(bench.new()) as server:
        report = judged(server.port(), seconds=10.0 if bench.thorough else 2.0, faults=[], rate=100.0)
    assert report.cuts == 0, report
    return summary(report)


@contextmanager
def _busy(count: int) -> Iterator[None]:
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def squeezed(bench: Bench) -> str:
    """F21: hardly any memory: it may end, it may refuse, but what it acknowledged is there."""
    port, data, folder = free_port(), bench.new(), bench.new()
    with Served(data) as server:
        server.port()
        limit = _virtual(server.pid) + 24 * 2**20
    script = folder / "start"
    script.write_text(
        f"#!/bin/sh\necho $$ > {folder}/pid\nif [ -e {folder}/enough ]; then exec {command(port, data)}; fi\n"
        f"exec {command(port, data, 'prlimit', f'--as={limit}')} 2> /dev/null\n"
    )
    script.chmod(0o700)

    async def enough(scene: Scene) -> None:
        """With all the memory there is it is read back what was acknowledged with hardly any."""
        await scene.over.wait()
        (folder / "enough").touch()
        os.kill(int((folder / "pid").read_text()), signal.SIGKILL)

    report = judged(
        port, enough, command=str(script), size=2_000, clients=50, rate=0.0, seconds=8.0, stall=2.0, faults=[]
    )
    return f"{limit >> 20} MiB of addresses, ended {report.ends} times; {summary(report)}"


def _virtual(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        raise NotHere("no /proc") from None


def jumped(bench: Bench) -> str:
    """F13: the clock jumps an hour, back, ten years, to 1970: order stays, nobody is cut."""
    clock = bench.new() / "offset"
    clock.write_text("0")
    jumps = {"+1 h": 3_600, "-1 h": -3_600, "+10 years": 315_360_000, "1970": -1}
    with Served(bench.new(), env=bench.shim(clock=clock)) as server:
        port = server.port()
        with Wire(port, "ana") as ana:
            before = ana.send("#geral", "now", "0")
            for number, (name, seconds) in enumerate(jumps.items(), 1):
                clock.write_text(str(seconds))
                message = ana.send("#geral", name, str(number))
                wanted = 0 if seconds == -1 else before["ts"] + 1_000 * seconds
                assert abs(message["ts"] - wanted) < 60_000, (name, message, before)
                assert message["id"] == before["id"] + number, message

        async def jump(scene: Scene) -> None:
            for seconds in jumps.values():
                await under_load(scene)
                clock.write_text(str(seconds))

        report = judged(port, jump, faults=[], seconds=2.0)
    assert report.cuts == 0, report
    return f"{len(jumps)} jumps; {summary(report)}"


def cut_anywhere(bench: Bench) -> str:
    """F18: connections reset at any byte, in either direction."""
    wanted = 1_000 if bench.thorough else 40
    with Served(bench.new()) as server:

        async def enough(scene: Scene) -> None:
            while scene.cuts < wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            scene.stop()

        report = judged(
            server.port(), enough, seconds=600.0, faults=[Act.CUT, Act.HALF, Act.TWIN], often=4, rate=200.0
        )
    assert report.cuts >= wanted
    return summary(report)
