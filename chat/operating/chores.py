"""What an operator asks of a running server that takes long: done beside all else, told how far it is."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from functools import partial

from chat.history.backing import Told
from chat.hub.core import Core
from chat.names import user_name
from chat.operating import erasing, saving
from chat.operating.admin import Answer, Chore
from chat.operating.data import STAGED, Data

LOOK = 0.25
"""Seconds between two answers that say how far it is."""

Work = Callable[[str, Told], Awaitable[list[str]]]
"""What does a chore: given what it is about, it tells how far it is, and returns lines to print."""


def chores(core: Core, data: Data) -> Mapping[str, Chore]:
    """What may be asked of a server over the data of a folder."""

    async def stage(about: str, told: Told) -> list[str]:
        if not (about.startswith(STAGED) and about.removeprefix(STAGED).isalnum()):
            raise ValueError("not a folder of ours")
        await saving.stage(data.history, data.registry, data.folder / about, told)
        return []

    async def erase(about: str, told: Told, *, free: bool) -> list[str]:
        return [str(await erasing.erase(core, data, user_name(about), told, free=free))]

    works: dict[str, Work] = {
        "stage": stage,
        "erase": partial(erase, free=False),
        "erase and free": partial(erase, free=True),
    }
    return {name: partial(_answers, work) for name, work in works.items()}


async def _answers(work: Work, about: str) -> AsyncGenerator[Answer, None]:
    """Do something, with an answer now and then until it is done; given up when nobody wants the next."""
    done, whole = 0, 1

    def told(now: int, all_of_it: int) -> None:
        nonlocal done, whole
        done, whole = now, max(1, all_of_it)

    task = asyncio.ensure_future(work(about, told))
    try:
        while not (await asyncio.wait([task], timeout=LOOK))[0]:
            yield Answer(done=done, whole=whole)
        yield Answer(task.result())
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
