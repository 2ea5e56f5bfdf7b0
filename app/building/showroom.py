"""Predictions at once, their records, and what is made of these."""

from functools import cached_property
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.building.alerts import Alerts
from app.db.engine import make_engine
from app.services.export import ExportService
from app.services.model_health import ModelHealthService
from app.services.outcomes import OutcomeService
from app.services.performance import PerformanceService
from app.services.predictions import PredictionService
from app.services.retention import RetentionService

if TYPE_CHECKING:  # these load scikit-learn or httpx, which takes time
    from app.services.case_import import CaseImportService
    from app.services.cases import CaseService
    from app.services.meters import Meters
    from app.services.metrics import MetricsService
    from app.services.model_looks import ModelLookService
    from app.services.replays import ReplayService
    from app.services.showroom import ShowroomService


class Showroom(Alerts):
    """Makes each part when it is first asked for."""

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
    def metrics_engine(self) -> sa.Engine:
        """The engine of the metrics: they are told, less what a database that is away knows."""
        return self._impatient(self.settings.metrics.answer_timeout, connections=1)

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
    def model_looks(self) -> "ModelLookService":
        """What looks at that by their requests."""
        from app.services.model_looks import ModelLookService

        return ModelLookService(self.engine, self.health_records)
