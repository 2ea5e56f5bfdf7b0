"""The store of cases."""

import json
import sys
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.db.showroom_tables import cases
from app.values.case import NewCase, StoredCase

_CHUNK = 500
"""Cases that are written, or read by their ids, in one statement."""
_READ = 1000
"""Cases that are read at once."""


class CaseState(NamedTuple):
    """Another one after each change: ids are never given twice, and revisions only grow."""

    cases: int
    last_id: int
    revisions: int


class CaseStore:
    """Cases, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def page(
        self,
        *,
        model: str | None = None,
        tags: Collection[str] = (),
        after: int = 0,
        limit: int = sys.maxsize,
    ) -> list[StoredCase]:
        """Return cases by id that have all `tags`; `after` is the last id of the page before."""
        query = sa.select(cases).order_by(cases.c.id).limit(min(limit, _READ))
        if model is not None:
            query = query.where(cases.c.model == model)
        for tag in tags:
            query = query.where(cases.c.tags.contains(json_text(tag), autoescape=True))
        found: list[StoredCase] = []
        while len(found) < limit:
            looked_at = self._values(query.where(cases.c.id > after))
            # Databases compare text each in its own way: it is told exactly here.
            found += (one for one in looked_at if set(tags) <= set(one.tags))
            if len(looked_at) < min(limit, _READ):
                break
            after = looked_at[-1].id
        return found[:limit]

    def _values(self, query: sa.Select[Any]) -> list[StoredCase]:
        return [_value(row) for row in self._connection.execute(query)]

    def get(self, case_id: int, *, lock: bool = False) -> StoredCase | None:
        """Return one case; `lock` keeps others from changing it meanwhile."""
        query = sa.select(cases).where(cases.c.id == case_id)
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        return None if row is None else _value(row)

    def some(self, ids: Sequence[int]) -> list[StoredCase]:
        """Return the cases with these ids that there are, by id."""
        found: list[StoredCase] = []
        for start in range(0, len(ids), _CHUNK):
            query = sa.select(cases).where(cases.c.id.in_(ids[start : start + _CHUNK]))
            found += self._values(query)
        return sorted(found, key=lambda one: one.id)

    def named(self, model: str, title: str) -> list[StoredCase]:
        """Return the cases of a model with this title."""
        query = sa.select(cases).where(cases.c.model == model, cases.c.title == title)
        return [one for one in self._values(query) if one.title == title]

    def count(self, model: str) -> int:
        """Return how many cases a model has."""
        query = sa.select(sa.func.count()).select_from(cases).where(cases.c.model == model)
        return int(self._connection.execute(query).scalar_one())

    def state(self, model: str) -> CaseState:
        """Return what tells whether a model's cases are those that they were."""
        columns = (sa.func.count(), sa.func.max(cases.c.id), sa.func.sum(cases.c.revision))
        row = self._connection.execute(sa.select(*columns).where(cases.c.model == model)).one()
        return CaseState(*(int(one or 0) for one in row))

    def add(self, news: Sequence[NewCase], now: datetime) -> list[int]:
        """Add cases; return their ids in this order."""
        last = sa.select(sa.func.coalesce(sa.func.max(cases.c.id), 0))
        before = int(self._connection.execute(last).scalar_one())
        shared = {"revision": 1, "created_at": now, "updated_at": now}
        if len(news) == 1:
            new = cases.insert().values(_fields(news[0]) | shared)
            return [int(self._connection.execute(new).lastrowid)]
        rows = [_fields(new) | shared for new in news]
        for start in range(0, len(rows), _CHUNK):
            self._connection.execute(cases.insert(), rows[start : start + _CHUNK])
        models = {new.model for new in news}
        query = sa.select(cases.c.id).where(cases.c.id > before, cases.c.model.in_(models))
        return list(self._connection.scalars(query.order_by(cases.c.id)))

    def put(self, old: StoredCase, new: NewCase, now: datetime) -> None:
        """Let the case be `new`. It becomes a new revision."""
        change = cases.update().where(cases.c.id == old.id)
        self._connection.execute(
            change.values(_fields(new) | {"revision": cases.c.revision + 1, "updated_at": now})
        )

    def remove(self, case_id: int) -> None:
        """Remove the case."""
        self._connection.execute(cases.delete().where(cases.c.id == case_id))


def json_text(value: object) -> str:
    """Return JSON as it is kept: readable, and the same for the same value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _fields(case: NewCase) -> dict[str, Any]:
    return {
        "model": case.model,
        "title": case.title,
        "inputs": json_text(case.inputs),
        "expected": None if case.expected is None else json_text(case.expected),
        "tags": json_text(case.tags),
    }


def _value(row: sa.Row[Any]) -> StoredCase:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    for name in ("inputs", "tags"):
        fields[name] = json.loads(fields[name])
    if (expected := fields["expected"]) is not None:
        fields["expected"] = json.loads(expected)
    return StoredCase(**fields)
