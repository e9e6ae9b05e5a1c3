"""All nodes write nothing for a moment: who asked for it goes on when each has answered, or is late."""

import asyncio
from collections.abc import Callable

import nats.errors
import pytest

from chat.cluster import halting, stillness
from chat.cluster.halting import Halting
from chat.cluster.peers import Halt, Halted, Saying, decode, encode
from chat.cluster.stillness import Stillness
from tests.fakes import until
from tests.patience import PATIENCE

Deaf = Callable[[Saying], bool]
NAMES = ("um", "dois", "tres")


class Wire:
    """What one says all hear at once, but for those that are deaf to it."""

    def __init__(self) -> None:
        self.stillness = {name: Stillness() for name in NAMES}
        self.nodes = {name: self._node(name) for name in NAMES}
        self.deaf: dict[str, Deaf] = {}
        self.cut = False

    def _node(self, name: str) -> Halting:
        async def say(said: Saying) -> None:
            if self.cut:
                raise nats.errors.ConnectionClosedError
            for other, node in self.nodes.items():
                if not self.deaf.get(other, lambda said: False)(said):
                    heard = decode(encode(said))
                    (node.hear_halt if isinstance(heard, Halt) else node.hear_halted)(heard)

        return Halting(self.stillness[name], lambda: (name, name, 0), say)

    def still(self) -> list[str]:
        """Who holds what it writes."""
        return [name for name, one in self.stillness.items() if one._timer is not None]


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Three nodes, and all the time there is for an answer."""
    monkeypatch.setattr(halting, "ANSWERED", PATIENCE)
    return Wire()


async def test_it_waits_for_who_writes(wire: Wire) -> None:
    """It begins once the last has its answer, whatever was said of another one; at its end all go on."""
    begun = asyncio.Event()

    async def halted() -> None:
        async with wire.nodes["um"].halted(NAMES):
            assert wire.still() == [*NAMES]
            begun.set()

    with wire.stillness["tres"].writing():
        halting_all = asyncio.create_task(halted())
        await until(lambda: wire.nodes["um"]._waited_for == {"tres"})
        wire.nodes["um"].hear_halted(Halted("tres", "tres", 0, "the one before"))
        await asyncio.sleep(0)
        assert wire.still() == [*NAMES]
        assert not begun.is_set()
    await asyncio.wait_for(halting_all, PATIENCE)
    assert begun.is_set()
    assert wire.still() == []


async def test_it_does_not_wait_for_ever(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older node, or one that hears nothing, answers nothing: the others halt without it."""
    monkeypatch.setattr(halting, "ANSWERED", 0.01)
    wire.deaf["dois"] = lambda said: True
    async with wire.nodes["um"].halted(NAMES):
        assert wire.still() == ["um", "tres"]
    assert wire.still() == []


async def test_who_misses_the_end_goes_on_by_itself(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node must never stay held."""
    monkeypatch.setattr(stillness, "LONGEST", 0.05)
    wire.deaf["dois"] = lambda said: isinstance(said, Halt) and said.seconds == 0
    async with wire.nodes["um"].halted(NAMES):
        pass
    await asyncio.wait_for(wire.stillness["dois"].over(), PATIENCE)
    assert wire.still() == []


async def test_the_connection_is_lost_meanwhile(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody hears of the end, and nothing is raised: all go on by themselves."""
    monkeypatch.setattr(stillness, "LONGEST", 0.05)
    async with wire.nodes["um"].halted(NAMES):
        wire.cut = True
    for one in wire.stillness.values():
        await asyncio.wait_for(one.over(), PATIENCE)


async def test_a_node_that_ends_answers_no_more(wire: Wire) -> None:
    """Nothing of it runs on."""
    with wire.stillness["tres"].writing():
        wire.nodes["tres"].hear_halt(Halt("um", "um", 0, "a", 1.0))
        await asyncio.sleep(0)
        await wire.nodes["tres"].close()
        await until(lambda: not wire.nodes["tres"]._answering)
    wire.stillness["tres"].end()
