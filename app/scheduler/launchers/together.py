"""The launchers of a service, which start, wake and stop together."""

from collections.abc import Callable
from datetime import datetime

from app.factory import Factory
from app.scheduler.launchers.local import LocalLauncher
from app.scheduler.launchers.slurm import SlurmLauncher


class Launchers:
    """The local one, and that of Slurm."""

    def __init__(self, factory: Factory, *, clock: Callable[[], datetime]) -> None:
        self._local = LocalLauncher(factory, clock=clock)
        self._slurm = SlurmLauncher(factory, clock=clock)

    def start(self) -> None:
        """Start those that the settings want. Raises ConfigurationError."""
        self._slurm.start()
        self._local.start()

    def wake(self) -> None:
        """Have them look at the queue now."""
        self._local.wake()
        self._slurm.wake()

    def stop(self) -> None:
        """Stop them; jobs in Slurm go on."""
        self._slurm.stop()
        self._local.stop()
