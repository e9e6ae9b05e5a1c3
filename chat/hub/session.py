"""One coroutine per client: reads its requests, has each answered, and turns what is raised into codes."""

import asyncio
from collections.abc import Iterable

from chat import messages as m
from chat.errors import Code, Refused, StorageFailed
from chat.hub.requests import HANDLERS
from chat.hub.seat import Seat
from chat.protocol import Fault


async def attend(seat: Seat) -> None:
    """Serve one connection until it ends. Never raises for what the peer or a request does.

    Cancellation ends the session without a word; what was submitted is stored nevertheless.
    """
    try:
        while await _heard(seat, await seat.link.receive()):
            pass  # nothing of what was asked is held here: 9,000 idle sessions would keep 4 MB
        if not seat.core.stopping:
            await _part(seat)
    finally:
        seat.vacate()
        seat.link.close(seat.core.options.patience)


async def _heard(seat: Seat, items: Iterable[m.AnyRequest | Fault] | None) -> bool:
    """Answer what came; False where nothing more is to be read."""
    if items is None:
        return False
    for item in items:
        if seat.core.stopping:
            return False
        try:
            if seat.link.waiting > seat.core.options.mark:
                await seat.link.drain()  # who does not take its answers asks nothing more
            answering = HANDLERS.get(type(item), _complain)(seat, item)
            if answering is not None:
                await answering
        except Exception as error:
            await _failed(seat, item, error)
    if seat.welcomed and seat.member.in_flight >= seat.core.options.in_flight:
        await seat.settle()
    return True


async def _failed(seat: Seat, item: m.AnyRequest | Fault, error: Exception) -> None:
    """Say in a code what was raised."""
    if isinstance(error, OSError):
        return  # the connection is lost; the next read says so
    if isinstance(error, Refused) and error.wait and _is_heard_later(seat, error):
        await asyncio.sleep(error.wait / 1_000)
        if seat.welcomed:
            await _heard(seat, [item])
        return
    seat.error(_refusal(seat, item, error), item.ref, getattr(item, "cid", None))


def _is_heard_later(seat: Seat, refused: Refused) -> bool:
    """Whether somebody cannot send again what came too soon: a plain peer is heard more slowly instead."""
    return seat.link.plain and refused.code is Code.SLOW_DOWN and refused.why is None


def _refusal(seat: Seat, item: m.AnyRequest | Fault, error: Exception) -> Refused:
    """What the peer is told; what it must not know goes to the operator."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, StorageFailed):
        if error.final:
            seat.core.broken.set()
        return Refused(Code.STORAGE_FAILED)
    seat.core.console.failed(type(item).__name__, error)
    return Refused(Code.INTERNAL)


def _complain(seat: Seat, fault: Fault) -> None:
    seat.link.send(fault.answer())
    if fault.fatal:
        seat.reason = fault.code
        seat.core.console.refused(seat.link.address, fault.code)


async def _part(seat: Seat) -> None:
    """The peer says no more: give it what it still waits for, and say bye if it did."""
    try:
        async with asyncio.timeout(seat.core.options.stuck_after):
            await seat.settle()
    except TimeoutError:
        return
    if seat.parting is not None and not seat.link.closing:
        seat.link.send(seat.parting)
