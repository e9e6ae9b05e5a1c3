"""`make torture`: provokes every fault, and prints the table of what became of it."""

import argparse
import sys

from tests.torture.table import HEAD, line, provoke, wanted


def main() -> int:
    """Provoke and print; 1 if any outcome was not the stated one."""
    parser = argparse.ArgumentParser(prog="make torture", description="every fault, and its one outcome")
    parser.add_argument("faults", nargs="*", metavar="F1", help="only these")
    parser.add_argument("--kills", type=int, default=200, help="SIGKILLs of F1 (default: 200)")
    parser.add_argument("--short", action="store_true", help="each only a few times")
    asked = parser.parse_args()
    print(*HEAD, sep="\n", flush=True)
    failed = 0
    for fault in wanted(asked.faults):
        row = provoke(fault, thorough=not asked.short, kills=asked.kills)
        failed += row.passed is False
        print(line(row), flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
