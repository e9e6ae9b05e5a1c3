"""All bad inputs, by name."""

from tests.server.inputs import Bad, named
from tests.server.inputs.frames import FRAMES
from tests.server.inputs.meanings import MEANINGS
from tests.server.inputs.payloads import PAYLOADS

INPUTS: dict[str, Bad] = named([*FRAMES, *PAYLOADS, *MEANINGS])
ROWS: dict[int, dict[str, Bad]] = {
    row: {name: one for name, one in INPUTS.items() if one.row == row}
    for row in sorted({one.row for one in INPUTS.values()})
}
"""The same by rows. Those that are missing are about time, weight or what others do: they have own tests."""
