"""The faults, each with its one outcome, and the table of what became of them."""

import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from chat.check.entry import CannotCheck
from tests.torture import certificates, disks, dying, handing, inside, network, nodes, readers, weight
from tests.torture.bench import Bench, NotHere


class Fault(NamedTuple):
    """One fault: its number, and the function that provokes it and raises AssertionError if it goes wrong."""

    name: str
    run: Callable[[Bench], str]

    @property
    def sentence(self) -> str:
        """What it is, and what is to come of it."""
        return (self.run.__doc__ or "").partition(": ")[2]


FAULTS = [
    Fault((run.__doc__ or "").partition(":")[0], run)
    for run in (
        dying.killed,
        disks.power_cut,
        disks.torn,
        disks.full,
        disks.slow,
        disks.failing,
        disks.read_only,
        disks.corrupted,
        disks.flipped,
        disks.shared,
        disks.other_schema,
        disks.held,
        dying.jumped,
        dying.told_to_stop,
        dying.paused,
        readers.stuck,
        network.half_open,
        dying.cut_anywhere,
        network.storm,
        network.exhausted,
        dying.squeezed,
        dying.starved,
        certificates.replaced,
        inside.raising,
        inside.blocked,
        weight.misbehaving,
        weight.idle,
        weight.slow,
        weight.fleeting,
        weight.trickling,
        weight.deaf,
        weight.coming_and_going,
    )
]
"""In the order of their numbers; those with a W are the heavy ones of the bad inputs."""
CLUSTER = [
    Fault((run.__doc__ or "").partition(":")[0], run)
    for run in (
        nodes.leader_killed,
        nodes.leader_hung,
        nodes.leader_handed_over,
        handing.registry_handed_over,
        nodes.leader_stopped,
        nodes.follower_killed,
        nodes.majority_killed,
        nodes.cut_off,
        nodes.stream_gone,
        nodes.stream_wedged,
        nodes.node_killed,
        nodes.copy_deleted,
    )
]
"""Those of several nodes, which `make torture-cluster` provokes."""
SHORT = {
    "W70",
    "W71",
    "W72",
    "W74",
    "W75",
    "W77",
    "F3",
    "F4",
    "F6",
    "F9",
    "F10",
    "F16",
    "F20",
    "F32",
    "F33",
    "F34",
}
"""Those that the suite provokes too, each once; it kills the server in tests/check."""


class Row(NamedTuple):
    """What became of one fault; `passed` None: it could not be provoked here."""

    fault: Fault
    passed: bool | None
    remark: str
    seconds: float


def provoke(fault: Fault, *, thorough: bool, kills: int) -> Row:
    """Provoke one fault in a folder of its own."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="torture") as folder:
        bench = Bench(Path(folder), thorough=thorough, kills=kills)
        try:
            passed, remark = True, fault.run(bench)
        except NotHere as reason:
            passed, remark = None, str(reason)
        except (AssertionError, OSError, EOFError, CannotCheck) as error:
            passed, remark = False, f"{error!r}"[:1_000]
    return Row(fault, passed, remark, time.monotonic() - began)


WORDS = {True: "ok", False: "FAILED", None: "not here"}


def line(row: Row) -> str:
    """One row of the table, as Markdown."""
    sentence, remark = row.fault.sentence, row.remark.replace("|", "/")
    return f"| {row.fault.name} | {sentence} | {WORDS[row.passed]} | {remark} | {row.seconds:.0f} s |"


HEAD = ["| fault | what, and its outcome | | counts | |", "| --- | --- | --- | --- | --- |"]


def wanted(names: Iterable[str], faults: Sequence[Fault] = FAULTS) -> Sequence[Fault]:
    """The faults of these names; all where there is none. Raises KeyError."""
    known = {fault.name.upper(): fault for fault in faults}
    return [known[name.upper()] for name in names] or faults
