"""One check from its first hello to its verdict."""

import asyncio
from collections.abc import Callable, Coroutine

from msgspec import Struct

from chat.check.keeper import Keeper
from chat.check.plan import Plan
from chat.check.scene import Scene, Settings
from chat.check.talker import Talker
from chat.check.tasks import beside, together
from chat.check.verdict import Verdict, judge


class Report(Struct, frozen=True, kw_only=True):
    """What a check found; `kills` and `ends` are of a server of its own."""

    run: str
    seed: int
    seconds: float
    connections: int
    cuts: int
    kills: int
    ends: int
    history_replaced: bool
    verdict: Verdict

    @property
    def passed(self) -> bool:
        """Whether there is no fault, and something that there could have been a fault in."""
        return not self.verdict.faults and self.verdict.acknowledged > 0


async def check(
    settings: Settings, run: str, watch: Callable[[Scene], Coroutine[None, None, None]]
) -> Report:
    """Check a server. `run` is in all names, and differs from run to run on one history.

    `watch` runs beside it. Raises CannotCheck. Cancellation leaves what was said on the server.
    """
    scene = Scene(settings, run)
    keeper = Keeper(scene)
    began = asyncio.get_running_loop().time()
    keeping = [keeper.run()] if settings.command else []
    try:
        await beside(_talk(scene), watch(scene), _stop_in_time(scene), *keeping)
    finally:
        await keeper.stop()
    return Report(
        run=run,
        seed=settings.seed,
        seconds=asyncio.get_running_loop().time() - began,
        connections=scene.connections,
        cuts=scene.cuts,
        kills=keeper.kills,
        ends=keeper.ends,
        history_replaced=scene.replaced,
        verdict=judge(scene.ledger),
    )


async def _talk(scene: Scene) -> None:
    settings, often = scene.settings, scene.settings.often
    talkers = [
        Talker(scene, Plan(settings.seed, number, scene.users, scene.rooms, settings.faults, often), number)
        for number in range(settings.clients)
    ]
    await together(*(talker.live() for talker in talkers))
    await together(*(talker.read_back() for talker in talkers))


async def _stop_in_time(scene: Scene) -> None:
    """End the talking by the clock, unless a number of kills ends it."""
    await scene.met("in").wait()
    if not scene.settings.kills:
        await asyncio.sleep(scene.settings.seconds)
        scene.stop()
