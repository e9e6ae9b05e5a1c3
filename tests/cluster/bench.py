"""`make bench-cluster`: the same room on one machine's own history, then on one, two and three nodes.

Three nats-servers that write at once, the nodes, and the 60 clients of the room share the machine: the
figures are for comparing with each other. Each message goes to everybody, on every node; that is checked.
"""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import uvloop

from tests.cluster.natses import Natses
from tests.cluster.talkers import talk
from tests.torture.bench import Served, free_port

HEAD = ["| history | messages/s | deliveries/s | p50 ms | p99 ms | CPU us a delivery |", "| --- " * 6 + "|"]


def row(name: str, figures: dict[str, float], seconds: float) -> str:
    """A line of the table; everything has come to everybody, or it is no use."""
    wrong = {key: figures[key] for key in ("lost", "twice", "disorder")}
    assert not any(wrong.values()), wrong
    return (
        f"| {name} | {figures['sent'] / seconds:,.0f} | {figures['deliveries_per_s']:,.0f} "
        f"| {figures['p50_ms']:.1f} | {figures['p99_ms']:.1f} | {figures['cpu_us']:.1f} |"
    )


def measured(
    options: tuple[str, ...], nodes: int, clients: int, senders: int, seconds: float
) -> dict[str, float]:
    """Start so many nodes, and put the room on them."""
    with ExitStack() as stack:
        served = []
        for number in range(nodes):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            more = (*options, "--node", f"n{number}") if options else ()
            served.append(stack.enter_context(Served(folder, port=free_port(), options=more)))
        ports = [server.port() for server in served]
        pids = [server.pid for server in served]
        return uvloop.run(talk(ports, clients, senders, seconds, pids, first=nodes * clients))


def rebuilt(nats: Natses) -> str:
    """How long it takes a new node to make its copy of all that is there."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        with Served(Path(folder), options=("--cluster", ",".join(nats.urls))) as node:
            node.port()
            took = time.monotonic() - began
            size = nats.leader("CHAT").ask("/jsz?streams=true")["account_details"]
    (stream,) = [one for account in size for one in account["stream_detail"] if one["name"] == "CHAT"]
    return f"A new node: {took:.1f} s for {stream['state']['messages']:,} batches."


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench-cluster", description=__doc__)
    parser.add_argument("--clients", type=int, default=60)
    parser.add_argument("--senders", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=5.0)
    asked = parser.parse_args()
    load = (asked.clients, asked.senders, asked.seconds)
    print(*HEAD, sep="\n", flush=True)
    print(row("embedded", measured((), 1, *load), asked.seconds), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        nats = Natses(Path(folder), 3)
        try:
            nats.start()
            options = ("--cluster", ",".join(nats.urls))
            for nodes in (1, 2, 3):
                figures = measured(options, nodes, *load)
                print(row(f"cluster, {nodes} node{'s' * (nodes > 1)}", figures, asked.seconds), flush=True)
            print(rebuilt(nats))
        finally:
            nats.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
