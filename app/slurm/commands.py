"""Slurm through its own commands: sbatch, squeue, scancel, scontrol and sinfo.

They get an environment of their own, so that no variable of the service reaches them or a job.
"""

import math
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO

from app.errors import AppError
from app.slurm import answers
from app.slurm.client import SlurmAwayError, SlurmRefusedError
from app.values.slurm import (
    NAME_PREFIX,
    Cluster,
    ClusterNode,
    JobSpec,
    JobState,
    NewJob,
    SeenJob,
    array_name,
    array_of,
)

_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/slurm/bin:/opt/slurm/bin"
_JOB = ("JobID", "State", "Reason", "BatchHost", "RestartCnt", "exit_code",
        "UserName", "Partition", "SubmitTime", "StartTime", "ArrayJobID", "ArrayTaskID",
        "Name")  # fmt: skip
"""What squeue tells of a job; the name comes last, for others' names may hold anything."""
_NODE = "%N|%T|%R|%C|%m|%E"
_MIB = 2**20
_CONTROLLER = re.compile(r"at (\S+) is (\w+)")
_NAMES_AT_ONCE = 200


class CommandSlurm:
    """A cluster that this machine is a client of."""

    def __init__(self, directory: str, *, conf: str, seconds: float, most: int) -> None:
        """Take the commands of `directory`, else of PATH; `conf` is their SLURM_CONF, if any."""
        self._directory = directory
        self._conf = conf
        self._seconds = seconds
        self._most = most

    @property
    def way(self) -> str:
        """How Slurm is reached."""
        return f"commands in {self._directory}" if self._directory else "commands"

    def submit(self, job: NewJob) -> int:
        """Submit a job; return its id. Raises SlurmRefusedError, SlurmAwayError."""
        told = self._run(
            "sbatch", "--parsable", f"--job-name={job.name}", f"--comment={job.comment}",
            f"--chdir={job.directory}", f"--output={job.output}", "--open-mode=append",
            "--no-requeue", "--export=ALL", "--ntasks=1",
            *([f"--array={job.array}"] if job.array else []),
            *_resources(job.spec),
            given=job.script, environment=job.environment,
        )  # fmt: skip
        lines = told.split()
        found = answers.number(lines[-1].partition(";")[0]) if lines else None
        if not found:
            raise SlurmAwayError(f"sbatch took a job and told no id of it: {told[:200]!r}")
        return found

    def find(self, wanted: Mapping[str, int | None]) -> list[SeenJob]:
        """Return the jobs with these names that Slurm knows. Raises SlurmAwayError."""
        names = list(dict.fromkeys(array_of(name)[0] for name in wanted))
        found: list[SeenJob] = []
        for start in range(0, len(names), _NAMES_AT_ONCE):
            some = ",".join(names[start : start + _NAMES_AT_ONCE])
            found += self._queue("--states=all", "--array", f"--name={some}")
        return [one for one in found if one.name in wanted]

    def cancel(self, job: int, name: str) -> None:
        """Cancel a job, if it has this name. Raises SlurmAwayError."""
        base, index = array_of(name)
        handles = [str(job)]
        if index is not None:  # its id may still be that of the whole array
            found = self.find({name: job})
            handles = [one.handle for one in found if not one.state.is_final]
        try:
            for handle in handles:
                self._run("scancel", f"--name={base}", handle)
        except SlurmRefusedError as error:
            words = error.detail.lower()
            if "invalid job id" not in words and "already" not in words:
                raise SlurmAwayError(f"Slurm does not cancel job {job}: {error.detail}") from None

    def cluster(self, jobs: int) -> Cluster:
        """Return how the cluster is. Raises SlurmAwayError."""
        ping = self.told("scontrol", "ping")
        found = self._queue()
        return Cluster(
            version=self.told("sinfo", "--version").strip().rpartition(" ")[2] or None,
            controllers=dict(_CONTROLLER.findall(ping)),
            nodes=_nodes(self.told("sinfo", "--noheader", "--Node", f"--format={_NODE}")),
            jobs=answers.shown(found, NAME_PREFIX, jobs),
            waiting=sum(one.state is JobState.PENDING for one in found),
            running=sum(one.state is JobState.RUNNING for one in found),
        )

    def _queue(self, *options: str) -> list[SeenJob]:
        form = ",".join(f"{one}:|" for one in _JOB)
        told = self.told("squeue", "--noheader", f"--Format={form}", *options)
        each = (_job(line) for line in told.splitlines())
        return [one for one in each if one is not None]

    def told(self, *words: str) -> str:
        """Return what a command prints. Raises SlurmAwayError."""
        try:
            return self._run(*words)
        except SlurmRefusedError as error:  # of a question that is about no job
            raise SlurmAwayError(f"{words[0]} fails: {error.detail}") from None

    def _run(
        self, *words: str, given: str = "", environment: Mapping[str, str] | None = None
    ) -> str:
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            try:
                code = self._call(words, given, environment or {}, output, errors)
            except subprocess.TimeoutExpired:
                raise SlurmAwayError(
                    f"{words[0]} has not answered for {self._seconds:g} s (slurm.timeout_seconds)"
                ) from None
            told, complained = (self._read(file, words[0]) for file in (output, errors))
        if code == 0 and "error:" not in complained:
            return told
        raise _fault(words[0], code, complained or told)

    def _call(
        self,
        words: tuple[str, ...],
        given: str,
        environment: Mapping[str, str],
        output: IO[bytes],
        errors: IO[bytes],
    ) -> int:
        program = shutil.which(
            words[0], path=self._directory or f"{os.environ.get('PATH', '')}:{_PATH}"
        )
        if program is None:
            raise SlurmAwayError(
                f"there is no command {words[0]} here: install Slurm's client, or set "
                "slurm.commands to its directory, or slurm.api to slurmrestd's address"
            )
        conf = {"SLURM_CONF": self._conf} if self._conf else {}
        with (
            subprocess.Popen(  # noqa: S603 - no shell; each word is one argument
                [program, *words[1:]],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=errors,
                env={"PATH": _PATH, "TZ": "UTC", "LC_ALL": "C.UTF-8", **environment, **conf},
                start_new_session=True,
            ) as process
        ):
            try:
                process.communicate(given.encode(), timeout=self._seconds)
            finally:
                if process.poll() is None:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
            return process.returncode

    def _read(self, file: IO[bytes], command: str) -> str:
        size = file.seek(0, os.SEEK_END)
        if size > self._most:
            raise SlurmAwayError(
                f"{command} prints {size} bytes, more than {self._most} (slurm.answer_bytes)"
            )
        file.seek(0)
        return file.read().decode("utf-8", "replace")


