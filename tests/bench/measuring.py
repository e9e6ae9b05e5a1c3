"""One run: a fresh server, a load on it, and what the machine was doing meanwhile."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from chat.load import proc
from tests.bench.contenders import BIN, CONTENDERS, Contender, DidNotStart, Running, cores, on_core
from tests.bench.workloads import WORKLOADS, Workload
from tests.torture.bench import Bench, NotHere

WARM = 1.0
PATIENCE = 120.0
"""Seconds until everybody has to be in."""
MOMENT, CALM = 0.5, 0.9
"""Seconds in which a core is looked at, and the part of them that it has to be idle to be called so."""
SPARE = 60.0
"""Seconds that a load may take longer than all it was told to."""


class Run(Struct, frozen=True):
    """What came of one run; `result` is the JSON of `chat-load`, `foreign` the part of the server's core
    that others used meanwhile (0 to 1)."""

    server: str
    workload: str
    time: int
    foreign: float
    result: dict[str, Any]


class Failed(Exception):
    """A run did not come about; says why."""


def measure(contender: Contender, name: str, seconds: float, patience: float = 0.0) -> Run:
    """Do one run, once the machine has nothing else to do or `patience` seconds are over. Raises Failed."""
    workload = WORKLOADS[name]
    calm(patience)
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as folder:
        try:
            env = slowed(Path(folder), workload.slow)
            with Running(contender, Path(folder), tls=workload.tls, env=env) as server:
                before, used, began = _idle(), proc.seconds(server.process.pid), time.monotonic()
                result = load(server, workload.load.split(), seconds)
                took, after = time.monotonic() - began, proc.seconds(server.process.pid)
                foreign = took - (_idle() - before) - ((after or 0.0) - (used or 0.0))
        except (DidNotStart, NotHere) as error:
            raise Failed(str(error)) from error
    return Run(contender.name, name, int(time.time()), max(0.0, foreign / took), result)


def load(server: Running, arguments: Sequence[str], seconds: float, warm: float = WARM) -> dict[str, Any]:
    """Put a load on a server; what `chat-load` found. Raises Failed."""
    known = {
        "--profile": server.contender.profile,
        "--at-once": server.contender.at_once,
        "--server-pid": server.process.pid,
        "--processes": 1,
        "--warmup": warm,
        "--seconds": seconds,
        "--patience": PATIENCE,
        "--lang": "en",
    }
    command = [BIN / "chat-load", f"127.0.0.1:{server.port}", "--json", *arguments]
    command += [str(part) for pair in known.items() for part in pair]
    limit = PATIENCE + warm + seconds + SPARE
    try:
        with on_core(1):
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        done, said = ended(process, limit)
    except subprocess.TimeoutExpired:
        raise Failed(f"the load on {server.contender.name} did not end") from None
    if not done:
        raise Failed(f"{server.contender.name}: {said.strip()[-300:]}")
    found: dict[str, Any] = json.loads(done)
    return found


def ended(process: subprocess.Popen[str], limit: float) -> tuple[str, str]:
    """What a process has said on both streams, once it has ended; it is killed when something comes between.

    Raises TimeoutExpired.
    """
    try:
        return process.communicate(timeout=limit)
    except BaseException:
        process.kill()
        process.communicate()
        raise


def slowed(folder: Path, milliseconds: int) -> dict[str, str]:
    """The environment of a server whose every fsync takes so much longer. Raises NotHere."""
    return Bench(folder, thorough=False, kills=0).shim(slow=milliseconds) if milliseconds else {}


class Plan(Struct, frozen=True):
    """Which servers and workloads, how often, and for how many seconds each time; see `measure`."""

    servers: Sequence[str]
    workloads: Sequence[str]
    rounds: int
    seconds: float
    patience: float


def turns(plan: Plan, say: Callable[[str], None]) -> Iterator[Run | Failed]:
    """Workload by workload, in each the servers turn by turn: a slow minute of the machine falls on all.

    A run that does not come about is told, given as what it failed by, and the others go on.
    """
    for name in plan.workloads:
        wanted = [CONTENDERS[server] for server in plan.servers if _fits(CONTENDERS[server], WORKLOADS[name])]
        for number in range(1, plan.rounds + 1):
            for contender in wanted:
                try:
                    run = measure(contender, name, plan.seconds, plan.patience)
                except Failed as error:
                    say(f"{name} {number}/{plan.rounds} {contender.name}: FAILED: {error}")
                    yield error
                    continue
                say(f"{name} {number}/{plan.rounds} {contender.name}: {brief(run)}")
                yield run


def _fits(contender: Contender, workload: Workload) -> bool:
    return not workload.slow or contender.name == "chat"


def brief(run: Run) -> str:
    """One run in a line."""
    found = run.result
    words = {
        "saturated": f"{found['deliveries_per_s']:,.0f} deliveries/s",
        "paced": f"p50 {found['latency_ms']['p50']:.2f} ms, p99 {found['latency_ms']['p99']:.2f} ms",
        "idle": f"{found['entered_per_s']:,.0f} log-ins/s, {found['memory_kb'] or 0:.1f} KB each",
    }
    others = f", others used {run.foreign:.0%} of its core" if run.foreign > 0.05 else ""
    return words[WORKLOADS[run.workload].kind] + others + ("" if found["sound"] else ", NOT SOUND")


def calm(patience: float) -> None:
    """Wait until the server's core has had next to nothing to do for half a second, or no longer."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        before = _idle()
        time.sleep(MOMENT)
        if _idle() - before > CALM * MOMENT:
            return


def _idle() -> float:
    """Seconds that the server's core, or all of them together where it has none, did nothing so far."""
    name = f"cpu{cores()[0]}" if cores() else "cpu"
    for line in Path("/proc/stat").read_text().splitlines():
        if line.split()[0] == name:
            return sum(map(int, line.split()[4:6])) / os.sysconf("SC_CLK_TCK")
    return 0.0
