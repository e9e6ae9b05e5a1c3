"""`make bench`: our server and the peers that this machine has, turn by turn, as tables."""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from chat.descriptors import raise_limit
from tests.bench.contenders import CONTENDERS, cores
from tests.bench.measuring import Plan, Run, turns
from tests.bench.tables import report
from tests.bench.workloads import WORKLOADS
from tests.pages import filled

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure or read what is asked for, and print the tables; Ctrl-C keeps what there is until then."""
    asked = _parser().parse_args(arguments)
    runs = [run for path in asked.report for run in read(path)]
    code = 0
    if not asked.report:
        raise_limit()
        try:
            _measure(asked, runs)
        except KeyboardInterrupt:
            code = INTERRUPTED
    if not runs:
        print("nothing was measured", file=sys.stderr)
        return code or 1
    tables = report(runs)
    print(tables)
    if asked.page and not code:
        asked.page.write_text(filled(asked.page.read_text(), "bench", tables))
    return code or int(not all(run.result["sound"] for run in runs))


def _measure(asked: argparse.Namespace, runs: list[Run]) -> None:
    servers = [name for name in asked.servers if _is_here(name)]
    said(f"{len(asked.workloads)} workloads, {asked.rounds} rounds, servers: {', '.join(servers)}")
    if not cores():
        said("one core only: server and load share it, and the figures say little")
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    said(f"every run is appended to {asked.out}")
    for run in turns(Plan(servers, asked.workloads, asked.rounds, asked.seconds, asked.calm), said):
        runs.append(run)
        with asked.out.open("ab") as out:
            out.write(msgspec.json.encode(run) + b"\n")


def _is_here(name: str) -> bool:
    here = CONTENDERS[name].path is not None
    if not here:
        said(f"{name} is not on this machine and left out: {CONTENDERS[name].about}")
    return here


def said(text: str) -> None:
    """Progress, with the time of day."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def read(path: Path) -> list[Run]:
    """The runs of an earlier time."""
    return [msgspec.json.decode(line, type=Run) for line in path.read_bytes().splitlines()]


def chosen(known: Sequence[str], usual: Sequence[str]) -> dict[str, object]:
    """What argparse is told of an option that names some of what there is."""

    def names(text: str) -> list[str]:
        unknown = set(text.split(",")) - set(known)
        if unknown:
            raise argparse.ArgumentTypeError(
                f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}"
            )
        return text.split(",")

    return {"type": names, "default": list(usual), "metavar": "NAME,..."}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    usual = [name for name in CONTENDERS if name != "chat-memory"]
    parser.add_argument("--servers", help=", ".join(CONTENDERS), **chosen(list(CONTENDERS), usual))
    parser.add_argument("--workloads", help=", ".join(WORKLOADS), **chosen(list(WORKLOADS), list(WORKLOADS)))
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured (3)")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each time (3)")
    calm = "before each time, wait so long for the machine to have nothing else to do (10)"
    parser.add_argument("--calm", type=float, default=10.0, metavar="SECONDS", help=calm)
    out = Path("build") / "bench.jsonl"
    parser.add_argument("--out", type=Path, default=out, help=f"every run as a line of JSON ({out})")
    parser.add_argument(
        "--report", type=Path, action="append", default=[], help="measure nothing: an earlier --out as tables"
    )
    parser.add_argument("--page", type=Path, help="the page that the tables are written into")
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what was started is stopped
    sys.exit(main())
