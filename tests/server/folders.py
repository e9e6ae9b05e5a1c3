"""Data folders for tests: what is in them, and histories to put there."""

import io
import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from chat import words
from chat.history.base import Draft
from chat.history.sqlite import SqliteHistory
from chat.operating import keeping
from chat.operating.data import HISTORY, opened
from chat.registry.base import Deed
from tests.history.told import Told
from tests.patience import PATIENCE
from tests.processes import SERVER


def installed(*arguments: object) -> tuple[int, str, str]:
    """What the installed program ends with and says, on both its ways out."""
    done = subprocess.run(
        [SERVER, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=os.environ | {"CHAT_LANG": "en"},
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def typed(*arguments: object) -> tuple[int, str, str]:
    """The same within this process, which takes a tenth of the time; in a thread, as it has its own loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_typed, *map(str, arguments)).result()


def _typed(*arguments: str) -> tuple[int, str, str]:
    out, complaint = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    before = words.spoken()
    words.use(words.ENGLISH)
    code: object = None
    try:
        with redirect_stdout(out), redirect_stderr(complaint):
            code = keeping.run(arguments)
    except SystemExit as left:
        code = left.code
    finally:
        words.use(before)
    assert isinstance(code, int)
    out.seek(0)
    return code, out.read(), complaint.getvalue()


async def filled(
    data: Path,
    drafts: Sequence[Draft],
    records: dict[str, bytes] | None = None,
    deeds: Sequence[Deed] = (),
) -> None:
    """Put drafts, records and deeds into a folder."""
    async with opened(str(data), "full") as there:
        told = Told()
        await there.history.open(told.committed, told.failed)
        await there.registry.open()
        for one in drafts:
            there.history.submit(one)
        await told.reports(len(drafts))
        for key, value in (records or {}).items():
            await there.registry.put(key, value, 0)
        for deed in deeds:
            await there.registry.change([], deed)
        await there.history.close()
        await there.registry.close()


async def head(data: Path) -> tuple[str, int]:
    """The name of a folder's history and its head."""
    history, told = SqliteHistory(data / HISTORY), Told()
    await history.open(told.committed, told.failed)
    await history.close()
    return history.log, history.head


def listing(data: Path) -> dict[str, bytes]:
    """All files of a folder but the lock and what SQLite puts beside its own."""
    files = (path for path in sorted(data.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(data)): path.read_bytes()
        for path in files
        if path.name != "lock" and not path.name.endswith(("-shm", "-wal"))
    }
