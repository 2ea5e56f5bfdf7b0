"""The child that runs one dispatch, forked from the warm process."""

import errno
import io
import logging
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from app import log_setup
from app.clock import utc_now
from app.errors import AppError, ExitCode, exit_code
from app.factory import Factory
from app.scheduler.launchers import spools as spool_files
from app.services.priority import give_way
from app.services.pulse import Reason, Stop
from app.settings import Settings
from app.values.dispatch import Claim, DispatchState

logger = logging.getLogger(__name__)

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FIRST_TO_KILL = "500"
"""Of out-of-memory: the kernel is to take a dispatch rather than the service."""


def run(claim: Claim, settings: Settings, *, state: Path, spools: Path) -> int:
    """Run the dispatch in this process, which is its alone; return the exit code."""
    os.setsid()
    stop = _stopped_by_signals()
    _print_into(spool_files.create(spools, claim))
    logs = settings.logs
    log_setup.configure(
        level=logs.level,
        form="program",
        most=logs.max_characters,
        subject=f"dispatch {claim.dispatch}",
    )
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_KILL)
    give_way(settings.dispatch.nice)
    factory = Factory(settings, state)
    try:
        return _run(claim, factory, stop)
    except AppError as error:
        logger.error("%s: %s", error.title, error.detail)  # noqa: TRY400 - the words say it all
        return error.exit_code
    except BaseException:
        logger.exception("the program fails")
        return ExitCode.UNEXPECTED
    finally:
        factory.close()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()


def _run(claim: Claim, factory: Factory, stop: Stop) -> int:
    logger.info("started in process %d", os.getpid())
    record = factory.execution.run(claim.dispatch, claim=claim, stop=stop, clock=utc_now)
    if record.tasks is not None:
        logger.info(record.in_words())
        return ExitCode.SUCCESS
    if not record.state.is_final:
        logger.info("handed back to the queue")
        return ExitCode.CANCELLED
    level = logging.INFO if record.state is DispatchState.SUCCEEDED else logging.ERROR
    logger.log(level, record.in_words())
    return ExitCode.SUCCESS if record.error is None else exit_code(record.error.slug)


def _stopped_by_signals() -> Stop:
    """Return what SIGTERM (cancel) and SIGUSR1 (hand back) set; all else does as usual."""
    stop = Stop()
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, lambda *_: stop.set(Reason.CANCEL))
    signal.signal(signal.SIGUSR1, lambda *_: stop.set(Reason.HAND_BACK))
    return stop


def _print_into(descriptor: int) -> None:
    """Let this process, and whatever it starts, print into the spool."""
    for standard in (1, 2):
        os.dup2(descriptor, standard)
    os.close(descriptor)
    sys.stdout, sys.stderr = _printing(1), _printing(2)


def _printing(standard: int) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BufferedWriter(_Spooling(standard, "wb", closefd=False)),
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=True,
    )


class _Spooling(io.FileIO):
    """Writes into the spool, and drops what finds no room: no dispatch fails for want of a log."""

    def write(self, data: Any) -> int:
        """Return how much was taken: all of it where the disk is full."""
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            return len(data)
