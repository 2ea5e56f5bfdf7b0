"""Spools: the files that the programs of dispatches print into.

A program opens its spool itself, so that the service's end does not break it, and holds a shared
lock on it as long as it or one of its children has it open. A spool's name tells who writes it:

    <dispatch>-<claim>-<process>.log, and with -<base> when its copying into the log has begun
"""

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.values.dispatch import Claim


@dataclass(frozen=True, kw_only=True)
class Spool:
    """A spool, as its name tells."""

    path: Path
    claim: Claim
    process: int
    base: int | None = None
    """Where it begins in the dispatch's whole log; None: nothing of it was copied."""


def create(directory: Path, claim: Claim) -> int:
    """Make the spool of this process; return a descriptor that appends to it."""
    path = directory / f"{claim.dispatch}-{claim.token}-{os.getpid()}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    path.rename(path.with_name(f"{path.name}.log"))  # seen by others only when it is locked
    return descriptor


def found(directory: Path) -> list[Spool]:
    """Return the spools, the oldest dispatch first."""
    spools = (_of(path) for path in directory.glob("*.log"))
    return sorted((one for one in spools if one), key=lambda one: one.claim.dispatch)


def of_claim(directory: Path, token: str) -> Spool | None:
    """Return the spool of a claim."""
    return next((one for path in directory.glob(f"*-{token}-*.log") if (one := _of(path))), None)


def _of(path: Path) -> Spool | None:
    dispatch, token, process, *base = path.stem.split("-")
    with suppress(ValueError):  # not a spool
        return Spool(
            path=path,
            claim=Claim(dispatch=int(dispatch), token=token),
            process=int(process),
            base=int(base[0]) if base else None,
        )
    return None


def with_base(spool: Spool, base: int) -> Spool:
    """Note where the spool begins in the dispatch's whole log."""
    name = f"{spool.claim.dispatch}-{spool.claim.token}-{spool.process}-{base}.log"
    path = spool.path.rename(spool.path.with_name(name))
    return Spool(path=path, claim=spool.claim, process=spool.process, base=base)


def is_written(descriptor: int) -> bool:
    """Tell whether a program still has the spool open."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False


def has_writer(spool: Spool) -> bool:
    """Tell whether a program still has the spool open; one that is gone has none."""
    try:
        descriptor = os.open(spool.path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return is_written(descriptor)
    finally:
        os.close(descriptor)
