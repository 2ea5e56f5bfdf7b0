"""Builds the services once, for requests, jobs and the command line alike."""

from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.db import schema
from app.db.engine import make_engine
from app.db.keys import keys_of
from app.db.vault import Vault
from app.services.agenda import AgendaService
from app.services.alert_channels import ChannelService
from app.services.alert_rules import RuleService
from app.services.alerts import AlertService
from app.services.audit import AuditService
from app.services.backfills import BackfillService
from app.services.board import Board
from app.services.check_retention import CheckRetentionService
from app.services.checks import CheckService
from app.services.crontab import CrontabService
from app.services.crontab_export import CrontabExportService
from app.services.declarations import DeclarationService
from app.services.dispatches import DispatchService
from app.services.export import ExportService
from app.services.halt import HaltService
from app.services.history import HistoryService
from app.services.keyring import LOOKUPS, Keyring
from app.services.leases import LeaseService
from app.services.links import LinkService
from app.services.logins import LoginService
from app.services.logs import LogService
from app.services.looks import LookService
from app.services.maintenance import MaintenanceService
from app.services.model_health import ModelHealthService
from app.services.monitor import MonitorService
from app.services.outbox import OutboxService
from app.services.outcomes import OutcomeService
from app.services.passwords import PasswordService
from app.services.performance import PerformanceService
from app.services.predictions import PredictionService
from app.services.queue import QueueService
from app.services.refusals import RefusalService
from app.services.retention import RetentionService
from app.services.schedules import ScheduleService
from app.services.secrets import SecretService
from app.services.sessions import SessionService
from app.services.single_sign_on import SingleSignOnService
from app.services.slots import SlotService
from app.services.sources import SourceService
from app.services.tokens import TokenService
from app.services.users import UserService
from app.services.watching import WatchService
from app.settings import Settings, var
from app.sources import Limits
from app.values.reach import Reach

if TYPE_CHECKING:  # these load scikit-learn or httpx, which takes time
    from app.monitor import Probes
    from app.services.case_import import CaseImportService
    from app.services.cases import CaseService
    from app.services.execution import ExecutionService
    from app.services.health_records import HealthRecords
    from app.services.meters import Meters
    from app.services.metrics import MetricsService
    from app.services.model_looks import ModelLookService
    from app.services.models import ModelService
    from app.services.replays import ReplayService
    from app.services.showroom import ShowroomService


