"""Stands in for `disparo` on a node: a process of the tests' warm parent, tied to this one.

The command itself takes seconds of a core to start, more than most tests ask of it; that it works
too is for the test that starts it cold.
"""

import os
import signal
import subprocess
import sys

sys.path.insert(0, os.environ.pop("TESTS_ROOT"))

from tests import warm


def main() -> int:
    """Run it, hand on what Slurm sends, and end as it does."""
    process = warm.start(*sys.argv[1:], output=sys.stdout.buffer, errors=sys.stderr.buffer)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            code = process.wait(1.0)
        except subprocess.TimeoutExpired:
            continue
        return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
