"""Disks: a file system is well while it has room, for bytes and for files."""

import os
from pathlib import Path

from app.monitor.calls import Calls
from app.monitor.look import Look, ProbeError, Step
from app.values.check import DiskTarget, Reading

_GB = 1e9


class DiskProbe:
    """Asks for the room of the file system that holds a path."""

    def __init__(self, state: Path, calls: Calls) -> None:
        self._state = state
        self._calls = calls

    def look(self, target: DiskTarget, *, timeout: float) -> Reading:
        """Return whether there is room; a network disk may not answer within `timeout` seconds."""
        look = Look(timeout)
        path = self._state / target.path
        try:
            free = self._free(path, look)
        except ProbeError as error:
            return look.failed(error)
        return _judged(target, path, free, look)

    def _free(self, path: Path, look: Look) -> float:
        """Return the percentage that is free."""
        try:
            found = self._calls.run(("disk", path), lambda: os.statvfs(path), look.left)
        except TimeoutError:
            raise ProbeError(
                Step.TIMEOUT,
                f"the file system of {path} did not answer within {look.seconds:g} s; if it is on "
                "the network, check its server, otherwise the disk",
            ) from None
        except (OSError, ValueError) as error:
            raise ProbeError(Step.PATH, _unreadable(path, error)) from None
        return _percent(found, look)


def _percent(found: os.statvfs_result, look: Look) -> float:
    """Return the free share as `df` has it: of what is used and what others than root may use."""
    whole = found.f_blocks - found.f_bfree + found.f_bavail
    free = 100 * found.f_bavail / whole if whole else 100.0
    look.facts["free_bytes"] = found.f_bavail * found.f_frsize
    look.facts["total_bytes"] = whole * found.f_frsize
    look.facts["free_percent"] = round(free, 2)
    if not found.f_files:  # it has no fixed number of files
        return free
    files = 100 * found.f_favail / found.f_files
    look.facts["free_files_percent"] = round(files, 2)
    return min(free, files)


def _judged(target: DiskTarget, path: Path, free: float, look: Look) -> Reading:
    room = _room(path, free, look)
    if free < target.down_below:
        return look.failed(ProbeError(Step.ROOM, _few(room, target.down_below)))
    few = free < target.degraded_below
    return look.well(room, warning=_few(room, target.degraded_below) if few else None)


def _few(room: str, least: float) -> str:
    return f"{room}, less than {least:g} %: free some, or enlarge it"


def _room(path: Path, free: float, look: Look) -> str:
    if free < float(look.facts["free_percent"] or 0) - 0.01:
        return f"{free:.1f} % of the files that the file system of {path} may hold are free"
    free_bytes, total = (float(look.facts[n] or 0) for n in ("free_bytes", "total_bytes"))
    return (
        f"{free:.1f} % of the file system of {path} is free: "
        f"{free_bytes / _GB:.1f} of {total / _GB:.1f} GB"
    )


def _unreadable(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is no {path}; correct the path, or mount or create what should be there"
    if isinstance(error, PermissionError):
        return f"{path} may not be looked at by the user that runs Disparo; grant it, or correct it"
    return f"{str(path)!r} cannot be looked at ({error}); correct the path"
