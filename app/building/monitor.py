"""Checks, and all at a glance."""

from functools import cached_property
from typing import TYPE_CHECKING

from app.building.slurm import Cluster
from app.clock import utc_now
from app.services.board import Board
from app.services.check_retention import CheckRetentionService
from app.services.checks import CheckService
from app.services.history import HistoryService
from app.services.looks import LookService
from app.services.maintenance import MaintenanceService
from app.services.monitor import MonitorService
from app.services.served_models import ServedModelService
from app.services.slurm_watch import SlurmWatchService
from app.services.watching import WatchService

if TYPE_CHECKING:  # these load scikit-learn or httpx, which takes time
    from app.monitor import Probes


class Monitor(Cluster):
    """Makes each part when it is first asked for."""

    @cached_property
    def probes(self) -> "Probes":
        """What looks at hosts, databases, URLs and disks."""
        from app.monitor import Bounds, Probes

        bounds = self.settings.monitor
        return Probes(
            self.sources,
            self.state,
            Bounds(stuck_calls=bounds.stuck_calls, body_bytes=bounds.body_bytes),
            reach=self.reach,
        )

    @cached_property
    def checks(self) -> CheckService:
        """The use cases of checks."""
        return CheckService(self.engine)

    @cached_property
    def looks(self) -> LookService:
        """What takes looks at checks."""
        return LookService(self.engine, lambda: self.probes, self.settings)

    @cached_property
    def watching(self) -> WatchService:
        """The records behind the Monitor's loop."""
        return WatchService(self.engine, self.alerts.note)

    @cached_property
    def monitor(self) -> MonitorService:
        """What shows all at a glance."""
        return MonitorService(self.engine, self.looks.local)

    @cached_property
    def served_models(self) -> ServedModelService:
        """What shows models, with how far their live versions are."""
        return ServedModelService(self.models, self.looks.local)

    @cached_property
    def slurm_watch(self) -> SlurmWatchService:
        """What shows the cluster that dispatches run on."""
        return SlurmWatchService(self.settings.slurm, lambda: self.slurm, clock=utc_now)

    @cached_property
    def history(self) -> HistoryService:
        """What the Monitor's tiles draw of the past."""
        return HistoryService(self.engine)

    @cached_property
    def board(self) -> Board:
        """What the Monitor shows now."""
        return Board()

    @cached_property
    def check_retention(self) -> CheckRetentionService:
        """What lets old results of checks go."""
        return CheckRetentionService(self.engine, self.settings.monitor)

    @cached_property
    def windows(self) -> MaintenanceService:
        """The use cases of maintenance windows."""
        return MaintenanceService(self.engine)
