"""The post of launcher on this machine: of the services that share a state directory, one holds it.

Whoever wants the launcher to look at the queue writes into the post's pipe, from any process.
"""

import fcntl
import os
import select
from contextlib import suppress
from pathlib import Path


class Post:
    """A lock and a named pipe in a directory. The lock ends with the process that holds it."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = directory / "lock"
        self._pipe = directory / "wake"
        self._descriptors: list[int] = []

    def take(self) -> bool:
        """Take the post; False: another process holds it."""
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        with suppress(FileExistsError):
            os.mkfifo(self._pipe, 0o600)
        pipe = os.open(self._pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._descriptors = [pipe, descriptor]
        return True

    def leave(self) -> None:
        """Let another process have the post."""
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors = []

    def wake(self) -> None:
        """Wake the holder, whichever process that is."""
        with suppress(OSError):  # nobody holds the post, or it is woken already
            pipe = os.open(self._pipe, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                os.write(pipe, b".")
            finally:
                os.close(pipe)

    def wait(self, seconds: float) -> None:
        """Wait to be woken, as the holder of the post."""
        pipe = self._descriptors[0]
        if select.select([pipe], [], [], seconds)[0]:
            with suppress(BlockingIOError):
                os.read(pipe, 65_536)
