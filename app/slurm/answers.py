"""What Slurm's answers mean: tolerant of versions, and of what is missing."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from app.slurm.client import SlurmAwayError, SlurmFullError, SlurmRefusedError
from app.values.slurm import ClusterNode, JobState, SeenJob, array_name

UNKNOWN_JOB = 2017
"""ESLURM_INVALID_JOB_ID, of slurm_errno.h."""
_PASSING = re.compile(
    r"unable to contact|timed? ?out|temporar|connect failure|connection|standby|zero bytes"
    r"|unexpected message|communication|not respond|authenticat|credential|munge|token"
    r"|too many|jobs? limit|maximum number of jobs|shutdown|initializ|unspecified error",
    re.IGNORECASE,
)
"""Words of errors that say nothing of the job itself: the same one may be taken later."""
_LIMIT = re.compile(r"submit limit|policy|limit(s)? (reached|exceeded)", re.IGNORECASE)
"""Words of a refusal that another time may not meet."""
_NO_VALUE = 0xFFFFFFFE
"""NO_VAL, of slurm.h; INFINITE is one more."""
_MIB = 2**20
_MOST_INDEXES = 10_000
_STATES = {one.value: one for one in JobState}
_SHOWN = 300


def fault(words: str) -> SlurmAwayError | SlurmRefusedError:
    """Return the error that Slurm's own words stand for."""
    told = " ".join(words.split())[:_SHOWN] or "it gave no reason"
    if _PASSING.search(told):
        return SlurmAwayError(f"Slurm says: {told}")
    kind = SlurmFullError if _LIMIT.search(told) else SlurmRefusedError
    return kind(
        f"Slurm refuses the job: {told}; see what the schedule's `slurm` and the settings ask for"
    )


def words_of(errors: Any) -> str:
    """Return the `errors` of an answer of slurmrestd in words; empty: there are none."""
    if not isinstance(errors, list):
        return ""
    return "; ".join(
        str(one.get("error") or one.get("description") or one.get("error_number"))
        if isinstance(one, Mapping)
        else str(one)
        for one in errors
    )


def means_unknown_job(errors: Any) -> bool:
    """Tell whether errors say that there is no such job."""
    return isinstance(errors, list) and any(
        UNKNOWN_JOB in (one.get("error_number"), one.get("error_code"))
        or "invalid job id" in str(one.get("error", "")).lower()
        for one in errors
        if isinstance(one, Mapping)
    )


def state(told: Any) -> JobState:
    """Return a job's state; newer releases tell a list of a state and its flags."""
    names = told if isinstance(told, list) else re.split(r"[+,\s]", str(told))
    known = [_STATES[one] for one in map(str.upper, map(str, names)) if one in _STATES]
    for flag in (JobState.COMPLETING, JobState.REQUEUED, JobState.CONFIGURING):
        if flag in known:
            return flag
    return known[0] if known else JobState.OTHER


def number(told: Any) -> int | None:
    """Return a number; newer releases wrap it, and some stand for none."""
    if isinstance(told, Mapping):
        told = told.get("number") if told.get("set", True) else None
    try:
        found = int(told)
    except (TypeError, ValueError):
        return None
    return found if 0 <= found < _NO_VALUE else None


def exit_code(told: Any) -> int | None:
    """Return how a program ended, as wait(2) tells it."""
    if isinstance(told, Mapping) and "return_code" in told:
        code = number(told["return_code"]) or 0
        signal = told.get("signal")
        low = number(signal.get("id") if isinstance(signal, Mapping) else None) or 0
        return code << 8 | low
    return number(told)


def text(told: Any) -> str | None:
    """Return words, unless they stand for none."""
    found = str(told or "").strip()
    return found if found.lower() not in _NONE else None


_NONE = {"", "none", "n/a", "(null)", "unknown"}


def instant(told: Any) -> datetime | None:
    """Return a time: seconds since 1970."""
    seconds = number(told)
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def job(told: Mapping[str, Any]) -> list[SeenJob]:
    """Return the job that slurmrestd tells of, or those tasks of an array; it may be none."""
    found = number(told.get("job_id"))
    if found is None:
        return []
    name, array = str(told.get("name") or ""), number(told.get("array_job_id"))
    if not array:
        return [_job(told, found, name, None)]
    index = number(told.get("array_task_id"))
    waiting = indexes(str(told.get("array_task_string") or ""))
    tasks = waiting if index is None or waiting else [index]
    return [_job(told, found, array_name(name, one), array) for one in tasks]


def indexes(told: str) -> list[int]:
    """Return the indexes that `--array` writes, as in `0-3,7`; without a limit of running ones."""
    found: list[int] = []
    for part in told.partition("%")[0].strip("[]").split(","):
        first, _, last = part.partition("-")
        last = last.partition(":")[0] or first
        if first.isdigit() and last.isdigit():
            found += range(int(first), min(int(last), int(first) + _MOST_INDEXES) + 1)
    return found


def _job(told: Mapping[str, Any], found: int, name: str, array: int | None) -> SeenJob:
    return SeenJob(
        id=found,
        name=name,
        array=array,
        state=state(told.get("job_state")),
        # The description says more where there is one: that a launch failed, say.
        reason=text(told.get("state_description")) or text(told.get("state_reason")),
        node=text(told.get("batch_host")) or text(told.get("nodes")),
        restarts=number(told.get("restart_cnt")) or 0,
        exit_code=exit_code(told.get("exit_code")),
        user=text(told.get("user_name")),
        partition=text(told.get("partition")),
        submitted_at=instant(told.get("submit_time")),
        started_at=instant(told.get("start_time")),
    )


def jobs(told: Any) -> list[SeenJob]:
    """Return the jobs that an answer lists; what is none is passed over."""
    found = told if isinstance(told, list) else []
    return [each for one in found if isinstance(one, Mapping) for each in job(one)]


def nodes(told: Any) -> list[ClusterNode]:
    """Return the nodes that an answer lists."""
    found = told if isinstance(told, list) else []
    return [_node(one) for one in found if isinstance(one, Mapping) and one.get("name")]


def _node(told: Mapping[str, Any]) -> ClusterNode:
    main = told.get("state")
    flags = told.get("state_flags") or []
    names = [*(main if isinstance(main, list) else [main]), *flags]
    memory = number(told.get("real_memory"))
    partitions = told.get("partitions")
    return ClusterNode(
        name=str(told["name"]),
        state="+".join(str(one).upper() for one in names if one),
        reason=text(told.get("reason")),
        partitions=tuple(map(str, partitions)) if isinstance(partitions, list) else (),
        processors=number(told.get("cpus")),
        busy_processors=number(told.get("alloc_cpus")),
        memory=None if memory is None else memory * _MIB,
    )


def shown(found: Iterable[SeenJob], ours: str, most: int) -> tuple[SeenJob, ...]:
    """Return the jobs to show: those whose names begin with `ours` first."""
    ordered = sorted(found, key=lambda one: (not one.name.startswith(ours), one.id))
    return tuple(ordered[:most])
