"""`make torture`: provokes every fault, and prints the table of what became of it."""

import argparse
import sys

from tests.torture.table import CLUSTER, FAULTS, HEAD, line, provoke, wanted


def main() -> int:
    """Provoke and print; 1 if any outcome was not the stated one."""
    parser = argparse.ArgumentParser(prog="make torture", description="every fault, and its one outcome")
    parser.add_argument("faults", nargs="*", metavar="F1", help="only these")
    parser.add_argument("--cluster", action="store_true", help="the faults of a cluster (F23 to F31)")
    parser.add_argument("--kills", type=int, help="SIGKILLs of F1 (default: 200), of F23 (default: 20)")
    parser.add_argument("--short", action="store_true", help="each only a few times")
    asked = parser.parse_args()
    print(*HEAD, sep="\n", flush=True)
    failed = 0
    kills = asked.kills or (20 if asked.cluster else 200)
    for fault in wanted(asked.faults, CLUSTER if asked.cluster else FAULTS):
        row = provoke(fault, thorough=not asked.short, kills=kills)
        failed += row.passed is False
        print(line(row), flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
