"""Slurm: what a schedule asks of it, what it says of jobs and nodes, what the records keep."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from app.values.base import Instant, Value

NAME_PREFIX = "disparo-"
"""How the names of all our jobs begin."""
_OWN_NAMES = ("DISPARO_", "SLURM", "SBATCH", "LD_", "PYTHON", "BASH", "MODULE", "LMOD")
_SHELL_NAMES = frozenset({"PATH", "HOME", "SHELL", "SHELLOPTS", "ENV", "IFS", "CDPATH", "PS4"})

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$", max_length=100)]
"""A name that Slurm's configuration knows."""
Features = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_(\[][A-Za-z0-9_.:=&|*!()\[\],-]*$", max_length=500)
]
"""Features of nodes as `--constraint` writes them, e.g. `fast&(intel|amd)`."""
Module = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.+/-]*$", max_length=200)
]
"""A module as `module load` takes it, e.g. `python/3.11`."""


def _plain(path: str) -> str:
    if ".." in path.split("/"):
        message = "a path has no part .. here"
        raise ValueError(message)
    return path


Place = Annotated[
    str,
    # Slurm replaces %j and the like in the names of files.
    StringConstraints(pattern=r"^/[^\x00-\x1f\x7f%\\]*$", max_length=500),
    AfterValidator(_plain),
]
"""An absolute path on the file system that the nodes share."""


def _variable(name: str) -> str:
    if name.startswith(_OWN_NAMES) or name in _SHELL_NAMES:
        message = (
            f"{name} is not for a schedule: it decides what the job's program is; an administrator "
            "sets such variables in slurm.environment"
        )
        raise ValueError(message)
    return name


Variable = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100),
    AfterValidator(_variable),
]
Text = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=4000)]
"""The value of a variable: one line."""
_MINUTE = timedelta(minutes=1)


class Launcher(StrEnum):
    """Where a dispatch's program runs."""

    LOCAL = "local"
    """In a process on a machine of Disparo's own services."""
    SLURM = "slurm"
    """As a job of a cluster."""


class JobSpec(Value):
    """What a schedule asks of Slurm; what is left out is as the settings, or Slurm, have it."""

    partition: Word | None = None
    account: Word | None = None
    qos: Word | None = None
    time_limit: Annotated[timedelta, Field(ge=_MINUTE, le=timedelta(days=366))] | None = None
    """After which Slurm ends the job: whole minutes, rounded up."""
    memory: Annotated[int, Field(ge=2**20, le=2**50)] | None = None
    """Of the job, in bytes: whole MiB, rounded up. Left out, it is the policy memory_limit."""
    processors: Annotated[int, Field(ge=1, le=100_000)] | None = None
    constraints: Features | None = None
    """The features that a node must have."""
    environment: Annotated[dict[Variable, Text], Field(max_length=200)] = {}
    modules: Annotated[tuple[Module, ...], Field(max_length=50)] = ()
    """What `module load` loads before the program starts."""
    virtual_environment: Place | None = None
    """Whose `disparo` the job runs; below one of slurm.virtual_environments."""
    output: Place | None = None
    """The directory of the job's output file."""

    def over(self, defaults: "JobSpec") -> "JobSpec":
        """Return this with what it leaves out taken from `defaults`."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        given = {name: value for name, value in given.items() if value not in (None, ())}
        environment = {**defaults.environment, **self.environment}
        return defaults.model_copy(update={**given, "environment": environment})


class JobState(StrEnum):
    """Where a job stands, as Slurm names it."""

    PENDING = "PENDING"
    CONFIGURING = "CONFIGURING"
    RUNNING = "RUNNING"
    SUSPENDED = "SUSPENDED"
    COMPLETING = "COMPLETING"
    REQUEUED = "REQUEUED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"
    DEADLINE = "DEADLINE"
    NODE_FAIL = "NODE_FAIL"
    BOOT_FAIL = "BOOT_FAIL"
    PREEMPTED = "PREEMPTED"
    REVOKED = "REVOKED"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    OTHER = "OTHER"
    """One that this release does not know: the job is taken to go on."""

    @property
    def is_final(self) -> bool:
        """Whether the job has ended."""
        return self in _FINAL

    @property
    def waits(self) -> bool:
        """Whether the job's program does not run."""
        return self in {JobState.PENDING, JobState.REQUEUED, JobState.CONFIGURING}


_FINAL = frozenset(
    {
        JobState.COMPLETED,
        JobState.CANCELLED,
        JobState.FAILED,
        JobState.TIMEOUT,
        JobState.DEADLINE,
        JobState.NODE_FAIL,
        JobState.BOOT_FAIL,
        JobState.PREEMPTED,
        JobState.REVOKED,
        JobState.OUT_OF_MEMORY,
    }
)


