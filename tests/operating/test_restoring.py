"""What is restored takes the place of what was there at once, and a client with a copy notices."""

import asyncio
import os
from pathlib import Path

import pytest

from chat.client import Client, connect
from chat.operating import restoring
from chat.operating.archive import pack
from chat.operating.data import HISTORY
from tests.clients import SOON
from tests.history.told import draft
from tests.processes import Launch
from tests.server.folders import filled, head, typed
from tests.torture.bench import DEADLINE, Wire, free_port


def others_words(port: int, *bodies: str) -> list[dict[str, object]]:
    """Somebody else says something; all that the server has then."""
    with Wire(port, "bia") as bia:
        for number, body in enumerate(bodies):
            bia.send("#geral", body, f"b{number}")
        return bia.everything()


async def bodies(client: Client) -> list[str]:
    """What a client shows of the lobby."""
    return [message.body for message in (await client.history("#geral")).messages]


async def test_no_message_missing_and_none_mixed(launch: Launch, tmp_path: Path) -> None:
    """It drops what is not so any more, reads what is, and what it had written goes out once.

    What was acknowledged after the backup is gone; under its id somebody else has said another thing.
    """
    data, archive, port = tmp_path / "data", tmp_path / "b.tar", free_port()
    options = ("--port", str(port), "--data", str(data))
    server = launch(*options)
    server.port()
    mine = connect("127.0.0.1", port, user="ana", folder=tmp_path / "ana", offline=True, timings=SOON)
    async with asyncio.timeout(DEADLINE), mine as ana:
        for number in range(3):
            await ana.send("#geral", f"kept {number}")
        assert (await asyncio.to_thread(typed, "backup", "--to", archive, "--data", data))[0] == 0
        assert (await ana.send("#geral", "lost")).id == 4
        assert await bodies(ana) == ["kept 0", "kept 1", "kept 2", "lost"]
        assert await asyncio.to_thread(server.stop) == 0
        waiting = ana.post("#geral", "waited")
        assert (await asyncio.to_thread(typed, "restore", archive, "--data", data))[0] == 0
        assert await asyncio.to_thread(launch(*options).port) == port
        while ana.pending:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        found = await asyncio.to_thread(others_words, port, "another thing")
        said = {str(message["body"]): message["id"] for message in found}
        assert sorted(said) == ["another thing", "kept 0", "kept 1", "kept 2", "waited"]
        assert [message["id"] for message in found] == [1, 2, 3, 4, 5]
        assert [message["cid"] for message in found].count(waiting) == 1
        while len(await bodies(ana)) < 5:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert await bodies(ana) == [message["body"] for message in found]
    again = connect("127.0.0.1", port, user="ana", folder=tmp_path / "ana", timings=SOON)
    async with asyncio.timeout(DEADLINE), again as ana:
        assert await bodies(ana) == [message["body"] for message in found]


class _Cut(Exception):
    """Here the power fails."""


async def test_cut_in_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ended before any of its renamings, there is a history all the same, and the next try restores it."""
    data, archive = tmp_path / "data", tmp_path / "b.tar"
    await filled(data, [draft(number) for number in range(3)])
    assert typed("backup", "--to", archive, "--data", data)[0] == 0
    await filled(data, [draft(number) for number in range(3, 9)])
    heads, whole = [], os.replace
    for turn in range(4):
        left = turn

        def replace(source: Path, to: Path) -> None:
            nonlocal left
            if not left:
                raise _Cut
            left -= 1
            whole(source, to)

        with monkeypatch.context() as patch:
            patch.setattr(restoring.os, "replace", replace)
            try:
                restoring.restore(archive, data, f"log{turn}", f"{turn}", lambda done, all_of_it: None)
            except _Cut:
                heads.append((await head(data))[1])
            else:
                break
    assert set(heads) == {9}
    assert await head(data) == (f"log{turn}", 3)
    assert (await head(data / "before-restore-0"))[1] == 9


def test_given_up_while_packing(tmp_path: Path) -> None:
    """An archive that was not finished is not there, under no name."""
    (tmp_path / "file").write_bytes(b"x" * 1_000)

    def told(done: int, whole: int) -> None:
        raise _Cut

    with pytest.raises(_Cut):
        pack({HISTORY: tmp_path / "file"}, tmp_path / "b.tar", 0, "log", 0, told)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
