"""The directory in which the processes of one service share what they count.

prometheus-client keeps each process's counts in files there, named by its id. The directory belongs
to the process that starts the others, and is locked as long as that one lives: one whose lock can
be had belongs to nobody, and is removed at the next start. What a process has counted that is no
more is added to the file of process 0, which there is never: counts do not go back, and the
directory does not grow with each process that dies.
"""

import contextlib
import fcntl
import os
import shutil
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import psutil

from app.errors import BusyError

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""By which prometheus-client knows the directory; it looks when it is imported."""
_OWNER = "owner.lock"
_TURN = "turn.lock"
_PROCESSOR = "processor.seconds"
_NOBODY = "0"
_SUMMED = ("counter", "histogram", "summary")
_LOOK_SECONDS = 0.02


class Workers:
    """The processes of one service, seen from one of them."""

    def __init__(self, directory: Path, *, parent: int) -> None:
        self.directory = directory
        self.parent = parent
        """The process that started the others."""

    def processor_seconds(self) -> float:
        """Return the processor time of all, also of those that are no more; in a turn.

        One that dies is for a moment neither a child nor among its parent's ended children: what
        was told before is the least that is told.
        """
        seconds = 0.0
        with contextlib.suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self.parent)
            own = parent.cpu_times()
            seconds = own.user + own.system + own.children_user + own.children_system
            for child in parent.children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    times = child.cpu_times()
                    seconds += times.user + times.system
        file = self.directory / _PROCESSOR
        with contextlib.suppress(FileNotFoundError, ValueError):
            seconds = max(seconds, float(file.read_text()))
        file.write_text(repr(seconds))
        return seconds

    def processes(self) -> list[psutil.Process]:
        """Return the processes that live: the parent first."""
        with contextlib.suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self.parent)
            return [parent, *(one for one in parent.children() if self._counts(one))]
        return [psutil.Process()]

    def _counts(self, process: psutil.Process) -> bool:
        with contextlib.suppress(psutil.NoSuchProcess):
            is_dead = process.status() == psutil.STATUS_ZOMBIE
            return not is_dead and any(self.directory.glob(f"*_{process.pid}.db"))
        return False

    @contextlib.contextmanager
    def turn(self, seconds: float) -> Iterator[None]:
        """Hold all other threads and processes off meanwhile. Raises BusyError."""
        with (self.directory / _TURN).open("a") as file:
            _lock_within(file.fileno(), seconds)
            yield

    def files(self) -> list[str]:
        """Return the files that hold counts: one that is just being made is empty."""
        return [str(one) for one in self.directory.glob("*.db") if _size(one)]

    def bury(self) -> None:
        """Sum up what those have counted that are no more, and remove their files; in a turn."""
        living = {str(one.pid) for one in self.processes()}
        files: defaultdict[str, list[Path]] = defaultdict(list)
        for file in self.directory.glob("*.db"):
            kind, _, pid = file.stem.rpartition("_")
            if pid not in living and pid != _NOBODY:
                files[kind].append(file)
        for kind, some in files.items():
            if kind in _SUMMED:
                self._sum_up(kind, some)
            for file in some:
                file.unlink(missing_ok=True)

    def _sum_up(self, kind: str, files: list[Path]) -> None:
        from prometheus_client.mmap_dict import MmapedDict

        whole = self.directory / f"{kind}_{_NOBODY}.db"
        sums: defaultdict[str, float] = defaultdict(float)
        for file in (whole, *files):
            if _size(file):
                for key, value, _, _ in MmapedDict.read_all_values_from_file(file):
                    sums[key] += value
        fresh = self.directory / f"{kind}.new"
        fresh.unlink(missing_ok=True)
        written = MmapedDict(fresh)
        for key, value in sums.items():
            written.write_value(key, value, 0.0)
        written.close()
        fresh.rename(whole)


def _size(file: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return file.stat().st_size
    return 0


def _lock_within(descriptor: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if time.monotonic() > deadline:
            raise BusyError("the metrics are being read by another; try again", retry_after=1)
        time.sleep(_LOOK_SECONDS)


@contextlib.contextmanager
def shared(place: Path) -> Iterator[None]:
    """Let the processes that are started meanwhile share a new directory within `place`."""
    place.mkdir(parents=True, exist_ok=True)
    with (place / _TURN).open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        _remove_ownerless(place)
        directory = place / uuid.uuid4().hex
        directory.mkdir()
        owner = (directory / _OWNER).open("a")
        fcntl.flock(owner, fcntl.LOCK_EX)
    with owner:
        os.environ[VARIABLE] = str(directory)
        try:
            yield
        finally:
            os.environ.pop(VARIABLE, None)
            shutil.rmtree(directory, ignore_errors=True)


def _remove_ownerless(place: Path) -> None:
    for lock in place.glob(f"*/{_OWNER}"):
        with contextlib.suppress(OSError), lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)


def of_this_service() -> Workers | None:
    """Return those that this process shares its counts with; None: it is alone."""
    directory = os.environ.get(VARIABLE)
    return None if directory is None else Workers(Path(directory), parent=os.getppid())
