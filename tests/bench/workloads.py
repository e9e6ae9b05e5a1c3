"""What is put on each server: the workloads by their names."""

from typing import Literal

from msgspec import Struct

Kind = Literal["saturated", "paced", "idle"]


class Workload(Struct, frozen=True):
    """One load: what it is called, how its result is read, and what `chat-load` is told."""

    title: str
    kind: Kind
    load: str
    tls: bool = False
    slow: int = 0
    """Milliseconds that each fsync of our server takes longer; it is then the only one measured."""


_ROOM = "--rooms 1 --members 200 --senders 10"
_TWO = "--rooms 1 --members 2 --senders 1 --rate 50"
WORKLOADS = {
    "W1": Workload("one room of 200, as much as it can take", "saturated", f"{_ROOM} --window 16"),
    "W2": Workload(
        "one room of 1,000, as much as it can take",
        "saturated",
        "--rooms 1 --members 1000 --senders 10 --window 16",
    ),
    "W3a": Workload("one room of 200, 100 messages a second", "paced", f"{_ROOM} --rate 100"),
    "W3b": Workload("one room of 200, 500 messages a second", "paced", f"{_ROOM} --rate 500"),
    "W4": Workload(
        "100 rooms of 10, as much as it can take",
        "saturated",
        "--rooms 100 --members 10 --senders 1 --window 4",
    ),
    "W5": Workload("9,000 connections in rooms of 10, idle", "idle", "--rooms 900 --members 10 --senders 0"),
    "W6": Workload(
        "one room of 200, 160 senders with one message each under way",
        "saturated",
        "--rooms 1 --members 200 --senders 160 --window 1",
    ),
    "W1-tls": Workload("W1, encrypted", "saturated", f"{_ROOM} --window 16 --tls", tls=True),
    "quiet": Workload("two people and nobody else, 50 messages a second", "paced", _TWO),
    "quiet-5ms": Workload("the same, with a disk whose every fsync takes 5 ms longer", "paced", _TWO, slow=5),
}
