"""`python -m tests.fuzz [SECONDS]`: each target in turn, each for its share of the time.

atheris (coverage-guided, libFuzzer) ends a process with code 77 where a target raises, and leaves the input
in a file `crash-...`; so each target runs in a process of its own.
"""

import subprocess
import sys

NAMES = ("framing", "messages", "protocol", "names", "texts", "addresses")
SECONDS = 600
LONGEST = 4_096
"""Bytes of an input."""


def main() -> int:
    """Run them all; 1 if any of them found something."""
    if len(sys.argv) == 3:
        return run(sys.argv[1], int(sys.argv[2]))
    share = (int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS) // len(NAMES)
    found = []
    for name in NAMES:
        print(f"{name}: {share} s", flush=True)
        if subprocess.run([sys.executable, "-m", "tests.fuzz", name, str(share)], check=False).returncode:
            found.append(name)
    print(f"a crash in: {', '.join(found)}" if found else f"{len(NAMES)} targets, no crash")
    return int(bool(found))


def run(name: str, seconds: int) -> int:
    """One target for so many seconds; leaves the process with libFuzzer's own exit code."""
    import atheris

    with atheris.instrument_imports(include=["chat"]):
        from tests.fuzz.targets import TARGETS
    arguments = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-verbosity=0", "-timeout=10"]
    atheris.Setup([sys.argv[0], *arguments], TARGETS[name])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
