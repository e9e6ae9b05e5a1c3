"""Every bad input in five cuttings, one after the other, on one installed server, judged from outside."""

from pathlib import Path

from tests.processes import FREELY, Launch, Process
from tests.server.canaries import LATE, every, misbehave, singing
from tests.server.inputs.table import INPUTS

GROWN = 20 * 2**20
"""Bytes that the server may have grown by, after all of it."""


def resources(server: Process) -> tuple[int, int, int]:
    """Open files, threads and resident bytes of a server."""
    proc = Path(f"/proc/{server.process.pid}")
    status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
    return len(list((proc / "fd").iterdir())), int(status["Threads"]), int(status["VmRSS"].split()[0]) * 1024


async def test_all_of_them_on_one_server(launch: Launch, tmp_path: Path) -> None:
    """Same process, the canary not late, files, threads and memory back, one line each, no traceback.

    It may be late as a pair is at the same time on a server that nobody misbehaves to, and five of a hundred
    later: the cores are shared, and who waits for one is late by no fault of ours. `make torture` wants all.
    """
    server = launch("--port", "0", "--data", str(tmp_path / "data"), *FREELY, anew=True)
    calm = launch("--port", "0", "--data", str(tmp_path / "calm"), *FREELY, anew=True)
    port, said = server.port(), 0
    async with singing(port, calm.port()) as (canary, reference):
        fresh = before = resources(server)
        for said, (one, cut) in enumerate(every(), 1):
            await misbehave(port, one, cut, said)
            if said == len(INPUTS):  # by now every reader of the history that is opened when asked for is
                before = resources(server)
        await canary.kika.silent()
        after = resources(server)
    assert server.process.poll() is None
    assert (after[0], after[1]) == (before[0], before[1])
    assert after[2] - fresh[2] < GROWN
    assert canary.mostly - reference.mostly < LATE
    assert server.stop() == 0
    assert server.process.stderr is not None
    assert server.process.stderr.read() == ""
    came_and_went = 2 * said
    assert sum("evil" in line for line in server.lines) == came_and_went
