"""A client's folder as it is after years: so many rooms, so many messages."""

import asyncio
from pathlib import Path
from random import Random

from chat.client.keeper import Keeper
from chat.client.locker import Locker
from chat.history.base import Entry

WORDS = ["oi", "gente", "hoje", "tem", "bolo", "de", "cenoura", "na", "cozinha", "quem", "vai", "reunião"]
WORDS += ["às", "três", "link", "do", "trabalho", "obrigada", "segunda", "sexta", "amanhã", "ninguém"]
SERVER = ("127.0.0.1", 1)
"""A port that nobody listens on."""
LAST = "derradeira"


async def fill(folder: Path, rooms: int, messages: int) -> None:
    """Make the folder of somebody who was welcomed, followed `rooms` and was told `messages`."""
    chance = Random(1)
    locker, keeper = Locker(folder), Keeper()
    await locker.open()
    assert locker.copy is not None
    locker.copy.reset("log", 0)
    keeper.use(locker.copy, locker.notes)
    names = [f"#sala-{number}" for number in range(rooms)]
    keeper.follow(names)
    for start in range(1, messages + 1, 1_000):
        entries = []
        for id in range(start, min(start + 1_000, messages + 1)):
            room = names[0] if id == messages else names[int(rooms * chance.random() ** 2)]
            body = LAST if id == messages else " ".join(chance.choices(WORDS, k=chance.randint(2, 20)))
            sender = f"pessoa{chance.randint(1, 300)}"
            entries.append(Entry(id, room, "", f"c-{id}", room, sender, 1_795_216_610_000 + id * 1_000, body))
        await locker.copy.keep(entries, start + len(entries) - 1)
    keeper._cursor = messages
    keeper.handled(messages)
    keeper.flush()
    await locker.close()


if __name__ == "__main__":
    import sys

    asyncio.run(fill(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
