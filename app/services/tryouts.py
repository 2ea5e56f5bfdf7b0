"""Trying a query and a model together on a few rows: it reads, predicts, and leaves nothing."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import islice

import pyarrow as pa
import sqlalchemy as sa

from app.db.dispatches import DispatchStore
from app.db.engine import reading
from app.errors import AppError
from app.inference.program import StageError
from app.services.binding import bound_query
from app.services.models import ModelService
from app.services.sources import SourceService
from app.services.tried_rows import tried_rows
from app.sources import Connection
from app.sources.collect import require_once
from app.sources.connection import Query
from app.values.dispatch import Stage
from app.values.model import Version
from app.values.schedule import Schedule
from app.values.tryout import Tried, TryoutRequest

_STEPS = ("connect", "collect", "load", "infer")


class TryoutService:
    """The use case of trying what a schedule would do. For a process that may be ended."""

    def __init__(
        self, engine: sa.Engine, models: ModelService, sources: SourceService, *, seconds: float
    ) -> None:
        """Wait `seconds` at the most for an answer of the source."""
        self._reading = reading(engine)
        self._models = models
        self._sources = sources
        self._seconds = seconds

    def run(self, asked: TryoutRequest, *, now: datetime) -> Tried:
        """Collect the first rows and predict them.

        Raises NotFoundError for a model or source that is not there, and StageError.
        """
        spec, spent = asked.schedule(), dict.fromkeys(_STEPS, 0.0)
        version = self._models.version(spec.model, spec.version)
        slot = _slot(asked, spec, now)
        query = self._query(spec, slot, is_new=asked.name is None)
        rows = self._rows(spec, query, version, asked.rows, spent)
        with _working(Stage.INFER, spent, "load"):
            loaded = self._models.load(version)
        with _working(Stage.INFER, spent, "infer"):
            columns, shown = tried_rows(rows, query.key, version.signature, loaded)
        return Tried(
            model=version.model,
            version=version.number,
            slot=spec.shown(slot).isoformat(),
            parameters={name: _text(value) for name, value in query.parameters.items()},
            columns=columns,
            rows=shown,
            **{f"{step}_seconds": round(seconds, 3) for step, seconds in spent.items()},
        )

    def _query(self, spec: Schedule, slot: datetime, *, is_new: bool) -> Query:
        with self._reading.begin() as connection:
            store = DispatchStore(connection)
            last = None if is_new else store.last_success(spec.name, slot)
        return bound_query(spec, slot, last_success=last)

    def _rows(
        self, spec: Schedule, query: Query, version: Version, most: int, spent: dict[str, float]
    ) -> pa.Table:
        """Return the first rows, with all columns that the query gives."""
        with _working(Stage.COLLECT, spent, "connect"):
            source = self._sources.session(spec.collect.source, self._seconds, rows=most)
        try:
            with _working(Stage.COLLECT, spent, "collect"):
                return _first(source, query, version, most)
        finally:
            with suppress(AppError):  # what went wrong before is told
                source.close()


def _first(source: Connection, query: Query, version: Version, most: int) -> pa.Table:
    found = source.read(query)
    require_once(found.columns, (query.key, *version.signature.input_names))
    batch = next(islice(found.batches, 1), None)
    if batch is None:
        names = list(dict.fromkeys(found.columns))
        return pa.table([pa.nulls(0)] * len(names), names=names)
    return batch.slice(0, most)


def _slot(asked: TryoutRequest, spec: Schedule, now: datetime) -> datetime:
    if asked.slot is not None:
        return spec.instant(asked.slot)
    newest = next(spec.fires_before(now + timedelta(microseconds=1)), None)
    return newest or now.replace(microsecond=0)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


@contextmanager
def _working(stage: Stage, spent: dict[str, float], step: str) -> Iterator[None]:
    """Measure a step, and name the stage of what fails in it."""
    start = time.monotonic()
    try:
        yield
    except Exception as error:
        raise StageError(stage, error) from error
    finally:
        spent[step] += time.monotonic() - start