def _fault(command: str, code: int, words: str) -> AppError:
    lines = [line.rpartition("error: ")[2] for line in words.splitlines() if line.strip()]
    return answers.fault("; ".join(lines) or f"{command} ends with exit code {code}")


def _resources(spec: JobSpec) -> list[str]:
    limit, memory = spec.time_limit, spec.memory
    options = {
        "partition": spec.partition,
        "account": spec.account,
        "qos": spec.qos,
        "constraint": spec.constraints,
        "cpus-per-task": spec.processors,
        "time": None if limit is None else math.ceil(limit.total_seconds() / 60),
        "mem": None if memory is None else f"{-(-memory // _MIB)}M",
    }
    return [f"--{name}={value}" for name, value in options.items() if value is not None]


def _job(line: str) -> SeenJob | None:
    """Return the job of a line of squeue; None: it is none."""
    cells = line.split("|", len(_JOB) - 1)
    if len(cells) < len(_JOB) or not cells[0].isdigit():
        return None
    told = dict(zip(_JOB, cells, strict=True))
    name, index = told["Name"].rstrip().removesuffix("|"), answers.number(told["ArrayTaskID"])
    return SeenJob(
        id=int(told["JobID"]),
        name=name if index is None else array_name(name, index),
        array=None if index is None else answers.number(told["ArrayJobID"]),
        state=answers.state(told["State"]),
        reason=answers.text(told["Reason"]),
        node=answers.text(told["BatchHost"]),
        restarts=answers.number(told["RestartCnt"]) or 0,
        exit_code=answers.number(told["exit_code"]),
        user=answers.text(told["UserName"]),
        partition=answers.text(told["Partition"]),
        submitted_at=_instant(told["SubmitTime"]),
        started_at=_instant(told["StartTime"]),
    )


def _instant(told: str) -> datetime | None:
    try:
        return datetime.fromisoformat(told).replace(tzinfo=UTC)
    except ValueError:
        return None


def _nodes(told: str) -> tuple[ClusterNode, ...]:
    """Return the nodes of sinfo's lines, of which each node has one for each partition."""
    found: dict[str, ClusterNode] = {}
    for line in told.splitlines():
        cells = line.split("|", _NODE.count("|"))
        if len(cells) <= _NODE.count("|"):
            continue
        name, state, partition, processors, memory, reason = cells
        before = found[name].partitions if name in found else ()
        megabytes = answers.number(memory.rstrip("+"))
        found[name] = ClusterNode(
            name=name,
            state=state.upper(),
            reason=answers.text(reason),
            partitions=(*before, partition),
            processors=answers.number(processors.rpartition("/")[2]),
            busy_processors=answers.number(processors.partition("/")[0]),
            memory=None if megabytes is None else megabytes * _MIB,
        )
    return tuple(found.values())
