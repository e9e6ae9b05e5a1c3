"""`make curves`: what it costs as the work grows, each curve as a table and a picture."""

import argparse
import asyncio
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from chat.descriptors import raise_limit
from chat.quantities import amount, some, whole
from tests.bench.__main__ import INTERRUPTED, chosen, page_for, said
from tests.bench.contenders import CONTENDERS, DidNotStart, Running
from tests.bench.histories import Filled
from tests.bench.measuring import Failed, load
from tests.bench.picture import picture
from tests.bench.tables import number, table
from tests.pages import filled

OTHERS = 200
"""Descriptors of the server that are no connections."""
Figures = dict[str, float]
Points = dict[int, Figures]


class Drawing(Struct, frozen=True):
    """One picture of a curve: its file's name, what it shows, in which unit, and which figures it draws."""

    name: str
    title: str
    unit: str
    figures: tuple[str, ...]


class Curve(Struct, frozen=True):
    """What grows, the sizes at which it is measured, and how; `each` connections to one of it (0: none)."""

    what: str
    sizes: tuple[int, ...]
    measure: Callable[[Sequence[int], float, float], Iterator[tuple[int, Figures]]]
    drawings: tuple[Drawing, ...]
    each: int = 0

    def wanted(self, most: int) -> list[int]:
        """The sizes up to a bound, which is the last of them."""
        if self.each:
            most = min(most, (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - OTHERS) // self.each)
        return sorted({min(size, most) for size in self.sizes})


def loaded(
    arguments: Callable[[int], str],
) -> Callable[[Sequence[int], float, float], Iterator[tuple[int, Figures]]]:
    """How a curve is measured by `chat-load` on a fresh server for each size; what it is told by the size."""

    def measure(sizes: Sequence[int], seconds: float, until: float) -> Iterator[tuple[int, Figures]]:
        for size in sizes:
            if time.monotonic() > until:
                return
            with (
                tempfile.TemporaryDirectory(prefix="chat-curve-") as folder,
                Running(CONTENDERS["chat"], Path(folder)) as server,
            ):
                result = load(server, arguments(size).split(), seconds)
            if not result["sound"]:
                raise Failed(f"something was lost, doubled or out of order: {result}")
            yield (
                size,
                {
                    "deliveries/s": result["deliveries_per_s"],
                    "µs of CPU a delivery": result["server_us"] or 0.0,
                    "p99 ms": result["latency_ms"]["p99"],
                    "log-ins/s": result["entered_per_s"],
                    "KB a connection": result["memory_kb"] or 0.0,
                },
            )

    return measure


def kept(sizes: Sequence[int], seconds: float, until: float) -> Iterator[tuple[int, Figures]]:
    """How the history is measured: one that grows from size to size, and a server started on it."""
    with tempfile.TemporaryDirectory(prefix="chat-curve-") as folder:
        data = Path(folder) / "data"
        data.mkdir(mode=0o700)
        history = Filled(data)
        for size in sizes:
            asyncio.run(history.grow(size, until))
            reached = history.size
            found = asyncio.run(history.measured())
            began = time.perf_counter()
            with Running(CONTENDERS["chat"], Path(folder)):
                found["start, ms"] = (time.perf_counter() - began) * 1e3
            yield reached, found | {"disk, MB": history.megabytes()}
            if reached < size:
                return


_RATE = "deliveries/s"
CURVES = {
    "members": Curve(
        "members of one room",
        (10, 30, 100, 300, 1_000, 3_000, 5_000),
        loaded(lambda size: f"--rooms 1 --members {size} --senders {min(10, size - 1)} --window 16"),
        (Drawing("members", "Deliveries a second in one room", _RATE, (_RATE,)),),
        each=1,
    ),
    "rooms": Curve(
        "rooms of two, in each one who speaks",
        (1, 10, 100, 1_000, 3_000, 10_000),
        loaded(lambda size: f"--rooms {size} --members 2 --senders 1 --window 4"),
        (Drawing("rooms", "Deliveries a second in many rooms of two", _RATE, (_RATE,)),),
        each=2,
    ),
    "connections": Curve(
        "connections in rooms of ten, in each one who speaks",
        (100, 300, 1_000, 3_000, 10_000, 15_000),
        loaded(lambda size: f"--rooms {max(1, size // 10)} --members 10 --senders 1 --window 4"),
        (
            Drawing(
                "connections",
                "Deliveries and log-ins a second by connections",
                "a second",
                (_RATE, "log-ins/s"),
            ),
        ),
        each=1,
    ),
    "history": Curve(
        "messages kept",
        (0, 10_000, 100_000, 1_000_000, 10_000_000),
        kept,
        (
            Drawing(
                "reading",
                "Reading from a history, and starting on it",
                "ms",
                ("newest page, ms", "old page, ms", "catching up, ms", "search, ms", "start, ms"),
            ),
            Drawing("appending", "Durable messages a second", "messages/s", ("messages/s",)),
        ),
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; Ctrl-C, or the end of the time, keeps what there is until then."""
    asked = _parser().parse_args(arguments)
    raise_limit()
    asked.into.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + asked.minutes * 60
    for name in asked.only:
        points: Points = {}
        code = 0
        try:
            _measure(name, asked, until, points)
        except KeyboardInterrupt:
            code = INTERRUPTED
        except (Failed, DidNotStart) as error:
            said(f"{name}: {error}")
            code = 1
        if points:
            _show(name, points, asked)
        if code:
            return code
    return 0


def _measure(name: str, asked: argparse.Namespace, until: float, points: Points) -> None:
    curve = CURVES[name]
    sizes = curve.wanted(asked.most)
    said(f"{name}: {curve.what}: {', '.join(f'{size:,}' for size in sizes)}")
    for size, figures in curve.measure(sizes, asked.seconds, until):
        points[size] = figures
        said(f"{name} {size:,}: " + "; ".join(f"{key}: {number(value)}" for key, value in figures.items()))
    if not points or max(points) < sizes[-1]:
        said(f"{name}: the time is over ({asked.minutes:g} minutes)")


def _show(name: str, points: Points, asked: argparse.Namespace) -> None:
    """Print the table, draw the pictures, and put both where they belong in the page."""
    curve = CURVES[name]
    text = written(curve, points)
    print(f"\n{text}\n", flush=True)
    folder = asked.page.parent if asked.page else asked.into
    for drawing in curve.drawings:
        (folder / f"{drawing.name}.svg").write_text(drawn(curve, drawing, points))
    if asked.page:
        pictures = "\n".join(f"![{drawing.title}]({drawing.name}.svg)" for drawing in curve.drawings)
        asked.page.write_text(filled(asked.page.read_text(), name, f"{pictures}\n\n{text}"))


def written(curve: Curve, points: Points) -> str:
    """The table of a curve."""
    names = list(next(iter(points.values())))
    rows = [[f"{size:,}", *(number(figures[name]) for name in names)] for size, figures in points.items()]
    return table([curve.what, *names], rows)


def drawn(curve: Curve, drawing: Drawing, points: Points) -> str:
    """One picture of it."""
    lines = {
        name.removesuffix(f", {drawing.unit}"): [(size, figures[name]) for size, figures in points.items()]
        for name in drawing.figures
    }
    return picture(drawing.title, curve.what, drawing.unit, lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.curves", description=__doc__)
    parser.add_argument("--only", help=", ".join(CURVES), **chosen(list(CURVES), list(CURVES)))
    parser.add_argument(
        "--most", type=whole(2), default=10**9, help="the largest size of anything (no bound)"
    )
    parser.add_argument("--seconds", type=some, default=3.0, help="how long each load lasts (3)")
    parser.add_argument("--minutes", type=amount, default=15.0, help="nothing is begun after so long (15)")
    into = Path("build") / "curves"
    parser.add_argument("--into", type=Path, default=into, help=f"folder of the pictures ({into})")
    parser.add_argument(
        "--page", type=page_for(*CURVES), help="the page that tables and pictures are put into, beside it"
    )
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what was started is stopped
    sys.exit(main())
