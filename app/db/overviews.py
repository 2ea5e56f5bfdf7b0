"""The store of what lists of schedules show: one query a page, however many dispatches."""

from collections.abc import Iterable

import sqlalchemy as sa

from app.db.schedules import from_row
from app.db.tables import dispatches, models, schedules, sources
from app.values.overview import Filter, LastDispatch, Overview, overview
from app.values.schedule import Schedule

_LAST = dispatches.alias("last")
_NEWEST = dispatches.alias("newest")
# A look at the end of an index for each schedule; max() would read all of its dispatches.
_NEWEST_ID = (
    sa.select(_NEWEST.c.id)
    .where(_NEWEST.c.schedule == schedules.c.name, _NEWEST.c.parent.is_(None))
    .order_by(_NEWEST.c.id.desc())
    .limit(1)
    .correlate(schedules)
    .scalar_subquery()
)
_SHOWN = tuple(LastDispatch.model_fields)
_QUERY = sa.select(
    schedules, *(_LAST.c[name].label(f"last_{name}") for name in _SHOWN)
).outerjoin_from(schedules, _LAST, _LAST.c.id == _NEWEST_ID)


class OverviewStore:
    """Schedules as they are shown, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def one(self, name: str) -> Overview | None:
        """Return one schedule."""
        row = self._connection.execute(_QUERY.where(schedules.c.name == name)).first()
        return None if row is None else _value(row)

    def page(self, wanted: Filter, *, after: str, limit: int) -> list[Overview]:
        """Return schedules by name, at least all that `wanted` fits; `after` is the last seen."""
        query = _QUERY.where(schedules.c.name > after)
        if wanted.paused is not None:
            query = query.where(schedules.c.paused == wanted.paused)
        for text in filter(None, (wanted.model, _in_json(wanted.text))):
            query = query.where(
                sa.or_(
                    schedules.c.name.contains(text, autoescape=True),
                    sa.func.lower(schedules.c.spec).contains(text.lower(), autoescape=True),
                )
            )
        rows = self._connection.execute(query.order_by(schedules.c.name).limit(limit))
        return [_value(row) for row in rows]

    def missing(self, spec: Schedule) -> list[str]:
        """Return what the schedule names and does not exist."""
        wanted = {"model": [spec.model], "source": [spec.collect.source, spec.deliver.source]}
        return [
            f"there is no {noun} {name!r} (yet)"
            for (noun, names), table in zip(wanted.items(), (models, sources), strict=True)
            for name in dict.fromkeys(names)
            if name not in self._names(table, names)
        ]

    def _names(self, table: sa.Table, wanted: Iterable[str]) -> set[str]:
        query = sa.select(table.c.name).where(table.c.name.in_(wanted))
        return set(self._connection.scalars(query))


def _in_json(text: str | None) -> str | None:
    """Return the part of `text` that is the same inside of JSON, so that LIKE finds enough."""
    if text is None or not (
        text.isascii() and text.isprintable()
    ):  # SQLite's lower() knows ASCII alone
        return None
    return max(text.replace('"', "\\").split("\\"), key=len)


def _value(row: sa.Row[tuple[object, ...]]) -> Overview:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    last = {name: fields.pop(f"last_{name}") for name in _SHOWN}
    return overview(from_row(fields), None if last["id"] is None else LastDispatch(**last))
