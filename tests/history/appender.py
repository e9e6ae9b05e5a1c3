"""A program that appends until it is killed, and says on stdout what was acknowledged."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from chat.history.base import Failure, Outcome
from chat.history.sqlite import SqliteHistory
from tests.history.told import draft

SENDERS = 50


async def main(path: Path, first: int) -> None:
    """50 senders, each of which sends again as soon as it was acknowledged."""
    number = first

    def say() -> None:
        nonlocal number
        number += 1
        history.submit(draft(number, room=f"#{number % 5}", owner=f"u{number % 20}"))

    def committed(outcomes: Sequence[Outcome], head: int) -> None:
        lines = (f"{outcome.entry.id} {outcome.entry.owner} {outcome.entry.cid}\n" for outcome in outcomes)
        os.write(1, "".join(lines).encode())
        for _ in outcomes:
            say()

    def failed(failures: Sequence[Failure]) -> None:
        os.write(2, repr(failures).encode())

    history = SqliteHistory(path)
    await history.open(committed, failed)
    for _ in range(SENDERS):
        say()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
