"""`chat-server --check`: whether a server could start on what it is given; it changes nothing."""

import asyncio
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from chat.errors import DataRefused
from chat.files import LOCK, lock
from chat.history import database
from chat.history.schema import HISTORY
from chat.operating import data, refusals, shared
from chat.operating.certificates import CERTIFICATE, KEY, Certificates
from chat.registry.sqlite import REGISTRY
from chat.words import mark, t

SPACE = 64 * 2**20
"""Bytes that have to be free: the history's log alone may take half of them before it is folded back."""
SPARE = 64
"""Descriptors beside those of the clients: files, listeners, and what the loop itself uses."""
_OTHERS = 0o077


class Finding(NamedTuple):
    """What was looked at, a msgid, and what is wrong with it: "" if it is as it has to be."""

    what: str
    fault: str


class Unfit(Exception):
    """Something that would keep the server from starting, or its data from being safe: a sentence."""


def findings(asked: Any) -> Iterator[Finding]:
    """Look at everything, one after the other."""
    folder = None if asked.data == data.MEMORY else data.place_of(asked.data)
    for what, look in CHECKS if asked.cluster else CHECKS[:-1]:
        try:
            look(asked, folder)
        except Unfit as error:
            yield Finding(what, str(error))
        except DataRefused as error:
            yield Finding(what, refusals.of_data(error))
        except OSError as error:
            yield Finding(what, error.strerror or str(error))
        else:
            yield Finding(what, "")


def _folder(asked: Any, folder: Path | None) -> None:
    """It is there, or can be made; it can be written, and nobody else can look into it."""
    if folder is None:
        return
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise DataRefused("unreadable", str(folder), t("not a folder that can be written"))
    if there == folder:
        _private(folder, "700")


def _lock(asked: Any, folder: Path | None) -> None:
    """No server runs on it."""
    if folder is None or not (folder / LOCK).exists():
        return
    file = os.open(folder / LOCK, os.O_RDWR)
    try:
        lock(file, folder)
    finally:
        os.close(file)


def _files(asked: Any, folder: Path | None) -> None:
    """What is kept can be read and written by its owner, and by nobody else."""
    for path in sorted(folder.iterdir()) if folder is not None and folder.is_dir() else ():
        if not os.access(path, os.R_OK | os.W_OK):
            raise DataRefused("unreadable", str(path), t("not permitted to this user"))
        _private(path, "700" if path.is_dir() else "600")


def _private(path: Path, mode: str) -> None:
    if os.name == "posix" and path.stat().st_mode & _OTHERS:
        raise Unfit(
            t("{path} can be read by others on this machine: chmod {mode} {path}", path=path, mode=mode)
        )


def _history(asked: Any, folder: Path | None) -> None:
    """It is whole, and of a version that is known."""
    for name, design in ((data.HISTORY, HISTORY), (data.REGISTRY, REGISTRY)):
        path = None if folder is None else folder / name
        if path is not None and path.exists() and path.stat().st_size:
            database.check(path, design)


def _disk(asked: Any, folder: Path | None) -> None:
    """There is room."""
    if folder is None:
        return
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < SPACE:
        place = {"free": free // 2**20, "path": folder, "needed": SPACE // 2**20}
        raise Unfit(t("{free} MB are left on the disk of {path}; make room for {needed} MB.", **place))


def _certificate(asked: Any, folder: Path | None) -> None:
    """It is one, its key is its own, and it is good for a while."""
    if asked.cert is not None:
        Certificates(Path(asked.cert), Path(asked.key))
    elif folder is not None and (folder / CERTIFICATE).exists() and (folder / KEY).exists():
        Certificates(folder / CERTIFICATE, folder / KEY)


def _address(asked: Any, folder: Path | None) -> None:
    """Its ports are free."""
    host = asked.host or "localhost"
    for port, flag in (
        (asked.port, "--port"),
        (asked.text_port, "--text-port"),
        (asked.header_port, "--header-port"),
    ):
        try:
            if port:
                _listened(host, port)
        except OSError as error:
            raise Unfit(refusals.of_listening(error, host, port, flag)) from error


def _listened(host: str, port: int) -> None:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, *_, address in found:
        socket.create_server(address[:2], family=family).close()


def _cluster(asked: Any, folder: Path | None) -> None:
    """Its nats-servers are there, and to be trusted."""
    if not asked.cluster:
        return
    settings = shared.settings(asked)
    from chat.cluster.node import connected, looked_at

    async def look() -> None:
        async with connected(settings.servers, lambda reason: None) as connection:
            await looked_at(connection, careful=settings.careful)

    asyncio.run(look())


def _descriptors(asked: Any, folder: Path | None) -> None:
    """So many clients can be connected at all."""
    if os.name != "posix":
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < asked.max_clients + SPARE:
        place = {"most": most, "fit": max(1, most - SPARE)}
        raise Unfit(t("only {most} files may be open: raise that, or --max-clients {fit}", **place))


CHECKS: tuple[tuple[str, Callable[[Any, Path | None], None]], ...] = (
    (mark("data folder"), _folder),
    (mark("lock"), _lock),
    (mark("rights of the files"), _files),
    (mark("history"), _history),
    (mark("room on the disk"), _disk),
    (mark("certificate"), _certificate),
    (mark("address and ports"), _address),
    (mark("open files"), _descriptors),
    (mark("cluster"), _cluster),
)


def report(asked: Any) -> int:
    """Print a line for each finding; the exit code: 0 if all is well, 1 if not."""
    bad = 0
    for what, fault in findings(asked):
        print(f"{t(what)}: {fault or t('ok')}", flush=True)
        bad += bool(fault)
    if not bad:
        print(t("The server can start."))
    return min(bad, 1)
