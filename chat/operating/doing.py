"""What keeps the data of a server, done as an operator has typed it, and what came of it printed."""

import asyncio
import secrets
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from chat.errors import Code
from chat.names import Name, room_name, user_name
from chat.operating import carrying, restoring, saving, shared
from chat.operating.admin import Answer, Ask, ask
from chat.operating.archive import appearing
from chat.operating.bar import Bar
from chat.operating.data import HISTORY, REGISTRY, folder_of
from chat.registry.sqlite import read_records
from chat.words import n, t


class Failed(Exception):
    """It could not be done; why, in a sentence."""


def backup(asked: Namespace) -> None:
    """All of it into one file. Raises Failed, NotSaved, DataRefused, OSError."""
    now = time.time_ns() // 1_000_000
    to = Path(asked.to or ".")
    to = to / saving.named(now) if to.is_dir() else to
    if not to.parent.is_dir():
        raise Failed(t("There is no folder {path}.", path=to.parent))
    with Bar() as bar:
        found = saving.save(folder_of(asked.data), to, now, bar)
    print(t("Backup: {path}, with all up to message {head}.", path=to, head=found.head))


def restore(asked: Namespace) -> None:
    """A backup into a folder in place of what is there. Raises DataRefused, OSError."""
    data = folder_of(asked.data)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    with Bar() as bar:
        done = restoring.restore(Path(asked.file), data, secrets.token_hex(16), stamp, bar)
    made = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(done.manifest.made / 1_000))
    print(
        t(
            "Restored to {path}: all up to message {head}, as of {made}.",
            path=data,
            made=made,
            head=done.manifest.head,
        )
    )
    if done.kept is not None:
        print(t("What was there before is kept in {path}.", path=done.kept))
    print(t("Clients will notice: they fetch what there is now, and send again what was never stored."))


def export(asked: Namespace) -> None:
    """All of it, or a person's or a room's part, as lines. Raises Failed, BadName, DataRefused, OSError."""
    if asked.user is not None and asked.room is not None:
        raise Failed(t("--user and --room: give one of them"))
    _write_out(asked, _name(asked.user, user_name), _name(asked.room, room_name))


def hand_out(asked: Namespace) -> None:
    """One person's part as lines. Raises BadName, DataRefused, OSError."""
    _write_out(asked, user_name(asked.user), None)


def _name(raw: str | None, read: Callable[[str], Name]) -> Name | None:
    return read(raw) if raw is not None else None


def _write_out(asked: Namespace, user: Name | None, room: Name | None) -> None:
    with ExitStack() as stack:
        _write(asked, _source(asked, stack), user, room)


def _source(asked: Namespace, stack: ExitStack) -> Path:
    """The folder with all that is kept: the server's, or one with a copy of what a cluster has."""
    if not asked.cluster:
        return folder_of(asked.data)
    settings = shared.settings(asked)
    from chat.cluster.carrying import take

    made, folder = _for_now(stack), _for_now(stack)
    with Bar() as bar:
        asyncio.run(take(settings, folder, (made / HISTORY, made / REGISTRY), bar))
    return made


def _for_now(stack: ExitStack) -> Path:
    """A folder for what is on its way out of a cluster or into one."""
    return Path(stack.enter_context(TemporaryDirectory(prefix="chat-")))


def _write(asked: Namespace, data: Path, user: Name | None, room: Name | None) -> None:
    if asked.to is None or asked.to == "-":
        carrying.export(data, sys.stdout.buffer, lambda done, whole: None, user=user, room=room)
        sys.stdout.flush()
        return
    with Bar() as bar, appearing(Path(asked.to)) as out:
        count = carrying.export(data, out, bar, user=user, room=room)
    print(n("{path}: {n} entry.", "{path}: {n} entries.", count, path=asked.to))


def import_(asked: Namespace) -> None:
    """An export into a folder or a cluster that has nothing. Raises BadLine, DataRefused, OSError."""
    with ExitStack() as stack:
        data = folder_of(asked.data) if not asked.cluster else _for_now(stack)
        bar = stack.enter_context(Bar())
        source = sys.stdin.buffer if asked.file == "-" else stack.enter_context(Path(asked.file).open("rb"))
        count = carrying.bring(data, source, secrets.token_hex(16), bar)
        if asked.cluster:
            _share(asked, data, bar)
    shown = ", ".join(url.rpartition("@")[2] for url in asked.cluster) or data
    print(n("{path}: {n} entry.", "{path}: {n} entries.", count, path=shown))


def _share(asked: Namespace, data: Path, bar: Bar) -> None:
    settings = shared.settings(asked)
    from chat.cluster.carrying import bring

    asyncio.run(bring(settings, data / HISTORY, read_records(data / REGISTRY), bar))


def erase(asked: Namespace) -> None:
    """All that somebody said, by the server that runs. Raises Failed, NotSaved, BadName."""
    name = user_name(asked.user)
    do = "erase and free" if asked.free_name else "erase"
    with Bar() as bar:
        try:
            answer = asyncio.run(ask(folder_of(asked.data), Ask(do, name.shown), bar))
        except ConnectionAbortedError:
            answer = Answer(error=Code.STORAGE_FAILED)
        except OSError:
            raise Failed(t(shared.NOT_RUNNING)) from None
    if answer.error == Code.STORAGE_FAILED:
        raise Failed(
            t("Not all of it is erased yet, as the server stopped or its disk failed. Run this again.")
        )
    if answer.error:
        raise saving.NotSaved(answer.error)
    print(
        n(
            "{n} entry of {name} is empty now, here and on the disk.",
            "{n} entries of {name} are empty now, here and on the disk.",
            int(answer.lines[0]),
            name=name.shown,
        )
    )
    print(t("Backups and exports made before still have them."))
