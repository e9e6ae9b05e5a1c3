"""`make bench`: our server and the peers that this machine has, turn by turn, as tables."""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from chat.descriptors import raise_limit
from chat.quantities import amount, some, whole
from tests.bench.contenders import CONTENDERS, cores
from tests.bench.measuring import Failed, Plan, Run, turns
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
            code = int(not _measure(asked, runs))
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


def _measure(asked: argparse.Namespace, runs: list[Run]) -> bool:
    """Add each run to `runs` and to the file; whether all came about."""
    servers = [name for name in asked.servers if _is_here(name)]
    said(f"{len(asked.workloads)} workloads, {asked.rounds} rounds, servers: {', '.join(servers)}")
    if not cores():
        said("one core only: server and load share it, and the figures say little")
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    said(f"every run is appended to {asked.out}")
    mend(asked.out)
    whole = True
    for run in turns(Plan(servers, asked.workloads, asked.rounds, asked.seconds, asked.calm), said):
        if isinstance(run, Failed):
            whole = False
            continue
        runs.append(run)
        with asked.out.open("ab") as out:
            out.write(msgspec.json.encode(run) + b"\n")
    return whole


def _is_here(name: str) -> bool:
    here = CONTENDERS[name].path is not None
    if not here:
        said(f"{name} is not on this machine and left out: {CONTENDERS[name].about}")
    return here


def said(text: str) -> None:
    """Progress, with the time of day."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def mend(path: Path) -> None:
    """End the last line of a file that was cut in it, or what is appended would be lost with it."""
    if path.exists() and not f"\n{path.read_text()}".endswith("\n"):
        with path.open("ab") as out:
            out.write(b"\n")


def read(path: Path) -> Iterator[Run]:
    """The runs of an earlier time; a line that is none, because it was cut, is told and left out."""
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            yield msgspec.json.decode(line, type=Run)
        except msgspec.DecodeError as error:
            said(f"{path}, line {number} is left out: {error}")


def page_for(*marks: str) -> Callable[[str], Path]:
    """What reads the name of a page that has a place for tables. Raises ArgumentTypeError."""

    def read_page(text: str) -> Path:
        page = file(text)
        for mark in marks:
            if f"<!-- {mark} -->" not in page.read_text():
                raise argparse.ArgumentTypeError(f"{text} has no line <!-- {mark} --> for the tables")
        return page

    return read_page


def file(text: str) -> Path:
    """A file that is there. Raises ArgumentTypeError."""
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return Path(text)


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
    parser.add_argument("--rounds", type=whole(1), default=3, help="how often each is measured (3)")
    parser.add_argument("--seconds", type=some, default=3.0, help="how long each time (3)")
    calm = "before each time, wait so long for the machine to have nothing else to do (10)"
    parser.add_argument("--calm", type=amount, default=10.0, metavar="SECONDS", help=calm)
    out = Path("build") / "bench.jsonl"
    parser.add_argument("--out", type=Path, default=out, help=f"every run as a line of JSON ({out})")
    parser.add_argument(
        "--report", type=file, action="append", default=[], help="measure nothing: an earlier --out as tables"
    )
    help_page = "the page that the tables are written into, if every run came about"
    parser.add_argument("--page", type=page_for("bench"), help=help_page)
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what was started is stopped
    sys.exit(main())
