"""Services that start at once: each is `disparo serve`, forked from a process that has imported it.

What a service imports takes seconds, more than all that a kill is to interrupt. This process
imports it once; for each line on its standard input it forks a `disparo serve`, and answers with
that one's process id. It ends, and kills what it forked, when its standard input does.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


class Warm:
    """The services of one state directory, one at a time, as the one that starts them sees it."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        # One thread each: a fork takes none of the others along.
        single = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        with log.open("ab") as errors:
            self._parent = subprocess.Popen(
                [sys.executable, "-m", "tests.showroom.warm"],
                env={**environment, **single},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.pid = 0

    def start(self) -> int:
        """Start a service; return its process id."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write("serve\n")
        self._parent.stdin.flush()
        self.pid = int(self._parent.stdout.readline())
        return self.pid

    def kill(self, sign: signal.Signals = signal.SIGKILL) -> None:
        """Kill the service at once, as a crash would."""
        os.kill(self.pid, sign)

    @property
    def is_running(self) -> bool:
        """Whether the service is there, be it a process that has ended and was not yet reaped."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, 0)
            return True
        return False

    def close(self) -> None:
        """Kill all that was started."""
        assert self._parent.stdin is not None
        self._parent.stdin.close()
        self._parent.wait(60)
        assert self._parent.stdout is not None
        self._parent.stdout.close()


def _preload() -> None:
    """Import what a service imports by and by."""
    import httptools
    import sklearn.linear_model
    import sklearn.pipeline
    import uvicorn.protocols.http.httptools_impl
    import uvloop

    import app.cli
    import app.inference.runtimes.sklearn_
    import app.main
    import app.services.showroom

    loaded = (httptools, sklearn.linear_model, sklearn.pipeline, uvicorn, uvloop, app)
    assert all(loaded)


def main() -> None:
    """Fork a service for each line of the standard input."""
    _preload()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps what was killed
    answers = os.dup(1)
    os.dup2(2, 1)
    children: list[int] = []
    # Not line by line through a buffer: a child must not inherit what was read ahead.
    while os.read(0, 6) == b"serve\n":
        child = os.fork()
        if child == 0:
            _serve(answers)
        children.append(child)
        os.write(answers, f"{child}\n".encode())
    for child in children:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def _serve(answers: int) -> None:
    """Become `disparo serve`."""
    from app.cli import main as disparo

    os.close(answers)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    sys.argv = ["disparo", "serve"]
    try:
        disparo()
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
