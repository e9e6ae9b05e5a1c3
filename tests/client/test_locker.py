"""Where things are kept: a folder for each server and user, that nobody else reads or uses meanwhile."""

from pathlib import Path

import pytest

from chat.client.locker import Locker, folder_for
from chat.client.outbox import Item, OwnOutbox


@pytest.mark.parametrize(
    "host", ["localhost", "::1", "fe80::1%eth0", "..", "a/../../b", "c:\\x", "x" * 300, "ä"]
)
@pytest.mark.parametrize("user", ["ana", "Ana", "..", ".", "a/b", "José", "一" * 32, "\udcff", "%41"])
def test_every_name_has_a_folder_of_its_own(tmp_path: Path, host: str, user: str) -> None:
    """Whatever host and user are called, their folder is two levels below, and can be made."""
    folder = folder_for(host, 10101, user, tmp_path)
    assert folder.parent.parent == tmp_path
    folder.mkdir(parents=True)
    assert folder.resolve().is_relative_to(tmp_path.resolve())


def test_names_that_are_the_same_share_a_folder(tmp_path: Path) -> None:
    """A user whatever the case; never two servers or two users."""
    assert folder_for("Localhost", 1, "Ana", tmp_path) == folder_for("localhost", 1, "ANA", tmp_path)
    others = [
        ("localhost", 1, "ana"),
        ("localhost", 2, "ana"),
        ("localhost", 1, "bia"),
        ("localhost_1", 1, "ana"),
    ]
    others += [("a/b", 1, "ana"), ("a%2fb", 1, "ana"), ("x" * 200, 1, "ana"), ("x" * 201, 1, "ana")]
    assert len({folder_for(*other, tmp_path) for other in others}) == len(others)


async def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    """Folder and files are closed to everybody else."""
    folder = tmp_path / "l" / "@ana"
    locker = Locker(folder)
    await locker.open()
    modes = {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.iterdir()]}
    await locker.close()
    assert modes.pop("@ana") == 0o700
    assert {"copy.db", "own.db", "lock"} <= modes.keys()
    assert set(modes.values()) == {0o600}


async def test_one_at_a_time(tmp_path: Path) -> None:
    """The second is told, keeps nothing, and leaves what the first has; once that is closed it can."""
    first, second = Locker(tmp_path), Locker(tmp_path)
    await first.open()
    await second.open()
    assert (first.trouble, second.trouble, second.copy) == (None, "in_use", None)
    await second.close()
    second.clear()
    first.notes.typed("oi")
    await first.close()
    await first.close()
    again = Locker(tmp_path)
    await again.open()
    assert again.notes.lines == ["oi"]
    await again.close()


async def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    """Where no folder can be made everything goes on in memory."""
    in_the_way = tmp_path / "a-file"
    in_the_way.write_text("in the way")
    locker = Locker(in_the_way / "@ana")
    await locker.open()
    assert (locker.trouble, locker.copy) == ("unreadable", None)
    locker.outbox.add(Item("c", "#geral", "oi", 1))
    await locker.close()
    locker.clear()
    assert in_the_way.read_text() == "in the way"


async def test_nothing_of_others_is_cleared(tmp_path: Path) -> None:
    """A folder is removed with what is ours; what somebody else put there stays, and so does the folder."""
    locker = Locker(tmp_path / "s" / "@ana")
    await locker.open()
    assert isinstance(locker.outbox, OwnOutbox)
    await locker.close()
    (tmp_path / "s" / "@ana" / "foto.png").write_text("x")
    locker.clear()
    assert [path.name for path in (tmp_path / "s" / "@ana").iterdir()] == ["foto.png"]
    Locker(None).clear()
