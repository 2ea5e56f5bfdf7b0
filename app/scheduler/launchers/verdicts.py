"""Verdicts: why a child ended that did not record its end itself."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import psutil

from app.errors import AppError, LostError, OutOfMemoryError

_BEFORE = "before the dispatch was over"


def of_status(status: int | None, *, kernel_was_out_of_memory: bool = False) -> AppError:
    """Return what the record says of a child, by its status as wait(2) tells it."""
    if status is None:
        return LostError(f"its process ended {_BEFORE}, while no launcher was there to see how")
    if not os.WIFSIGNALED(status):
        code = os.waitstatus_to_exitcode(status)
        return LostError(f"its process ended with exit code {code} {_BEFORE}", exit_code=code)
    number = os.WTERMSIG(status)
    told = f"its process was ended by signal {number} ({_name(number)}) {_BEFORE}"
    if number == signal.SIGKILL and kernel_was_out_of_memory:
        return OutOfMemoryError(
            f"{told}, and the kernel was out of memory then; give the machine more, or the "
            "dispatch less: smaller dispatch.batch_rows, or fewer at once (scheduler.workers)",
            signal=number,
        )
    return LostError(told, signal=number)


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "a real-time signal"


def over_limit(resident: int, limit: int) -> OutOfMemoryError:
    """Return what the record says of a dispatch that grew beyond its limit."""
    return OutOfMemoryError(
        f"its processes held {resident} bytes of memory, and its schedule's memory_limit is "
        f"{limit}; raise it, or collect smaller batches (dispatch.batch_rows)",
        resident=resident,
        limit=limit,
    )


def resident_memory(group: int) -> int:
    """Return the resident memory of a process group, in bytes."""
    total = 0
    for process in psutil.pids():
        with suppress(ProcessLookupError, PermissionError, psutil.Error):
            if os.getpgid(process) == group:
                total += psutil.Process(process).memory_info().rss
    return total


def oom_kills() -> int:
    """Return how often the kernel has killed a process because memory was out.

    It is counted for this process's control group where there is one (cgroup v2, memory.events),
    else for the whole machine (/proc/vmstat); 0 where neither is told.
    """
    for place in (_control_group() / "memory.events", Path("/proc/vmstat")):
        with suppress(OSError):
            for line in place.read_text().splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill":
                    return int(count)
    return 0


def _control_group() -> Path:
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::"):
                return Path("/sys/fs/cgroup") / line.removeprefix("0::").lstrip("/")
    return Path("/sys/fs/cgroup")
