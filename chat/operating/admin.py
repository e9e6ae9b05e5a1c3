"""What the operator may do while the server runs: operations asked for over a socket in its data folder.

The socket is for the server's own user: it is 0600 in a folder of 0700. One request, one answer, one line
of JSON each; an operation without a name of ours, or of the wrong shape, is answered by an error.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from chat import proof
from chat.errors import ChatError, Code, Refused, StorageFailed
from chat.hub.core import Core
from chat.hub.people import User
from chat.names import user_name
from chat.operating.housekeeping import HOUSEKEEPING
from chat.registry import admission, owners
from chat.registry.admission import Registration

SOCKET = "admin.sock"
PATIENCE = 10.0
"""Seconds that an operator's program has for its request."""
_LONGEST = 65_536
_TOKEN = 16
"""Bytes of an invitation: 128 bits, beyond guessing."""


class Ask(Struct, frozen=True):
    """What is asked for: an operation and what it is about."""

    do: str
    about: str = ""


class Answer(Struct, frozen=True, omit_defaults=True):
    """What came of it: lines to print, or why not, as a short code.

    One with a `whole` is not the last: so much of it is done.
    """

    lines: list[str] = []
    error: str = ""
    done: int = 0
    whole: int = 0


Chore = Callable[[str], AsyncGenerator[Answer, None]]
"""What takes long: given what it is about, it tells how far it is and at last what came of it."""


class Admin:
    """The operations; `links` makes the addresses to hand on, with an invitation in them."""

    def __init__(
        self, core: Core, links: Callable[[str], list[str]], chores: Mapping[str, Chore] | None = None
    ) -> None:
        self.core = core
        self.links = links
        self.chores = chores or {}

    async def answers(self, request: bytes) -> AsyncGenerator[Answer, None]:
        """Do what is asked; the last answer says what came of it. Never raises for what is asked."""
        try:
            ask = msgspec.json.decode(request, type=Ask)
            if ask.do not in self.chores:
                yield Answer(await OPERATIONS[ask.do](self, ask.about))
                return
            async with aclosing(self.chores[ask.do](ask.about)) as answers:
                async for answer in answers:
                    yield answer
        except (ChatError, OSError, msgspec.MsgspecError, ValueError, RecursionError, KeyError) as error:
            yield Answer(error=_code(error))


def _code(error: Exception) -> str:
    """What is answered to what went wrong."""
    if isinstance(error, Refused):
        return error.why or error.code
    if isinstance(error, StorageFailed | OSError):
        return Code.STORAGE_FAILED
    return Code.SLOW_DOWN if isinstance(error, ChatError) else "bad_request"  # changed at the same moment


async def _invite(admin: Admin, about: str) -> list[str]:
    token = proof.encoded(admin.core.chance(_TOKEN))
    await admission.invite(admin.core.registry, token, admin.core.now())
    return admin.links(token)


async def _free(admin: Admin, about: str) -> list[str]:
    """Let anybody have a name again; whoever is here under it is sent off."""
    name = user_name(about)
    if not await owners.free(admin.core.registry, name):
        raise Refused(Code.NO_SUCH_USER)
    return [name.shown]


async def _registration(admin: Admin, about: str) -> list[str]:
    """Say who may take a free name, or decide it."""
    if about:
        await admission.set_registration(admin.core.registry, Registration(about))
    return [admission.registration(admin.core.registry)]


async def _names(admin: Admin, about: str) -> list[str]:
    """Every name that is somebody's, with its key's fingerprint."""
    return [f"{owner.name}  {proof.shown(owner.key)}" for owner in owners.everybody(admin.core.registry)]


async def _sessions(admin: Admin, about: str) -> list[str]:
    """Who is here, on this node, and how often."""
    people = sorted(filter(_is_here, admin.core.hub.people), key=lambda user: user.name.key)
    return [f"{user.name.shown}  {len(user.members)}{'  guest' * user.guest}" for user in people]


def _is_here(user: User) -> bool:
    return bool(user.members)


async def _cluster(admin: Admin, about: str) -> list[str]:
    """The nodes and what is between them."""
    return await admin.core.bus.report()


async def _hand_over(admin: Admin, about: str) -> list[str]:
    """Have a server that is between the nodes lead nothing, so that it may be stopped."""
    if not about:
        raise ValueError("which one?")
    return await admin.core.bus.hand_over(about)


async def _counters(admin: Admin, about: str) -> list[str]:
    """How often each bound has been reached since the start."""
    return admin.core.counters.lines()


def _keeping(
    run: Callable[[Core, str], Awaitable[list[str]]],
) -> Callable[[Admin, str], Awaitable[list[str]]]:
    return lambda admin, about: run(admin.core, about)


OPERATIONS: dict[str, Callable[[Admin, str], Awaitable[list[str]]]] = {
    "invite": _invite,
    "free": _free,
    "registration": _registration,
    "names": _names,
    "sessions": _sessions,
    "counters": _counters,
    "cluster": _cluster,
    "hand-over": _hand_over,
    **{name: _keeping(run) for name, run in HOUSEKEEPING.items()},
}
"""What may be asked for."""


@asynccontextmanager
async def listening(admin: Admin, folder: Path) -> AsyncIterator[None]:
    """Answer the operator over the socket in a folder, where the system has such sockets.

    Where it cannot be made (a path of more than 107 bytes) the console is told, and the server goes on.
    """
    if not hasattr(asyncio, "start_unix_server"):  # Windows
        yield
        return
    path = folder / SOCKET

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                request = await reader.readline()
            async with aclosing(admin.answers(request)) as answers:
                async for answer in answers:
                    writer.write(msgspec.json.encode(answer) + b"\n")
                    await writer.drain()
        except (OSError, ValueError):
            pass  # too slow, too long, or gone
        finally:
            writer.close()

    try:
        path.unlink(missing_ok=True)  # of a server that was killed: the folder is locked, so it is nobody's
        server = await asyncio.start_unix_server(attend, path, limit=_LONGEST)
        os.chmod(path, 0o600)
    except OSError as error:
        admin.core.console.failed("admin", error)
        yield
        return
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


def _untold(done: int, whole: int) -> None:
    """Nobody wants to know how far it is."""


async def ask(folder: Path, asked: Ask, told: Callable[[int, int], None] = _untold) -> Answer:
    """Ask the server of a data folder; `told` how far it is, where it takes long.

    Raises OSError if none runs there, or it does not answer; ConnectionAbortedError if it stops meanwhile.
    """
    if not hasattr(asyncio, "open_unix_connection"):  # Windows
        raise OSError("no such sockets here")
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_unix_connection(folder / SOCKET, limit=2**24)
    try:
        writer.write(msgspec.json.encode(asked) + b"\n")
        while True:
            async with asyncio.timeout(PATIENCE):
                answer = msgspec.json.decode(await reader.readline(), type=Answer)
            if not answer.whole:
                return answer
            told(answer.done, answer.whole)
    except msgspec.MsgspecError as error:
        raise ConnectionAbortedError("no answer") from error
    finally:
        writer.close()
