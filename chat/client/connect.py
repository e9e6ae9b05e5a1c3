"""Makes a client of its parts."""

import random
from collections.abc import Iterable
from pathlib import Path

from chat.client.client import Client
from chat.client.clock import Clock, LoopClock
from chat.client.connector import Connector
from chat.client.exchange import Exchange
from chat.client.inbox import Inbox
from chat.client.keeper import Keeper
from chat.client.keeping import Keeping
from chat.client.locker import Locker
from chat.client.outbox import MemoryOutbox, Outbox
from chat.client.pulse import Timings
from chat.client.resume import Resume

PORT = 10101


def connect(
    host: str = "localhost",
    port: int = PORT,
    *,
    user: str | None,
    rooms: Iterable[str] = (),
    wait: bool = False,
    folder: Path | None = None,
    offline: bool = False,
    after: int | None = None,
    log: str | None = None,
    outbox: Outbox | None = None,
    timings: Timings | None = None,
    rng: random.Random | None = None,
    clock: Clock | None = None,
) -> Client:
    """A client of the server at `host` and `port`, to be entered with `async with`.

    Entering waits for the first welcome. It raises NameRefused, and ConnectFailed unless it is to `wait`:
    then it tries on. `rooms` are joined along with the lobby. `after` and `log` resume from where an
    earlier client was (its `cursor` and `welcome.log`). `outbox` may hold what an earlier one did not get
    acknowledged. `timings`, `rng` and `clock` are for tests.

    `folder` (see `folder_for`) has all of that on disk, and a copy of what was said: the client goes on there
    after it was closed or killed. One client at a time has a folder; another goes on in memory, and says so
    with Unkept. `offline`: once it was welcomed, entering does not wait for the connection.

    Raises ValueError for a port outside 1 to 65,535, and for a `folder` along with what it has in it.
    """
    if folder is not None and (after is not None or outbox is not None):
        raise ValueError("the folder has the cursor and the outbox")
    if not 0 < port < 65_536:
        raise ValueError(f"port {port} is not between 1 and 65535")
    timings, clock = timings or Timings(), clock or LoopClock()
    rng = rng or random.SystemRandom()
    resume = Resume(user, rooms, after, log)
    outbox = MemoryOutbox() if outbox is None else outbox
    exchange = Exchange(resume, outbox, Inbox(), Keeper(), clock, rng)
    keeping = Keeping(Locker(folder), exchange, offline=offline)
    return Client(exchange, Connector(host, port, exchange, timings, rng, clock), keeping, clock, wait=wait)
