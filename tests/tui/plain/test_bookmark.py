"""The small file that remembers where a filter was."""

import stat
from pathlib import Path

import pytest

from chat.errors import DataRefused
from chat.tui.plain.bookmark import Bookmark, Mark, usual


def test_it_remembers(tmp_path: Path) -> None:
    """A new file has no mark; the last one saved is there again, and only its owner reads it."""
    path = tmp_path / "mark"
    with Bookmark(path) as bookmark:
        assert bookmark.mark is None
        bookmark.save(Mark("log", 10**18))
        bookmark.save(Mark("log", 7))
    with Bookmark(path) as bookmark:
        assert bookmark.mark == Mark("log", 7)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().endswith("\n")


@pytest.mark.parametrize(
    "content", ["x", "{}", '{"log":"a","id":-1}', "\x00" * 300, '{"log":"a","id":1}' * 20]
)
def test_another_file(content: str, tmp_path: Path) -> None:
    """What is no bookmark is refused and stays as it is."""
    path = tmp_path / "mark"
    path.write_text(content)
    with pytest.raises(DataRefused) as refused:
        Bookmark(path)
    assert refused.value.reason == "damaged"
    assert path.read_text() == content


def test_one_at_a_time(tmp_path: Path) -> None:
    """Two filters with one bookmark would each skip what the other printed: the second is refused."""
    path = tmp_path / "mark"
    with Bookmark(path):
        with pytest.raises(DataRefused) as refused:
            Bookmark(path)
        assert refused.value.reason == "in_use"
    with Bookmark(path), pytest.raises(DataRefused) as refused:
        Bookmark(tmp_path)
    assert refused.value.reason == "unreadable"


def test_usual_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command has a file of its own in the user's data folder, always the same."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert usual("ana", ["#a"]) == usual("ana", ["#a"]) != usual("ana", ["#b"])
    assert usual("ana").is_relative_to(tmp_path)
