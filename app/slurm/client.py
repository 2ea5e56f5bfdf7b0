"""What is asked of Slurm, whichever way leads there."""

from collections.abc import Mapping
from typing import Protocol

from app.errors import AppError
from app.values.slurm import Cluster, NewJob, SeenJob


class SlurmAwayError(AppError):
    """Slurm does not answer, or not as it should. What was asked may have been done."""

    status = 502
    slug = "slurm-away"
    title = "Slurm away"
    can_pass = True


class SlurmRefusedError(AppError):
    """Slurm refuses a job."""

    status = 422
    slug = "slurm-refused"
    title = "Slurm refuses"


class SlurmFullError(SlurmRefusedError):
    """Slurm refuses a job by a limit on how much may be asked of it."""

    slug = "slurm-full"
    title = "Slurm has no room"
    can_pass = True


class Slurm(Protocol):
    """A cluster. Each call has a bound; all raise SlurmAwayError."""

    @property
    def way(self) -> str:
        """How Slurm is reached, in words without secrets."""

    def submit(self, job: NewJob) -> int:
        """Submit a job; return its id. Raises SlurmRefusedError.

        After SlurmAwayError the job may have arrived: look for its name before submitting again.
        """

    def find(self, wanted: Mapping[str, int | None]) -> list[SeenJob]:
        """Return the jobs with these names that Slurm still knows, also those that have ended.

        The values are their ids as far as they are known, which saves Slurm work. A job that is
        not among the answer is unknown to Slurm; several may have one name.
        """

    def cancel(self, job: int, name: str) -> None:
        """Cancel a job, if it has this name: ids come again after a controller's crash."""

    def cluster(self, jobs: int) -> Cluster:
        """Return how the cluster is, with `jobs` jobs at the most."""
