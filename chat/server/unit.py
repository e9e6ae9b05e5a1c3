"""`chat-server --unit`: the unit for systemd that comes with the package, for the program that prints it."""

import sys
from pathlib import Path

UNIT = Path(__file__).with_name("chat-server.service")


def text(program: str) -> str:
    """The unit with the program's own path in it, written so that systemd reads it as one word."""
    quoted = program.replace("%", "%%")
    return UNIT.read_text("utf-8").replace("{program}", f'"{quoted}"' if " " in quoted else quoted)


def printed() -> int:
    """Print it; the exit code."""
    print(text(str(Path(sys.argv[0]).absolute())), end="")
    return 0
