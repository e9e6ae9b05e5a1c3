"""Whether the server still is what makes it fast: ratios of its own CPU within one run, never times."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from tests.bench.contenders import CONTENDERS, Running
from tests.bench.measuring import load

ROOM = "--rooms 1 --members 200"
LOADS = {
    "batches": f"{ROOM} --senders 10 --window 16",
    "one by one": f"{ROOM} --senders 1 --window 1",
    "encrypted": f"{ROOM} --senders 10 --window 16 --tls",
}
SECONDS, WARM = 0.8, 0.3


class Bound(Struct, frozen=True):
    """So many times the CPU for a delivery that `cheap` takes `dear` must take at least, or at most."""

    dear: str
    cheap: str
    least: float = 0.0
    most: float = float("inf")

    def broken(self, costs: Mapping[str, float]) -> str:
        """What is wrong with some costs; "" if nothing is."""
        ratio = costs[self.dear] / costs[self.cheap]
        if self.least <= ratio <= self.most:
            return ""
        return f"{self.dear} / {self.cheap} is {ratio:.2f}, not within {self.least:g} and {self.most:g}"


BOUNDS = (
    Bound(
        "one by one", "batches", least=5.0
    ),  # seen: 17 to 35; 200 messages to 200 members in one write each
    Bound("batches", "in memory", most=4.0),  # 0.8 to 1.8: what durability costs
    Bound("encrypted", "batches", most=4.0),  # 0.5 to 1.7: one record for a batch, not one for a message
)


def costs() -> dict[str, float]:
    """Microseconds of the server's CPU for a delivery, by what was done. Raises Failed, DidNotStart."""
    found = {}
    for contender, names in (("chat", list(LOADS)), ("chat-memory", ["batches"])):
        with tempfile.TemporaryDirectory() as folder, Running(CONTENDERS[contender], Path(folder)) as server:
            for name in names:
                result = load(server, LOADS[name].split(), SECONDS, WARM)
                assert result["sound"], result
                found[name if contender == "chat" else "in memory"] = float(result["server_us"])
    return found
