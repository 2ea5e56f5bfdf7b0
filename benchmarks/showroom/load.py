"""The load: wrk, which posts prepared bodies over a number of connections that are kept open."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.showroom.failures import Unusable

SCRIPT = Path(__file__).with_name("load.lua")
PATIENCE_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Load:
    """What wrk saw."""

    requests: int
    rate: float
    """Answers a second."""
    p50: float
    """Milliseconds from a request to its answer; half of the answers take no longer."""
    p99: float
    failures: int
    """Answers with a status of 400 or more, and requests that got none."""


def press(url: str, bodies: Path, *, connections: int, seconds: int, core: int) -> Load:
    """Ask for some seconds, from one thread on a core of its own.

    `bodies` holds one body a line. Raises Unusable when wrk can't do it.
    """
    done = subprocess.run(
        ["taskset", "-c", str(core), wrk(), "-t1", f"-c{connections}", f"-d{seconds}s",
         f"--timeout={PATIENCE_SECONDS}s", f"--script={SCRIPT}", url, "--", str(bodies)],
        capture_output=True, text=True, check=False,
        timeout=seconds + 2 * PATIENCE_SECONDS,
    )  # fmt: skip
    if done.returncode != 0:
        raise Unusable(f"wrk failed: {done.stderr.strip()}")
    return _read(done.stdout)


def wrk() -> str:
    """Return where wrk is. Raises Unusable when it is not installed."""
    found = shutil.which("wrk")
    if found is None:
        raise Unusable("wrk is not installed; on Debian and Ubuntu: apt-get install wrk")
    return found


def _read(printed: str) -> Load:
    seen = json.loads(printed.strip().splitlines()[-1])
    return Load(
        requests=seen["requests"],
        rate=(seen["requests"] - seen["refused"]) / (seen["microseconds"] / 1e6),
        p50=seen["p50"] / 1000,
        p99=seen["p99"] / 1000,
        failures=seen["refused"] + seen["lost"],
    )
