"""`chat-server`: starts, says where it can be reached, stops politely, and fails in one sentence."""

import asyncio
import contextlib
import errno
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from chat import streams, words
from chat.descriptors import raise_limit
from chat.doors.link import header_link, text_link
from chat.errors import DataRefused, StorageFailed
from chat.limits.counters import Limit
from chat.limits.gate import is_local as is_local_peer
from chat.link import server_link
from chat.names import BadName, room_name
from chat.operating import admin, keeping, operator, refusals
from chat.operating.certificates import Certificates, own
from chat.operating.chores import chores
from chat.operating.data import Data, folder_of
from chat.operating.inspecting import inspecting
from chat.operating.retaining import Keep, retaining
from chat.server import checking, collecting, readiness, stopping, unit
from chat.server.accepting import quieten
from chat.server.addresses import is_local, links
from chat.server.announcing import announce
from chat.server.arguments import chosen, parse
from chat.server.console import Console, Printer
from chat.server.reception import Door
from chat.server.reloading import Reload, on_hangup
from chat.server.securing import Security
from chat.server.server import Server
from chat.server.storing import stored
from chat.usage import wanted_language
from chat.words import mark, t

LOOPBACK = ("127.0.0.1", "::1")


def main() -> None:
    """The console script: exit code 0 after a polite stop, 1 without a start or a disk, 2 for wrong usage."""
    streams.ready()
    os.umask(0o077)
    raise_limit()
    words.use(words.language(os.environ, wanted_language(sys.argv[1:])))
    if sys.argv[1:2] and sys.argv[1] in operator.COMMANDS:
        sys.exit(operator.run(sys.argv[1:]))
    if sys.argv[1:2] and sys.argv[1] in keeping.COMMANDS:
        sys.exit(keeping.run(sys.argv[1:]))
    asked = parse(sys.argv[1:])
    words.use(words.language(os.environ, asked.lang))
    if asked.unit:
        sys.exit(unit.printed())
    if asked.check:
        sys.exit(checking.report(asked))
    printer = Printer()
    console = Console(printer, verbose=not asked.quiet)
    factory = _loop_factory()
    if factory is not None:  # the transports of the standard loop are cycles
        collecting.seldom()
    with asyncio.Runner(loop_factory=factory) as runner:
        code = runner.run(_serve(asked, console))
    printer.close()
    sys.exit(code)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one; the standard loop on Windows."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(asked: Any, console: Console) -> int:
    try:
        room_name(asked.lobby)
    except BadName:
        print(t("{name} is not a room's name: #geral, for example.", name=asked.lobby), file=sys.stderr)
        return 2
    options = chosen(asked)
    stop = stopping.on_signals()
    try:
        async with contextlib.AsyncExitStack() as opened:
            async with stopping.giving_up(stop):
                data = await opened.enter_async_context(stored(asked, console))
                server = Server(data.history, data.registry, console, options, bus=data.bus)
                await opened.enter_async_context(server)
            await _run(asked, console, data, server, stop)
            console.say(t("Server closing: what was acknowledged is kept."))
        return int(server.broken.is_set())
    except stopping.NotStarted:
        console.say(t("Stopped before it was ready: nobody was let in."))
        return 0
    except DataRefused as error:
        print(refusals.not_started(refusals.of_data(error)), file=sys.stderr)
    except StorageFailed as error:  # what a server makes at its first start
        why = DataRefused("unreadable", str(folder_of(asked.data)), str(error))
        print(refusals.not_started(refusals.of_data(why)), file=sys.stderr)
    except _CannotListen as error:
        print(refusals.not_started(str(error)), file=sys.stderr)
    return 1


async def _run(asked: Any, console: Console, data: Data, server: Server, stop: asyncio.Event) -> None:
    """Listen, and see to everything else, until it is to stop. Raises DataRefused, _CannotListen."""
    quieten(asyncio.get_running_loop(), partial(server.reception.rests, Limit.DESCRIPTORS))
    certificates = _certificates(asked, data.folder)
    security = Security(certificates.context, _anybody if asked.plaintext else is_local_peer)
    bound = await _listen(server, asked.host, asked.port, "--port", server_link, security)
    doors = await _open_doors(server, asked)
    host = asked.host if asked.host is not None else "localhost"
    handed = partial(_handed, host, bound[0][1], certificates)
    operations = admin.Admin(server.core, handed, chores(server.core, data))
    keep = Keep(asked.keep, asked.keep_messages)
    async with (
        admin.listening(operations, data.folder),
        retaining(data.history, keep, server.core.now, console.failed),
        inspecting(data.history, partial(_damaged, server, console)),
    ):
        on_hangup(Reload(sys.argv[1:], asked, server.core, console, certificates))
        announce(console, asked, bound, doors, handed(""))
        readiness.tell(readiness.READY)
        await stopping.either(stop, server.broken)
        readiness.tell(readiness.STOPPING)


def _damaged(server: Server, console: Console, error: DataRefused) -> None:
    """Go no further on a damaged file: what is added to it may be lost with the rest."""
    console.say(refusals.of_data(error))
    server.broken.set()


def _certificates(asked: Any, folder: Path) -> Certificates:
    """The operator's certificate, or the server's own. Raises DataRefused."""
    if asked.cert is not None:
        return Certificates(Path(asked.cert), Path(asked.key))
    return own(folder, asked.name)


def _handed(host: str, port: int, certificates: Certificates, invitation: str) -> list[str]:
    """The addresses to hand on, with the certificate that the server has at this moment."""
    return links(host, port, certificates.fingerprint, invitation)


def _anybody(address: str) -> bool:
    return True


class _CannotListen(Exception):
    """An address cannot be listened on; why and what to do, in a sentence."""


async def _open_doors(server: Server, asked: Any) -> list[str]:
    """Open the doors that are asked for; a line for each, with its port."""
    lines = []
    for port, flag, line, door in (
        (asked.text_port, "--text-port", mark("Plain text (nc): port {port}"), text_link),
        (asked.header_port, "--header-port", mark("64-byte header: port {port}"), header_link),
    ):
        if port is not None:
            if not (asked.plaintext or is_local(asked.host or "localhost")):
                raise _CannotListen(
                    t("{flag} is in the clear; if that is meant, add --plaintext.", flag=flag)
                )
            bound = await _listen(server, asked.host, port, flag, door)
            lines.append(t(line, port=bound[0][1]))
    return lines


async def _listen(
    server: Server,
    host: str | None,
    port: int,
    flag: str,
    door: Door,
    security: Security | None = None,
) -> list[tuple[str, int]]:
    """Listen on one host, or by default on both loopback addresses, under the same port."""
    try:
        if host is not None:
            return await server.listen(host, port, door, security)
        return await _listen_locally(server, port, door, security)
    except OSError as error:
        raise _CannotListen(refusals.of_listening(error, host or "localhost", port, flag)) from error


async def _listen_locally(
    server: Server, port: int, door: Door, security: Security | None
) -> list[tuple[str, int]]:
    bound = await server.listen(LOOPBACK[0], port, door, security)
    try:
        bound += await server.listen(LOOPBACK[1], bound[0][1], door, security)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise
        # no IPv6 on this machine
    return bound