class Factory:
    """Makes each part when it is first asked for."""

    def __init__(self, settings: Settings, state: Path | None = None) -> None:
        self.settings = settings
        self.state = state or var()

    @cached_property
    def engine(self) -> sa.Engine:
        """The engine of Disparo's own database."""
        return make_engine(self.settings.database, self.state)

    @cached_property
    def sessions(self) -> SessionService:
        """Who is logged in."""
        return SessionService(self.engine, self.settings.sessions)

    @cached_property
    def vault(self) -> Vault:
        """What encrypts secrets at rest."""
        return Vault(keys_of(self.settings.secrets, self.state))

    @cached_property
    def secrets(self) -> SecretService:
        """What replaces the vault's key."""
        return SecretService(self.engine, lambda: keys_of(self.settings.secrets, self.state))

    @cached_property
    def passwords(self) -> PasswordService:
        """What hashes passwords, few at once."""
        return PasswordService(self.settings.passwords)

    @cached_property
    def logins(self) -> LoginService:
        """The use case of logging in."""
        return LoginService(self.engine, self.sessions, self.passwords, self.settings.logins)

    @cached_property
    def links(self) -> LinkService:
        """The use cases of one-time links."""
        return LinkService(self.engine, self.sessions, self.logins, self.passwords)

    @cached_property
    def single_sign_on(self) -> SingleSignOnService:
        """The use cases of single sign-on."""
        return SingleSignOnService(
            self.engine, self.sessions, self.logins, self.settings.single_sign_on
        )

    @cached_property
    def users(self) -> UserService:
        """The use cases of users."""
        return UserService(self.engine, self.sessions, self.logins, self.links, self.passwords)

    @cached_property
    def sources(self) -> SourceService:
        """The use cases of sources."""
        limits = Limits(
            connect_timeout=self.settings.sources.connect_timeout,
            lock_timeout=self.settings.sources.lock_timeout,
            batch_rows=self.settings.dispatch.batch_rows,
            max_text=self.settings.sources.max_text,
        )
        return SourceService(self.engine, self.vault, limits)

    @cached_property
    def reach(self) -> Reach:
        """Where checks and alerts may connect to."""
        return Reach(**dict(self.settings.outgoing))

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
    def models(self) -> "ModelService":
        """The use cases of models."""
        from app.inference.store import ModelStore
        from app.services.models import ModelService

        bounds = self.settings.models
        store = ModelStore(self.state / bounds.store, max_size=bounds.max_size)
        return ModelService(self.engine, store, bounds)

    @cached_property
    def log_engine(self) -> sa.Engine:
        """The engine of the prediction log: it gives up sooner on a database that is away."""
        bounds, database = self.settings.showroom, self.settings.database
        # With a spool there must be time left for it when the database hangs.
        seconds = bounds.commit_seconds / 2 if bounds.spool else bounds.commit_seconds
        update = {
            "pool_size": 2,
            "answer_timeout": seconds,
            "busy_timeout": min(seconds, database.busy_timeout),
        }
        return make_engine(self.settings.database.model_copy(update=update), self.state)

    @cached_property
    def showroom(self) -> "ShowroomService":
        """The use case of live predictions."""
        from app.services.showroom import ShowroomService

        return ShowroomService(
            self.engine,
            self.log_engine,
            self.models,
            self.settings.showroom,
            spool=self.state / "spool",
            meters=self.meters,
        )

    @cached_property
    def meters(self) -> "Meters | None":
        """What the Showroom counts, if it does."""
        from app.services.meters import Meters

        bounds = self.settings.metrics
        if not bounds.enabled:
            return None
        return Meters(self.metrics.registry, versions=bounds.versions)

    @cached_property
    def metrics(self) -> "MetricsService":
        """What is counted, as Prometheus reads it."""
        from app.services.metrics import MetricsService
        from app.services.tallies import Memory, Shared, TallyService
        from app.services.workers import of_this_service

        workers = of_this_service()
        tallies = TallyService(
            self.metrics_engine,
            Memory() if workers is None else Shared(workers),
            keep_seconds=self.settings.metrics.keep_seconds,
            checks=self.settings.metrics.checks,
        )
        return MetricsService(tallies, workers, spool=self.state / "spool")

    @cached_property
    def tokens(self) -> TokenService:
        """The use cases of tokens."""
        return TokenService(
            self.engine,
            self.lookup_engine,
            most=self.settings.auth.tokens,
            on_change=lambda: self.token_ring.forget(),  # noqa: PLW0108 - it asks the tokens
        )

    @cached_property
    def audit(self) -> AuditService:
        """The use cases of the audit."""
        return AuditService(self.engine, self.settings.audit)

    @cached_property
    def refusals(self) -> RefusalService:
        """Who was refused, for the audit."""
        return RefusalService(self.engine, self.settings.audit)

    @cached_property
    def token_ring(self) -> Keyring:
        """Who shows which token, remembered for a moment."""
        return Keyring(self.tokens.find, self.settings.auth, used=self.tokens.used)

    @cached_property
    def session_ring(self) -> Keyring:
        """Whose session it is: the service itself remembers it, this looks it up in a thread."""
        bounds = self.settings.auth.model_copy(update={"remember_seconds": 0.0})
        ring = Keyring(self.sessions.find, bounds)
        self.sessions.memory.on_forget = ring.forget
        return ring

    @cached_property
    def lookup_engine(self) -> sa.Engine:
        """The engine by which who asks is looked up: it gives up soon."""
        return self._impatient(self.settings.auth.answer_timeout, connections=LOOKUPS + 1)

    @cached_property
    def metrics_engine(self) -> sa.Engine:
        """The engine of the metrics: they are told, less what a database that is away knows."""
        return self._impatient(self.settings.metrics.answer_timeout, connections=1)

    def _impatient(self, seconds: float, *, connections: int) -> sa.Engine:
        database = self.settings.database
        update = {
            "pool_size": connections,
            "pool_timeout": seconds,
            "answer_timeout": seconds,
            "busy_timeout": min(seconds, database.busy_timeout),
        }
        return make_engine(database.model_copy(update=update), self.state)

    @cached_property
    def cases(self) -> "CaseService":
        """The use cases of stored cases."""
        from app.services.cases import CaseService

        bounds = self.settings.showroom
        return CaseService(
            self.engine,
            self.models,
            most=bounds.request_cases,
            most_faults=bounds.faults,
            runs=bounds.case_runs,
        )

    @cached_property
    def case_import(self) -> "CaseImportService":
        """What makes cases of a source's rows, or a file's."""
        from app.services.case_import import CaseImportService

        bounds = self.settings.showroom
        return CaseImportService(
            self.engine,
            self.cases,
            self.sources,
            most=bounds.request_cases,
            most_faults=bounds.faults,
            most_bytes=bounds.import_bytes,
        )

    @cached_property
    def channels(self) -> ChannelService:
        """The use cases of channels of alerts."""
        settings = self.settings
        return ChannelService(
            self.engine, self.vault, settings.alerts, self.reach, settings.server.url
        )

    @cached_property
    def rules(self) -> RuleService:
        """The use cases of rules of alerts."""
        return RuleService(self.engine)

    @cached_property
    def alerts(self) -> AlertService:
        """The use cases of alerts."""
        return AlertService(self.engine, self.settings.alerts)

    @cached_property
    def outbox(self) -> OutboxService:
        """What waits to be sent, and who sends it."""
        return OutboxService(self.engine, self.channels, self.alerts, self.settings.alerts)

    @cached_property
    def schedules(self) -> ScheduleService:
        """The use cases of schedules."""
        return ScheduleService(self.engine, self.alerts)

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
    def declarations(self) -> DeclarationService:
        """The use case of declaration files."""
        return DeclarationService(
            self.sources, self.schedules, self.checks, self.windows, self.channels, self.rules
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
    def history(self) -> HistoryService:
        """What the Monitor's tiles draw of the past."""
        return HistoryService(self.engine)

    @cached_property
    def board(self) -> Board:
        """What the Monitor shows now."""
        return Board()

    @cached_property
    def halt(self) -> HaltService:
        """What pauses the scheduler as a whole."""
        return HaltService(self.engine)

    @cached_property
    def check_retention(self) -> CheckRetentionService:
        """What lets old results of checks go."""
        return CheckRetentionService(self.engine, self.settings.monitor)

    @cached_property
    def windows(self) -> MaintenanceService:
        """The use cases of maintenance windows."""
        return MaintenanceService(self.engine)

    @cached_property
    def dispatches(self) -> DispatchService:
        """The use cases of dispatches."""
        queue = self.settings.scheduler.queue
        return DispatchService(self.engine, self.schedules, self.sources, queue)

    @cached_property
    def logs(self) -> LogService:
        """What the programs of dispatches print."""
        return LogService(self.engine, most=self.settings.scheduler.log_bytes)

    @cached_property
    def retention(self) -> RetentionService:
        """What lets old records of predictions go."""
        return RetentionService(self.engine, self.settings.showroom)

    @cached_property
    def predictions(self) -> PredictionService:
        """The predictions on record."""
        return PredictionService(self.engine)

    @cached_property
    def export(self) -> ExportService:
        """What takes them elsewhere."""
        return ExportService(self.engine)

    @cached_property
    def outcomes(self) -> OutcomeService:
        """What turned out to be true of them."""
        return OutcomeService(self.engine, most_faults=self.settings.showroom.faults)

    @cached_property
    def replays(self) -> "ReplayService":
        """What answers them again."""
        from app.services.replays import ReplayService

        return ReplayService(self.engine, self.predictions, self.models, self.settings.showroom)

    @cached_property
    def performance(self) -> PerformanceService:
        """How good versions are by it."""
        return PerformanceService(self.engine)

    @cached_property
    def model_health(self) -> ModelHealthService:
        """How far they have drifted."""
        return ModelHealthService(self.engine, self.settings.health)

    @cached_property
    def health_records(self) -> "HealthRecords":
        """What judges that, and tells of it."""
        from app.services.health_records import HealthRecords

        return HealthRecords(self.engine, self.alerts, self.settings.health)

    @cached_property
    def model_looks(self) -> "ModelLookService":
        """What looks at that by their requests."""
        from app.services.model_looks import ModelLookService

        return ModelLookService(self.engine, self.health_records)

    @cached_property
    def queue(self) -> QueueService:
        """What waits, and who runs it."""
        limit = self.settings.scheduler.running_limit
        return QueueService(self.engine, self.alerts, running_limit=limit)

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
        from app.services.work import Parts

        parts = Parts(
            engine=self.engine,
            models=self.models,
            sources=self.sources,
            bounds=self.settings.dispatch,
            health=self.health_records if self.settings.health.enabled else None,
        )
        return ExecutionService(parts, self.queue, self.dispatches)

    def check_schema(self) -> None:
        """Raise OutdatedSchemaError unless the schema is the one that this release works with."""
        schema.check(self.engine)

    def upgrade_schema(self) -> None:
        """Bring the schema up to date."""
        schema.upgrade(self.engine)

    def close(self) -> None:
        """Close the connections to the database."""
        for name in ("token_ring", "session_ring"):
            if name in self.__dict__:
                self.__dict__[name].stop()
        for name in ("engine", "log_engine", "metrics_engine", "lookup_engine"):
            if name in self.__dict__:
                self.__dict__[name].dispose()
