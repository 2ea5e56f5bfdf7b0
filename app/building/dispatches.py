"""What runs by itself: schedules, slots, dispatches, and the program of one."""

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from app.building.slurm import Cluster
from app.services.agenda import AgendaService
from app.services.backfills import BackfillService
from app.services.briefs import BriefService
from app.services.crontab import CrontabService
from app.services.crontab_export import CrontabExportService
from app.services.dispatches import DispatchService
from app.services.halt import HaltService
from app.services.leases import LeaseService
from app.services.logs import LogService
from app.services.queue import QueueService
from app.services.schedules import ScheduleService
from app.services.slots import SlotService
from app.services.slurm_jobs import SlurmJobService
from app.services.slurm_orders import SlurmOrders
from app.services.tasks import TaskService
from app.values.slurm import Launcher

if TYPE_CHECKING:  # these load scikit-learn or httpx, which takes time
    from app.services.execution import ExecutionService
    from app.services.tryouts import TryoutService


class Dispatches(Cluster):
    """Makes each part when it is first asked for."""

    @cached_property
    def schedules(self) -> ScheduleService:
        """The use cases of schedules."""
        slurm = self.settings.slurm.enabled
        launchers = [one for one in Launcher if slurm or one is not Launcher.SLURM]
        most = self.settings.scheduler.partitions
        return ScheduleService(self.engine, self.alerts, launchers, partitions=most)

    @cached_property
    def backfills(self) -> BackfillService:
        """The use cases of backfills."""
        return BackfillService(self.engine, limit=self.settings.scheduler.backfill_limit)

    @cached_property
    def crontab(self) -> CrontabService:
        """What takes crontabs over."""
        return CrontabService(self.engine)

    @cached_property
    def crontab_export(self) -> CrontabExportService:
        """What writes crontabs."""
        return CrontabExportService(self.engine)

    @cached_property
    def halt(self) -> HaltService:
        """What pauses the scheduler as a whole."""
        return HaltService(self.engine)

    @cached_property
    def dispatches(self) -> DispatchService:
        """The use cases of dispatches."""
        queue = self.settings.scheduler.queue
        return DispatchService(self.engine, self.schedules, self.sources, queue)

    @cached_property
    def tasks(self) -> TaskService:
        """The tasks of dispatches."""
        return TaskService(self.engine, self.dispatches)

    @cached_property
    def briefs(self) -> BriefService:
        """Many dispatches, in brief."""
        return BriefService(self.engine)

    @cached_property
    def logs(self) -> LogService:
        """What the programs of dispatches print."""
        return LogService(self.engine, most=self.settings.scheduler.log_bytes)

    @cached_property
    def queue(self) -> QueueService:
        """What waits, and who runs it."""
        bounds = self.settings.scheduler
        return QueueService(
            self.engine,
            self.alerts,
            running_limit=bounds.running_limit,
            default=Launcher(bounds.launcher),
        )

    @cached_property
    def slurm_jobs(self) -> SlurmJobService:
        """The records of jobs in Slurm."""
        return SlurmJobService(self.engine, self.queue, self.alerts)

    @cached_property
    def slurm_orders(self) -> SlurmOrders:
        """What makes jobs of dispatches."""
        return SlurmOrders(self.settings.slurm, self.state)

    @cached_property
    def slots(self) -> SlotService:
        """The claims of slots."""
        bounds = self.settings.scheduler
        return SlotService(
            self.engine, queue=bounds.queue, missed_after=timedelta(seconds=bounds.missed_after)
        )

    @cached_property
    def agenda(self) -> AgendaService:
        """What the scheduler follows."""
        return AgendaService(self.engine)

    @cached_property
    def leases(self) -> LeaseService:
        """Who may be the only one."""
        return LeaseService(self.engine, timedelta(seconds=self.settings.scheduler.lease_seconds))

    @cached_property
    def execution(self) -> "ExecutionService":
        """What runs one dispatch."""
        from app.services.execution import ExecutionService
        from app.services.working import Parts

        parts = Parts(
            engine=self.engine,
            models=self.models,
            sources=self.sources,
            bounds=self.settings.dispatch,
            health=self.health_records if self.settings.health.enabled else None,
        )
        return ExecutionService(parts, self.queue, self.dispatches)

    @cached_property
    def tryouts(self) -> "TryoutService":
        """What tries a query and a model together."""
        from app.services.tryouts import TryoutService

        return TryoutService(
            self.engine, self.models, self.sources, seconds=self.settings.dispatch.try_seconds
        )
