"""Runs as tables of Markdown: medians, ranges, and ratios to the best peer. Pure."""

from collections.abc import Callable, Iterable, Sequence
from statistics import median

from msgspec import Struct

from tests.bench.contenders import CONTENDERS
from tests.bench.measuring import Run
from tests.bench.workloads import WORKLOADS, Kind

Runs = Sequence[Run]
FULL, BUSY = 0.93, 0.9
"""Parts of a core from which the server, or the load, is taken for what held the run up."""
NOISE = 0.05
FAULTS = ("lost", "extra", "twice", "disorder", "broken", "refused")


class Figure(Struct, frozen=True):
    """What a kind of workload is judged by."""

    name: str
    of: Callable[[Run], float]
    more: bool
    """Whether more of it is better."""

    def best(self, values: Iterable[float]) -> float:
        """The best of some."""
        return max(values) if self.more else min(values)

    def ratio(self, ours: float, theirs: float) -> float:
        """How many times as good ours is."""
        ours, theirs = (ours, theirs) if self.more else (theirs, ours)
        return ours / theirs if theirs else 0.0


def _rate(run: Run) -> float:
    return float(run.result["deliveries_per_s"])


def _entered(run: Run) -> float:
    return float(run.result["entered_per_s"])


def _late(run: Run) -> float:
    return float(run.result["latency_ms"]["p99"])


FIGURES: dict[Kind, Figure] = {
    "saturated": Figure("deliveries/s", _rate, True),
    "paced": Figure("p99 in ms", _late, False),
    "idle": Figure("log-ins/s", _entered, True),
}


def number(value: float | None) -> str:
    """A figure with three digits that mean something."""
    if value is None:
        return "-"
    if value >= 100:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def _middle(runs: Runs, key: str) -> str:
    values = [run.result[key] for run in runs if run.result[key] is not None]
    return number(median(values)) if values else "-"


def _latency(part: str) -> Callable[[Runs], str]:
    return lambda runs: number(median(run.result["latency_ms"][part] for run in runs))


def _range(of: Callable[[Run], float]) -> Callable[[Runs], str]:
    return lambda runs: f"{number(min(map(of, runs)))} to {number(max(map(of, runs)))}"


def _held(run: Run) -> str:
    if (run.result["server_cpu"] or 0) + run.foreign >= FULL:
        return "server"
    return "load" if run.result["own_cpu"] >= BUSY else "waiting"


def faults(runs: Runs) -> str:
    """What was lost, doubled and so on in the worst of the runs; 0 if nothing."""
    worst = {fault: max(run.result[fault] for run in runs) for fault in FAULTS}
    return ", ".join(f"{count:,} {fault}" for fault, count in worst.items() if count) or "0"


def _cpu(runs: Runs) -> str:
    return _middle(runs, "server_us")


Column = tuple[str, Callable[[Runs], str]]
_P50, _P99 = ("p50 ms", _latency("p50")), ("p99 ms", _latency("p99"))
_CPU = ("server's CPU, µs a delivery", _cpu)
_MEMORY = ("KB a connection", lambda runs: _middle(runs, "memory_kb"))
_HELD = ("held up by", lambda runs: "/".join(sorted(set(map(_held, runs)))))
COLUMNS: dict[Kind, Sequence[Column]] = {
    "saturated": (("least to most", _range(_rate)), _CPU, _P50, _P99, _MEMORY, _HELD),
    "paced": (
        ("least to most", _range(_late)),
        _P50,
        _CPU,
        ("said late, ms", lambda runs: _middle(runs, "late_ms")),
    ),
    "idle": (
        ("least to most", _range(_entered)),
        ("server's CPU, µs a log-in", lambda runs: _middle(runs, "entered_us")),
        _MEMORY,
    ),
}


def grouped(runs: Runs) -> dict[str, dict[str, list[Run]]]:
    """By workload and server, both in the order of their tables."""
    return {
        name: {
            server: those
            for server in CONTENDERS
            if (those := [run for run in runs if (run.workload, run.server) == (name, server)])
        }
        for name in WORKLOADS
        if any(run.workload == name for run in runs)
    }


def best_peer(name: str, by_server: dict[str, list[Run]]) -> tuple[str, float] | None:
    """Which peer is the best in a workload, with its median."""
    figure = FIGURES[WORKLOADS[name].kind]
    peers = {server: runs for server, runs in by_server.items() if not CONTENDERS[server].own}
    medians = {server: median(map(figure.of, runs)) for server, runs in peers.items()}
    best = figure.best(medians.values()) if medians else None
    return next(((server, value) for server, value in medians.items() if value == best), None)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def summary(groups: dict[str, dict[str, list[Run]]]) -> str:
    """Ours beside the best peer, a workload a line."""
    rows = []
    for name, by_server in groups.items():
        workload, ours, peer = WORKLOADS[name], by_server.get("chat"), best_peer(name, by_server)
        figure = FIGURES[workload.kind]
        mine = median(map(figure.of, ours)) if ours else None
        ratio = f"{number(figure.ratio(mine, peer[1]))}x" if mine is not None and peer else "-"
        best = f"{number(peer[1])} ({peer[0]})" if peer else "-"
        rows.append([f"{name}: {workload.title}", figure.name, number(mine), best, ratio])
    return table(["workload", "judged by", "chat", "the best peer", "as good"], rows)


def one(name: str, by_server: dict[str, list[Run]]) -> str:
    """All that was measured in one workload."""
    workload = WORKLOADS[name]
    figure, columns, peer = FIGURES[workload.kind], COLUMNS[workload.kind], best_peer(name, by_server)
    rows = []
    for server, runs in by_server.items():
        middle = median(map(figure.of, runs))
        ratio = f"{number(figure.ratio(middle, peer[1]))}x" if peer else "-"
        rows.append([server, number(middle), ratio, *(of(runs) for _, of in columns), faults(runs)])
    heads = ["server", figure.name, "to the best peer", *(head for head, _ in columns), "faults"]
    noisy = sum(run.foreign > NOISE for runs in by_server.values() for run in runs)
    every = sum(map(len, by_server.values()))
    note = f"{every} runs; in {noisy} of them others used more than {NOISE:.0%} of the server's core."
    return f"### {name}: {workload.title}\n\n`chat-load {workload.load}`\n\n{table(heads, rows)}\n\n{note}"


def report(runs: Runs) -> str:
    """Everything: the summary, then each workload."""
    groups = grouped(runs)
    return "\n\n".join([summary(groups), *(one(*group) for group in groups.items())])
