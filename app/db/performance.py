"""The store of how good predictions were: each figure is one GROUP BY over the outcomes."""

import math
from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from app.db.showroom_tables import prediction_outcomes
from app.values.performance import (
    BINS,
    MOST_PAIRS,
    CalibrationBin,
    Pair,
    PerformanceFilter,
    Role,
    VersionFigures,
)
from app.values.prediction import PredictionKind

_outcomes = prediction_outcomes.c
_ROLE = (_outcomes.version, _outcomes.kind)
# Casts of numbers to integers round on MariaDB and cut on SQLite; comparing is the same on both.
_BIN = sum(
    (sa.case((_outcomes.chance >= n / BINS, 1), else_=0) for n in range(1, BINS)),
    start=sa.literal(0),
)


def _times(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


class PerformanceStore:
    """Figures of one model, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection, model: str, wanted: PerformanceFilter) -> None:
        self._connection = connection
        self._where = [_outcomes.model == model]
        if wanted.since is not None:
            self._where.append(_outcomes.received_at >= wanted.since)
        if wanted.until is not None:
            self._where.append(_outcomes.received_at < wanted.until)
        if wanted.version is not None:
            self._where.append(_outcomes.version == wanted.version)

    def totals(self) -> list[VersionFigures]:
        """Return what is one number for each version and role."""
        error = _outcomes.error
        query = sa.select(
            *_ROLE,
            sa.func.count().label("outcomes"),
            sa.func.count(_outcomes.label).label("labels"),
            _times(_outcomes.label == _outcomes.truth).label("right"),
            sa.func.avg(_outcomes.brier).label("brier"),
            sa.func.avg(sa.func.abs(error)).label("mae"),
            sa.func.avg(error * error).label("mean_square"),
            sa.func.avg(error).label("bias"),
        )
        return [_total(row) for row in self._grouped(query, *_ROLE)]

    def confusion(self) -> dict[Role, list[Pair]] | None:
        """Return how often which class was predicted for which; None: there are too many pairs."""
        columns = (*_ROLE, _outcomes.label, _outcomes.truth)
        query = sa.select(*columns, sa.func.count().label("count"))
        query = query.where(_outcomes.label.is_not(None)).limit(MOST_PAIRS + 1)
        found: dict[Role, list[Pair]] = defaultdict(list)
        rows = self._grouped(query, *columns)
        for row in rows:
            pair = Pair(predicted=row.label, true=row.truth, count=row._mapping["count"])  # noqa: SLF001 - documented
            found[_role(row)].append(pair)
        return found if len(rows) <= MOST_PAIRS else None

    def calibration(self) -> dict[Role, list[CalibrationBin]]:
        """Return probabilities beside what came true, in bins that are not empty."""
        place = _BIN.label("bin")
        query = sa.select(
            *_ROLE,
            place,
            sa.func.count().label("times"),
            sa.func.avg(_outcomes.chance).label("chance"),
            _times(_outcomes.hit).label("hits"),
        )
        found: dict[Role, list[CalibrationBin]] = defaultdict(list)
        for row in self._grouped(query.where(_outcomes.chance.is_not(None)), *_ROLE, place):
            found[_role(row)].append(_bin(row))
        return found

    def _grouped(self, query: sa.Select[Any], *columns: sa.ColumnElement[Any]) -> list[sa.Row[Any]]:
        query = query.where(*self._where).group_by(*columns).order_by(*columns)
        return list(self._connection.execute(query))


def _role(row: sa.Row[Any]) -> Role:
    return row.version, PredictionKind(row.kind)


def _total(row: sa.Row[Any]) -> VersionFigures:
    return VersionFigures(
        version=row.version,
        kind=row.kind,
        outcomes=row.outcomes,
        accuracy=int(row.right) / row.labels if row.labels else None,
        brier=row.brier,
        mae=row.mae,
        rmse=None if row.mean_square is None else math.sqrt(row.mean_square),
        bias=row.bias,
    )


def _bin(row: sa.Row[Any]) -> CalibrationBin:
    place = int(row.bin)
    return CalibrationBin(
        low=place / BINS,
        high=(place + 1) / BINS,
        count=row.times,
        mean_probability=row.chance,
        share_true=int(row.hits) / row.times,
    )
