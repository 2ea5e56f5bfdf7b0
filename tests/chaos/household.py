"""What a campaign must not leave behind: processes and file systems."""

import ctypes
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

_PR_SET_CHILD_SUBREAPER = 36
_END_SECONDS = 10.0


def adopt() -> None:
    """Be the parent of whatever loses its own: so all that a campaign starts can be found."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def programs(directory: Path) -> list[psutil.Process]:
    """Return the services whose directory this is, and what they and Slurm's jobs have started.

    They are known by where they work, for their parent may be the parent of others too.
    """
    return [one for one in psutil.process_iter() if _is_of(one, directory) and _lives(one)]


def _is_of(process: psutil.Process, directory: Path) -> bool:
    with suppress(psutil.Error):
        place = Path(process.cwd())
        return place.is_relative_to(directory) and "tests.warm" in process.cmdline()
    return False


def alive() -> list[psutil.Process]:
    """Return what this process has started, and what that has, and still lives."""
    return [one for one in psutil.Process().children(recursive=True) if _lives(one)]


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def words(process: psutil.Process) -> str:
    """Return what a process is, in words."""
    with suppress(psutil.Error):
        return f"process {process.pid} ({process.status()}): {' '.join(process.cmdline())[:200]}"
    return f"process {process.pid}"


def sweep(found: Sequence[psutil.Process]) -> list[str]:
    """End what is left; return what it was."""
    told = [words(one) for one in found]
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(found, _END_SECONDS)
    return told


def mounts(below: Path) -> list[str]:
    """Return the file systems that are mounted below a place."""
    lines = Path("/proc/mounts").read_text().splitlines()
    return [one.split()[1] for one in lines if one.split()[1].startswith(f"{below}{os.sep}")]
