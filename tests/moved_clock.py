"""Clocks that a test moves, each for the processes of one service (clock.c says how)."""

import mmap
import shutil
import struct
import subprocess
from pathlib import Path

from tests.apart import CLOCK

_SOURCE = Path(__file__).with_name("clock.c")
_LONG = struct.Struct("l")


def compiled(directory: Path) -> Path | None:
    """Return the library to preload; None: there is no C compiler, or it makes none."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    library = directory / "clock.so"
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(_SOURCE)]
    done = subprocess.run(command, capture_output=True, check=False)
    return library if done.returncode == 0 else None


class MovableClock:
    """The clock of a replica and of all that it starts."""

    def __init__(self, file: Path) -> None:
        file.write_bytes(_LONG.pack(0))
        self.environment = {CLOCK: str(file)}
        with file.open("r+b") as opened:
            self._seconds = mmap.mmap(opened.fileno(), _LONG.size)

    def move(self, seconds: int) -> None:
        """Let it be wrong by so many seconds, as of now."""
        self._seconds[:] = _LONG.pack(seconds)

    def close(self) -> None:
        """Let go of the file."""
        self._seconds.close()
