"""What a dispatch asks of Slurm: the job's script, environment and resources."""

import os
import sys
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from app.errors import ConfigurationError
from app.services.documents import in_words
from app.settings import settings_file
from app.settings_slurm import Slurm as Settings
from app.slurm.script import script
from app.values.dispatch import Dispatch
from app.values.slurm import JobSpec, NewJob

_PATH = "/usr/local/bin:/usr/bin:/bin"
_NAMES = (
    "partition", "account", "qos", "time_limit", "memory", "processors", "constraints", "modules",
    "virtual_environment",
)  # fmt: skip


class SlurmOrders:
    """Makes jobs of dispatches."""

    def __init__(self, settings: Settings, state: Path) -> None:
        self._settings = settings
        self._state = state

    @cached_property
    def defaults(self) -> JobSpec:
        """What the settings ask for. Raises ConfigurationError, which names the setting."""
        told = {name: getattr(self._settings, name) for name in _NAMES}
        try:
            return JobSpec.model_validate({k: v for k, v in told.items() if v is not None})
        except ValidationError as error:
            wrong = "; ".join(f"slurm.{in_words(one)}" for one in error.errors())
            raise ConfigurationError(f"Settings are wrong: {wrong}") from None

    @property
    def directory(self) -> Path:
        """Where output files are put whose schedule names no other place."""
        return self._state / self._settings.output

    def job(self, dispatch: Dispatch, name: str) -> NewJob:
        """Return the job to submit for a dispatch. Raises ConfigurationError."""
        spec = self._spec(dispatch)
        settings = self._settings
        made = script(
            spec,
            words=("dispatch", "run", "--id", str(dispatch.id), "--job", name),
            program=settings.program or str(Path(sys.prefix, "bin", "disparo")),
            prologue=settings.prologue,
            allowed=[str(one) for one in settings.virtual_environments],
        )
        return NewJob(
            name=name,
            comment=f"Disparo: schedule {dispatch.schedule}, dispatch {dispatch.id}",
            script=made,
            environment=self._environment() | spec.environment,
            directory=str(self._state),
            output=f"{spec.output or self._made_directory()}/{name}.out",
            spec=spec,
        )

    def array_job(self, task: Dispatch, base: str) -> NewJob:
        """Return the job that runs tasks of a dispatch, of which this is one, without its indexes.

        Raises ConfigurationError.
        """
        job = self.job(task.model_copy(update={"id": task.origin}), base)
        return job.model_copy(update={"output": job.output.removesuffix(".out") + "_%a.out"})

    def _spec(self, dispatch: Dispatch) -> JobSpec:
        schedule = dispatch.order.schedule
        spec = (schedule.slurm or JobSpec()).over(self.defaults)
        limit = schedule.policies.memory_limit
        asked = schedule.slurm.memory if schedule.slurm else None
        if asked is None and limit is not None:
            spec = spec.model_copy(update={"memory": limit})
        return spec

    def _made_directory(self) -> Path:
        self.directory.mkdir(parents=True, exist_ok=True)
        return self.directory

    def _environment(self) -> dict[str, str]:
        """Return where the job finds its settings: places alone, no setting and no secret."""
        places = {"DISPARO_VAR": str(self._state)}
        if settings_file().exists():
            places["DISPARO_SETTINGS"] = str(settings_file().resolve())
        if secrets := os.environ.get("DISPARO_SECRETS_DIR"):
            places["DISPARO_SECRETS_DIR"] = secrets
        return {"PATH": _PATH, **places, **self._settings.environment}
