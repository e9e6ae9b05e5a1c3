"""Curves from the command line to page and pictures, short; and what a picture is made of."""

import re
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.bench import curves
from tests.bench.curves import CURVES, main
from tests.bench.histories import SELDOM, Filled
from tests.bench.picture import picture, short
from tests.pages import ROOT

SVG = "{http://www.w3.org/2000/svg}"
PAGE = (ROOT / "chat" / "load" / "PERFORMANCE.md").read_text("utf-8")


def test_all_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every curve up to ten of anything: tables in a copy of the page, pictures beside it."""
    page = tmp_path / "PERFORMANCE.md"
    page.write_text(PAGE)
    assert main(["--most", "10", "--seconds", "0.2", "--page", str(page), "--into", str(tmp_path)]) == 0
    tables, progress = capsys.readouterr()
    text = page.read_text()
    for name, curve in CURVES.items():
        assert re.search(rf"{name} [\d,]+: ", progress)
        assert f"| {curve.what} |" in tables
        part = text.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]
        for drawing in curve.drawings:
            assert f"({drawing.name}.svg)" in part
            ET.parse(tmp_path / f"{drawing.name}.svg")


def test_the_time_is_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is begun any more once the time is over, and that is said."""
    assert main(["--only", "members", "--minutes", "0", "--into", str(tmp_path)]) == 0
    assert "the time is over" in capsys.readouterr().err


def test_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C keeps the points until then, as a table and a picture."""

    def one(name: str, asked: object, until: float, points: curves.Points) -> None:
        points[10] = {"deliveries/s": 5_000.0}
        raise KeyboardInterrupt

    monkeypatch.setattr(curves, "_measure", one)
    assert main(["--only", "members", "--into", str(tmp_path)]) == 130
    assert "| 10 | 5,000 |" in capsys.readouterr().out
    assert (tmp_path / "members.svg").exists()


def test_sizes_have_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more connections than there are descriptors, and no size over the one that is asked for."""
    monkeypatch.setattr("resource.getrlimit", lambda which: (20_000, 20_000))
    assert CURVES["rooms"].wanted(10**9)[-2:] == [3_000, 9_900]
    assert CURVES["connections"].wanted(10**9)[-1] == 15_000
    assert CURVES["members"].wanted(50) == [10, 30, 50]
    assert CURVES["history"].wanted(10**9)[-1] == 10_000_000


async def test_a_history_grows(tmp_path: Path) -> None:
    """It has as many messages as were asked for, more later, and all figures are there."""
    history = Filled(tmp_path)
    await history.grow(500, time.monotonic() + 60)
    assert history.size == 500 < SELDOM
    await history.grow(20_000, 0.0)
    assert history.size == 500
    found = await history.measured()
    assert min(found.values()) > 0
    assert {"newest page, ms", "search, ms", "messages/s"} <= found.keys()
    assert history.megabytes() > 0.1


def places(text: str) -> list[tuple[float, float]]:
    """Where the points of a picture are."""
    circles = ET.fromstring(text).iter(f"{SVG}circle")
    return [(float(one.get("cx", 0)), float(one.get("cy", 0))) for one in circles if len(one)]


def test_a_picture() -> None:
    """Powers of ten are evenly apart, more is higher, zero stands to the left of all; names are escaped."""
    text = picture("a < b", "below", "beside", {"one & two": [(0, 1.0), (10, 10.0), (100, 100.0)]})
    (zero, ten, hundred) = places(text)
    assert ten[0] - zero[0] == pytest.approx(hundred[0] - ten[0])
    assert zero[1] > ten[1] > hundred[1]
    said = {node.text for node in ET.fromstring(text).iter(f"{SVG}text")}
    assert {"a < b", "one & two", "below", "beside", "0", "10", "100"} <= said
    assert "prefers-color-scheme: dark" in text


def test_a_picture_of_nearly_nothing() -> None:
    """A single point, and a measure of zero, are drawn too, within the picture."""
    for points in ([(10.0, 5.0)], [(10.0, 0.0), (20.0, 0.0)]):
        for x, y in places(picture("t", "b", "u", {"one": points})):
            assert 0 <= x <= 640
            assert 0 <= y <= 360


def test_short_numbers() -> None:
    """As they stand at an axis."""
    assert [short(value) for value in (0.1, 300, 2_000, 1.5e6)] == ["0.1", "300", "2k", "1.5M"]
