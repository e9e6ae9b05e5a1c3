"""A program that puts things into an outbox until it is killed, and says on stdout what was kept."""

import asyncio
import os
import sys
from pathlib import Path

from chat.history.own import Item, Own


async def main(path: Path, first: int) -> None:
    """Five at a time; every third is dropped again, as if a server had it."""
    own = Own(path)
    await own.open()

    async def say(number: int) -> None:
        await own.put(Item(f"c{number}", "#geral", f"olá {number}", number))
        os.write(1, f"put {number}\n".encode())
        if number % 3 == 0:
            os.write(1, f"dropping {number}\n".encode())
            await own.drop(f"c{number}")
            os.write(1, f"dropped {number}\n".encode())

    number = first
    while True:
        await asyncio.gather(*(say(number + i) for i in range(5)))
        await own.draft("#geral", f"rascunho {number}")
        os.write(1, f"draft {number}\n".encode())
        number += 5


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
