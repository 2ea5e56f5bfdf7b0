"""The work around tasks: to say what each one is to do, and to publish what they have staged."""

from app.db.tasks import TaskStore
from app.services import planning
from app.services.working import Working, stage_named
from app.sources.publication import Part, Publication
from app.values.dispatch import Stage
from app.values.model import Version
from app.values.schedule import PartitionBy
from app.values.share import Share


class Parted(Working):
    """What is done of a dispatch in parts, but for its tasks."""

    def _planned(self, version: Version) -> list[Share]:
        """Return what each task is to do."""
        order = self._dispatch.order
        last = self._patiently(self._last_success)
        if order.schedule.partition_by is PartitionBy.QUERY:
            return planning.by_query(order, version, last)
        query = self._bound_query(last)
        with (
            self._connected(order.schedule.collect.source, write=False) as source,
            stage_named(Stage.COLLECT),
            self._meter.working(Stage.COLLECT),
        ):
            return planning.by_key(order, version, last, source, query)

    def _publish(self, version: Version) -> None:
        """Move what the tasks have staged to the target, all at once."""
        self._patiently(lambda: self._note_version(version, "version chosen"))
        schedule = self._dispatch.order.schedule
        parts = self._patiently(self._parts_staged)
        with (
            self._connected(schedule.deliver.source, write=True) as target,
            stage_named(Stage.DELIVER),
            self._meter.working(Stage.DELIVER),
        ):
            outputs, identity = version.signature.outputs, self._identity(version)
            key, spec = schedule.collect.key, schedule.deliver
            publication = Publication(target, spec, key, outputs, identity, parts)
            if self._handover.publishes(publication):
                self._pulse.require()
                by_query = schedule.partition_by is PartitionBy.QUERY
                rows = publication.publish(self._clock(), may_overlap=by_query)
            else:
                rows = publication.clear()
            self._meter.rows[Stage.DELIVER] = rows

    def _parts_staged(self) -> list[Part]:
        with self._parts.engine.begin() as connection:
            tasks = TaskStore(connection).of(self._dispatch.origin)
        return [
            Part(partition=task.partition, run=task.run, rows=task.progress.rows_delivered)
            for task in tasks
            if task.partition is not None
        ]
