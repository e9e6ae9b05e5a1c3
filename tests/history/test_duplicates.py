"""What is sent again is stored once, however often and however mixed, also over a restart."""

import asyncio
import random
from pathlib import Path

from chat.history.base import Draft
from chat.history.sqlite import SqliteHistory

SENDS = 10_000
CIDS = 1_500
SEED = random.SystemRandom().getrandbits(32)


def draft(number: int, cid: int) -> Draft:
    """Something sent under a cid of one of three owners; each time with another body, to another room."""
    owner = f"~{cid % 3}"
    return Draft(
        f"#{number % 4}", owner, f"c{cid // 3}", f"#{number % 4}", "ana", number, f"body {number}", (), owner
    )


async def test_ten_thousand_in_any_mixture(tmp_path: Path) -> None:
    """Each gets the id of the first of its kind; there is one entry for each owner and cid."""
    dice, first = random.Random(SEED), dict[int, int]()
    for part in range(4):
        history = SqliteHistory(tmp_path / "history.db", synchronous="off")
        await history.open(lambda outcomes, head: None, lambda failures: None)
        for start in range(0, SENDS // 4, 250):
            cids = [dice.randrange(CIDS) for _ in range(250)]
            numbers = range(part * SENDS + start, part * SENDS + start + 250)
            sends = [history.append(draft(number, cid)) for number, cid in zip(numbers, cids, strict=True)]
            for cid, entry in zip(cids, await asyncio.gather(*sends), strict=True):
                assert entry.id == first.setdefault(cid, entry.id), SEED
        assert history.head == len(first) == len(set(first.values())), SEED
        await history.close()
    assert len(first) > CIDS * 0.99
