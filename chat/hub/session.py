"""One coroutine per client: reads its requests, has each answered, and turns what is raised into codes."""

import asyncio
from collections.abc import Iterator

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


async def _heard(seat: Seat, items: Iterator[m.AnyRequest | Fault] | None) -> bool:
    """Answer what came; False where nothing more is to be read."""
    if items is None:
        return False
    for item in items:
        if seat.core.stopping:
            return False
        await _attend(seat, item)
    if seat.welcomed and seat.member.in_flight >= seat.core.options.in_flight:
        await seat.settle()
    return True


async def _attend(seat: Seat, item: m.AnyRequest | Fault) -> None:
    try:
        if seat.link.waiting > seat.core.options.mark:
            await seat.link.drain()  # who does not take its answers asks nothing more
        if isinstance(item, Fault):
            _complain(seat, item)
            return
        answering = HANDLERS[type(item)](seat, item)
        if answering is not None:
            await answering
    except Refused as error:
        if seat.link.plain and error.code is Code.SLOW_DOWN and error.wait and error.why is None:
            await _later(seat, item, error.wait)
            return
        refused = error
    except StorageFailed as error:
        refused = Refused(Code.STORAGE_FAILED)
        if error.final:
            seat.core.broken.set()
    except OSError:
        return  # the connection is lost; the next read says so
    except Exception as error:
        seat.core.console.failed(type(item).__name__, error)
        refused = Refused(Code.INTERNAL)
    else:
        return
    seat.error(refused, item.ref, getattr(item, "cid", None))


async def _later(seat: Seat, item: m.AnyRequest | Fault, wait: int) -> None:
    """A plain peer cannot send again what came too soon: it is heard more slowly instead."""
    await asyncio.sleep(wait / 1_000)
    if seat.welcomed:
        await _attend(seat, item)


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
