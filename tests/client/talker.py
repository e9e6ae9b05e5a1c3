"""A program that says one line after another until it is killed, and says on stdout what was kept."""

import asyncio
import os
import sys
from pathlib import Path

from chat.client import connect
from chat.client.outbox import OwnOutbox
from tests.clients import SOON


async def main(port: int, folder: Path, first: int, last: int) -> None:
    """Lines from `first` to `last`, three at a time, whether or not there is a connection; then until all
    of them are acknowledged."""
    async with connect("127.0.0.1", port, user="ana", folder=folder, offline=True, timings=SOON) as client:
        outbox = client._exchange.posting.outbox
        assert isinstance(outbox, OwnOutbox)
        for number in range(first, last, 3):
            for each in range(number, number + 3):
                client.post("#geral", f"linha {each}")
            await outbox._own.settled()
            os.write(1, f"{number + 2}\n".encode())
        await client._exchange.posting.emptied()
        os.write(1, b"done\n")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
