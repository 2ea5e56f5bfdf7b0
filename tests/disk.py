"""A small disk of memory, which a test fills to the last byte."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_BLOCK = 65_536
_SMALLEST = 512


class SmallDisk:
    """A file system of its own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._weight = place / "weight"

    def fill(self) -> int:
        """Take all the room that is left; return how much it was, in bytes."""
        size = _BLOCK
        with self._weight.open("ab", buffering=0) as file:
            while size >= _SMALLEST:
                try:
                    file.write(b"\1" * size)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    size //= 2
            return file.tell()

    def clear(self) -> None:
        """Give the room back."""
        self._weight.unlink(missing_ok=True)


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[SmallDisk | None]:
    """Mount one at a place; None: this process may not."""
    place.mkdir()
    options = f"size={megabytes}m,mode=755"
    if os.geteuid() != 0 or not _done("mount", "-t", "tmpfs", "-o", options, "chaos", str(place)):
        yield None
        return
    try:
        yield SmallDisk(place)
    finally:
        # Lazily: what still has a file open there keeps it until it ends.
        _done("umount", "--lazy", str(place))


def _done(*command: str) -> bool:
    with suppress(FileNotFoundError):
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False
