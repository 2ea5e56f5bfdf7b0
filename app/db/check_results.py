"""The store of what looks found: results, roll-ups by hour and day, and how checks stand."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, sqlite

from app.db.check_tables import check_results, check_rollups, check_standings
from app.values.base import Instant, Value
from app.values.check import Reading, Result, State
from app.values.check_view import Look, Rollup, Width, uptime
from app.values.standing import Standing

_COUNTED = ("looks", "failures", "up", "degraded", "down", "seconds_sum")
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Judged(Value):
    """A result with the state that came of it, to be written."""

    check_id: int
    state: State
    result: Result


class ResultStore:
    """Results, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def is_written(self, one: Judged) -> bool:
        """Tell whether a result is on record already."""
        key = check_results.c
        query = sa.select(key.check).where(key.check == one.check_id, key.at == one.result.at)
        return self._connection.execute(query).first() is not None

    def add(self, judged: Sequence[Judged]) -> None:
        """Add results, and count them into their hours and days."""
        if judged:
            self._connection.execute(check_results.insert(), [_row(one) for one in judged])
            self._put(check_rollups, _rollups(judged), key=("check", "width", "start"))

    def stand(self, standings: Mapping[int, Standing]) -> None:
        """Write how checks stand, by their ids."""
        rows = [
            {"check": n, "state": one.state, "since": one.since, "standing": one.model_dump_json()}
            for n, one in standings.items()
        ]
        if rows:
            self._put(check_standings, rows, key=("check",))

    def looks(self, check_id: int, *, before: int | None, limit: int) -> list[Look]:
        """Return results, the newest first; `before` is the cursor of the last one seen."""
        table = check_results.c
        query = sa.select(check_results).where(table.check == check_id)
        if before is not None:
            query = query.where(table.at < _ZERO + before * _MICROSECOND)
        rows = self._connection.execute(query.order_by(table.at.desc()).limit(limit))
        return [_look(row.reading, row.at, row.state) for row in rows]

    def rollups(
        self, check_id: int, width: Width, *, before: int | None, limit: int
    ) -> list[Rollup]:
        """Return hours or days, the newest first; `before` is the cursor of the last one seen."""
        table = check_rollups.c
        query = sa.select(check_rollups).where(table.check == check_id, table.width == width)
        if before is not None:
            query = query.where(table.start < _ZERO + before * _MICROSECOND)
        rows = self._connection.execute(query.order_by(table.start.desc()).limit(limit))
        return [rollup(dict(row._mapping)) for row in rows]  # noqa: SLF001 - documented name

    def uptimes(self, since: datetime) -> dict[int, float]:
        """Return the part of known looks since an hour at which all was well, by check."""
        table = check_rollups.c
        sums = [sa.func.sum(table[name]).label(name) for name in ("up", "degraded", "down")]
        query = sa.select(table.check, *sums).where(table.width == "hour", table.start >= since)
        found = {
            row.check: uptime(int(row.up), int(row.degraded), int(row.down))
            for row in self._connection.execute(query.group_by(table.check))
        }
        return {n: part for n, part in found.items() if part is not None}

    def _put(
        self, table: sa.Table, rows: Sequence[Mapping[str, Any]], *, key: Sequence[str]
    ) -> None:
        """Insert rows; to those that are there already, numbers are added, or all is replaced."""
        if self._connection.dialect.name == "sqlite":
            new = sqlite.insert(table)
            update = _merged(table, new.excluded, key, sa.func.max)
            self._connection.execute(new.on_conflict_do_update(key, set_=update), rows)
        else:
            other = mysql.insert(table)
            update = _merged(table, other.inserted, key, sa.func.greatest)
            self._connection.execute(other.on_duplicate_key_update(update), rows)


def cursor(moment: Instant) -> int:
    """Return the cursor of a result, or of an hour: its microseconds since 1970."""
    return (moment - _ZERO) // _MICROSECOND


def _merged(table: sa.Table, new: Any, key: Sequence[str], greatest: Any) -> dict[str, Any]:
    update: dict[str, Any] = {}
    for column in table.c:
        if column.name in key:
            continue
        value = new[column.name]
        if column.name in _COUNTED:
            value = column + value
        elif column.name == "seconds_max":
            value = greatest(column, value)
        update[column.name] = value
    return update


def _row(one: Judged) -> dict[str, Any]:
    reading = Reading(**one.result.model_dump(include=set(Reading.model_fields)))
    return {
        "check": one.check_id,
        "at": one.result.at,
        "state": one.state,
        "ok": one.result.ok,
        "seconds": one.result.seconds,
        "reading": reading.model_dump_json(exclude_defaults=True),
    }


def _rollups(judged: Iterable[Judged]) -> list[dict[str, Any]]:
    gathered: dict[tuple[int, str, datetime], list[Judged]] = defaultdict(list)
    for one in judged:
        hour = one.result.at.replace(minute=0, second=0, microsecond=0)
        gathered[one.check_id, "hour", hour].append(one)
        gathered[one.check_id, "day", hour.replace(hour=0)].append(one)
    return [_sums(key, several) for key, several in sorted(gathered.items())]


def _sums(key: tuple[int, str, datetime], several: Sequence[Judged]) -> dict[str, Any]:
    states = [one.state for one in several]
    return {
        **dict(zip(("check", "width", "start"), key, strict=True)),
        "looks": len(several),
        "failures": sum(not one.result.ok for one in several),
        **{str(one): states.count(one) for one in (State.UP, State.DEGRADED, State.DOWN)},
        "seconds_sum": sum(one.result.seconds for one in several),
        "seconds_max": max(one.result.seconds for one in several),
    }


def _look(text: str, at: datetime, state: str) -> Look:
    reading = Reading.model_validate_json(text)
    return Look(at=at, state=State(state), **dict(reading))


def rollup(fields: dict[str, Any]) -> Rollup:
    """Return an hour or a day from the columns of its row."""
    del fields["check"], fields["width"]
    total, looks = fields.pop("seconds_sum"), fields["looks"]
    known = {name: fields[name] for name in ("up", "degraded", "down")}
    return Rollup(
        mean_seconds=total / looks,
        max_seconds=fields.pop("seconds_max"),
        uptime=uptime(**known),
        **fields,
    )
