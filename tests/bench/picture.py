"""A curve as an SVG: both axes logarithmic, readable on a light and on a dark page. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 64, 48
COLOURS = ("#3b82d6", "#d9822b", "#2b9e6e", "#b565c0", "#8a8a8a")
"""Told apart on white and on black, also by most who see few colours."""
STYLE = """text { font: 12px sans-serif; fill: #444 } .title { font-size: 15px; font-weight: bold }
.grid { stroke: #888; stroke-opacity: .25 } .line { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) { text { fill: #ccc } }"""
UNITS = ((1e6, "M"), (1e3, "k"))

Points = Sequence[tuple[float, float]]
"""What was measured at which size; a size of 0 stands a decade before the smallest other."""


class _Axis:
    """From a value to its place, by whole decades."""

    def __init__(self, values: Sequence[float], begin: float, end: float) -> None:
        above = [value for value in values if value > 0] or [1.0]
        self._zero = math.floor(math.log10(min(above)))
        low = self._zero - (min(values, default=1.0) <= 0)
        high = max(math.ceil(math.log10(max(above))), low + 1)
        self._low, self._begin, self._scale = low, begin, (end - begin) / (high - low)
        self.ticks = range(low, high + 1)
        self.from_zero = low < self._zero

    def place(self, value: float) -> float:
        """Where a value stands."""
        return self._begin + ((math.log10(value) if value > 0 else self._low) - self._low) * self._scale

    def labels(self) -> Iterator[tuple[float, str]]:
        """Where a decade begins, and what it is called."""
        for tick in self.ticks:
            first = self.from_zero and tick == self._low
            yield self.place(10.0**tick), "0" if first else short(10.0**tick)


def short(value: float) -> str:
    """A number as a label: 300, 2k, 1.5M."""
    for unit, letter in UNITS:
        if value >= unit:
            return f"{value / unit:.3g}{letter}"
    return f"{value:.3g}"


def picture(title: str, below: str, beside: str, lines: Mapping[str, Points]) -> str:
    """The lines by their names; `below` names the axis of sizes, `beside` the unit of what was measured."""
    points = [point for line in lines.values() for point in line]
    across = _Axis([x for x, _ in points], LEFT, WIDTH - RIGHT)
    up = _Axis([y for _, y in points], HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        _text(LEFT, 20, title, "start", "title"),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, below),
        _text(8, TOP - 8, beside, "start"),
        *_grid(across, up),
        *_names(list(lines)),
    ]
    for line, colour in zip(lines.values(), COLOURS, strict=False):
        parts += _line([(across.place(x), up.place(y), x, y) for x, y in line], colour)
    return "\n".join([*parts, "</svg>", ""])


def _grid(across: _Axis, up: _Axis) -> Iterator[str]:
    for x, label in across.labels():
        yield f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}"/>'
        yield _text(x, HEIGHT - BOTTOM + 18, label)
    for y, label in up.labels():
        yield f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
        yield _text(LEFT - 8, y + 4, label, "end")


def _names(names: Sequence[str]) -> Iterator[str]:
    place = float(LEFT + 16)
    for name, colour in zip(names, COLOURS, strict=False):
        yield f'<circle cx="{place:.1f}" cy="38" r="4" fill="{colour}"/>'
        yield _text(place + 9, 42, name, "start")
        place += 30 + 6.5 * len(name)


def _line(points: Sequence[tuple[float, float, float, float]], colour: str) -> Iterator[str]:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in points)
    yield f'<polyline class="line" stroke="{colour}" points="{path}"/>'
    for x, y, size, value in points:
        said = f"<title>{short(size)}: {short(value)}</title>"
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}">{said}</circle>'


def _text(x: float, y: float, text: str, anchor: str = "middle", kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{escape(text)}</text>'