class NewJob(Value):
    """A job to submit."""

    name: str
    comment: str
    script: str
    environment: dict[str, str]
    """All of it: nothing of the service's own environment reaches the job."""
    directory: str
    output: str
    """The file for what it prints."""
    spec: JobSpec
    array: str | None = None
    """For an array job, its indexes as `--array` writes them."""


_LAUNCH_FAILED = "launch failed requeued held"
"""As slurmrestd and squeue say it, the latter with underscores in some releases."""


def array_name(base: str, index: int) -> str:
    """Return what we call a task of an array job, which Slurm tells by its index alone."""
    return f"{base}_{index}"


def array_of(name: str) -> tuple[str, int | None]:
    """Return what Slurm calls a job of ours, and its index if it is a task of an array."""
    base, _, index = name.rpartition("_")
    return (base, int(index)) if base and index.isdigit() else (name, None)


class SeenJob(Value):
    """A job, as Slurm tells of it."""

    id: int
    """Of a task of an array that still waits with others: that of the array."""
    name: str
    """Of a task of an array: with its index."""
    array: int | None = None
    """The id of the array whose task it is."""
    state: JobState
    reason: str | None = None
    """Why it waits, or how it ended."""
    node: str | None = None
    restarts: int = 0
    exit_code: int | None = None
    """As wait(2) tells it: 768 is exit 3, 9 is signal 9."""
    user: str | None = None
    partition: str | None = None
    submitted_at: Instant | None = None
    started_at: Instant | None = None

    @property
    def handle(self) -> str:
        """What Slurm takes for it: of a task of an array `123_4`."""
        index = array_of(self.name)[1]
        return str(self.id) if self.array is None or index is None else f"{self.array}_{index}"

    @property
    def failed_to_launch(self) -> bool:
        """Whether a node could not start it, so that Slurm holds it until somebody releases it."""
        told = (self.reason or "").replace("_", " ").lower()
        return self.state is JobState.PENDING and told == _LAUNCH_FAILED


class JobRecord(Value):
    """What a dispatch's record keeps of its job in Slurm."""

    name: str
    """Unique: it carries the dispatch's identity, and how often it was submitted."""
    submission: int = 1
    """Grows when the dispatch is submitted again: a job was lost before it began."""
    job: int | None = None
    """Its id in Slurm; ids can come again, the name cannot."""
    state: JobState | None = None
    """As Slurm said last; None: it has not said anything yet."""
    reason: str | None = None
    node: str | None = None
    restarts: int = 0
    exit_code: int | None = None
    output: str | None = None
    """The file with what it prints, on the file system of the nodes."""
    submitted_at: Instant | None = None
    seen_at: Instant | None = None
    """When Slurm said so."""
    fault: str | None = None
    """Why it could not be submitted, or looked at, until now."""


class ClusterNode(Value):
    """A node of the cluster."""

    name: str
    state: str
    """As Slurm names it, e.g. IDLE, MIXED or DOWN+NOT_RESPONDING."""
    reason: str | None = None
    """Why it is down or drained."""
    partitions: tuple[str, ...] = ()
    processors: int | None = None
    busy_processors: int | None = None
    memory: int | None = None
    """In bytes."""

    @property
    def is_well(self) -> bool:
        """Whether it takes jobs."""
        flags = {"DOWN", "DRAIN", "DRAINED", "DRAINING", "FAIL", "NOT_RESPONDING", "INVALID"}
        return not flags & set(self.state.replace("*", "+NOT_RESPONDING").split("+"))


class Cluster(Value):
    """What Slurm says of itself."""

    version: str | None = None
    controllers: dict[str, str] = {}
    """Each controller's host, and UP or DOWN."""
    nodes: tuple[ClusterNode, ...] = ()
    jobs: tuple[SeenJob, ...] = ()
    """What waits and runs: this service's own, and the first of the others."""
    waiting: int = 0
    running: int = 0
    """How many jobs wait and run in all, whose ever they are."""


class SlurmDocument(Value):
    """The cluster at a glance, from memory."""

    enabled: bool
    """Whether this service submits to Slurm."""
    way: str
    """How Slurm is reached: the address of slurmrestd, or `commands`."""
    asked_at: Instant | None = None
    """When the cluster was as it is shown; None: it has not answered since the start."""
    fault: str | None = None
    """Why Slurm does not answer now; None: it does."""
    cluster: Cluster | None = None
