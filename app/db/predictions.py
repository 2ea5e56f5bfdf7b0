"""The store of predictions on record, as they are read. The prediction log writes them.

Lists are in the order of ids, which an index gives. What no index tells is looked for in a bounded
stretch of that order at a time.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from app.db.showroom_tables import prediction_cases, prediction_outcomes, prediction_requests
from app.values.prediction import (
    SLACK_SECONDS,
    PredictionCase,
    PredictionFilter,
    PredictionHead,
    PredictionKind,
    PredictionOverview,
    PredictionRecord,
    PredictionSummary,
    first_id,
)

_requests, _cases, _outcomes = prediction_requests.c, prediction_cases.c, prediction_outcomes.c
_HEAD = tuple(_requests[name] for name in PredictionHead.model_fields)
_JUDGED = prediction_cases.outerjoin(
    prediction_outcomes,
    sa.and_(_outcomes.request == _cases.request, _outcomes.number == _cases.number),
)
_CASE = (
    _cases.request, _cases.number, _cases.inputs, _cases.output,
    _outcomes.outcome, _outcomes.outcome_at,
)  # fmt: skip
_Row = sa.Row[*tuple[Any, ...]]
_PLACES = 100
"""Cases that one statement looks up, each by its place."""
_ASKED = sa.and_(_requests.shadow_of.is_(None), _requests.replay_of.is_(None))
_KINDS = {
    PredictionKind.LIVE: sa.and_(_ASKED, _requests.trial.is_(False)),
    PredictionKind.TRIAL: sa.and_(_ASKED, _requests.trial.is_(True)),
    PredictionKind.SHADOW: _requests.shadow_of.is_not(None),
    PredictionKind.REPLAY: sa.and_(_requests.shadow_of.is_(None), _requests.replay_of.is_not(None)),
}


class PredictionStore:
    """Predictions, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def get(self, request_id: str) -> PredictionRecord | None:
        """Return one request with all of its cases."""
        row = self._connection.execute(sa.select(*_HEAD).where(_requests.id == request_id)).first()
        if row is None:
            return None
        shadows = sa.select(_requests.id).where(_requests.shadow_of == request_id)
        return PredictionRecord(
            **row._mapping,  # noqa: SLF001 - SQLAlchemy's documented name
            cases=tuple(case for _, case in self.cases([request_id])),
            shadows=tuple(self._connection.scalars(shadows.order_by(_requests.id))),
        )

    def newest(self) -> str | None:
        """Return the id of the newest request on record: the end of the key, at no cost."""
        return self._connection.execute(sa.select(sa.func.max(_requests.id))).scalar()

    def page(
        self, wanted: PredictionFilter, *, before: str | None, limit: int, look: int
    ) -> tuple[list[PredictionOverview], str | None]:
        """Return requests that fit, the newest first, and the cursor for what follows, if any.

        `before` is that cursor. About `look` rows are looked at where no index tells what fits:
        a page may hold less than `limit`, even nothing, and have another one after it.
        """
        rows, following = self._found(wanted, before, limit, look)
        return self._overviews(rows), following

    def summaries(
        self, wanted: PredictionFilter, *, before: str | None, limit: int, look: int
    ) -> tuple[list[PredictionSummary], str | None]:
        """Return what `page` returns, without any case."""
        rows, following = self._found(wanted, before, limit, look)
        return [PredictionSummary(**_without_number(row)) for row in rows], following

    def _found(
        self, wanted: PredictionFilter, before: str | None, limit: int, look: int
    ) -> tuple[Sequence[_Row], str | None]:
        reach = list(_reach(wanted, before, self._connection.dialect.name))
        floor = self._floor(wanted, reach, look) if wanted.is_scanned else None
        query = sa.select(*_HEAD, _requests.cases, _first_fit(wanted).label("number"))
        query = query.where(*reach, *_fit(wanted))
        if floor is not None:
            query = query.where(_requests.id >= floor)
        rows = self._connection.execute(query.order_by(*_newest(wanted)).limit(limit)).all()
        return rows, rows[-1].id if len(rows) == limit else floor

    def _floor(
        self, wanted: PredictionFilter, reach: Sequence[sa.ColumnElement[bool]], look: int
    ) -> str | None:
        """Return the id at which `look` rows have been looked at; None: there are less."""
        newest = sa.select(_requests.id, _requests.cases).where(*reach)
        newest = newest.order_by(*_newest(wanted))
        if not wanted.is_of_cases:
            return self._connection.execute(newest.limit(1).offset(look - 1)).scalar()
        some = newest.limit(look).subquery()
        order = some.c.id.desc()
        above = sa.func.sum(some.c.cases).over(order_by=order, rows=(None, 0)) - some.c.cases
        counted = sa.select(some.c.id, above.label("above")).subquery()
        near = sa.case((counted.c.above < look, counted.c.id))
        query = sa.select(sa.func.count(), sa.func.count(near), sa.func.min(near))
        all_of_them, looked_at, floor = self._connection.execute(query.select_from(counted)).one()
        return None if all_of_them == looked_at < look else floor

    def _overviews(self, rows: Sequence[_Row]) -> list[PredictionOverview]:
        first: dict[str, PredictionCase] = {}
        for start in range(0, len(rows), _PLACES):
            # SQLite looks each of these up by the key, and reads all cases for a list of pairs.
            places = (
                sa.and_(_cases.request == row.id, _cases.number == row.number)
                for row in rows[start : start + _PLACES]
            )
            query = sa.select(*_CASE).select_from(_JUDGED).where(sa.or_(*places))
            first |= {row.request: _case(row) for row in self._connection.execute(query)}
        return [PredictionOverview(**_without_number(row), case=first[row.id]) for row in rows]

    def cases(
        self,
        ids: Sequence[str],
        wanted: PredictionFilter | None = None,
        *,
        first: int = 0,
        until: int | None = None,
    ) -> Iterator[tuple[str, PredictionCase]]:
        """Yield the cases of requests that fit, each with its request's id, by their numbers.

        The numbers are in `[first, until)`.
        """
        query = sa.select(*_CASE).select_from(_JUDGED).where(_cases.request.in_(ids))
        if wanted is not None:
            query = query.where(*_case_fit(wanted))
        if first:
            query = query.where(_cases.number >= first)
        if until is not None:
            query = query.where(_cases.number < until)
        for row in self._connection.execute(query.order_by(_cases.request, _cases.number)):
            yield row.request, _case(row)


def _reach(
    wanted: PredictionFilter, before: str | None, dialect: str
) -> Iterator[sa.ColumnElement[bool]]:
    """Yield what an index looks up: the model, and a stretch of ids."""
    if wanted.model is not None and dialect == "sqlite":
        yield _requests.model == wanted.model
    elif wanted.model is not None:
        # For an equality MariaDB uses the index up to the model, and reads all newer ids; for a
        # list, here with a name that no model has, it goes on to the id: 2 ms instead of 4 s.
        yield _requests.model.in_([wanted.model, ""])
    if before is not None:
        yield _requests.id < before
    if wanted.since is not None:
        yield _requests.id >= first_id(wanted.since, -SLACK_SECONDS)
    if wanted.until is not None:
        yield _requests.id < first_id(wanted.until, SLACK_SECONDS)


def _newest(wanted: PredictionFilter) -> list[sa.ColumnElement[Any]]:
    """Return the order of the newest first, as an index gives it."""
    newest: list[sa.ColumnElement[Any]] = [_requests.id.desc()]
    return newest if wanted.model is None else [_requests.model.desc(), *newest]


def _fit(wanted: PredictionFilter) -> Iterator[sa.ColumnElement[bool]]:
    """Yield what is looked at in each request."""
    if wanted.since is not None:
        yield _requests.received_at >= wanted.since
    if wanted.until is not None:
        yield _requests.received_at < wanted.until
    if wanted.version is not None:
        yield _requests.version == wanted.version
    if wanted.caller is not None:
        yield _requests.caller == wanted.caller
    if wanted.kind is not None:
        yield _KINDS[wanted.kind]
    if wanted.is_of_cases:
        yield _first_fit(wanted).is_not(None)


def _case_fit(wanted: PredictionFilter) -> Iterator[sa.ColumnElement[bool]]:
    """Yield what is looked at in each case."""
    if wanted.label is not None:
        yield _cases.label == wanted.label
    if wanted.text is not None:
        yield _cases.inputs.contains(_in_json(wanted.text), autoescape=True)
    if wanted.outcome is not None:
        known = _outcomes.number.is_not(None)
        yield known if wanted.outcome else sa.not_(known)


def _first_fit(wanted: PredictionFilter) -> sa.ColumnElement[Any]:
    """Return the number of a request's first case that fits.

    Its limit keeps optimizers from turning it into a join that begins with all cases there are.
    """
    if not wanted.is_of_cases:
        return sa.literal(0)
    query = sa.select(_cases.number).select_from(_JUDGED)
    query = query.where(_cases.request == _requests.id, *_case_fit(wanted))
    return query.order_by(_cases.number).limit(1).correlate(prediction_requests).scalar_subquery()


def _in_json(text: str) -> str:
    """Return text as it stands inside of a string in JSON."""
    return msgspec.json.encode(text)[1:-1].decode()


def _without_number(row: _Row) -> dict[str, Any]:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    del fields["number"]
    return fields


def _case(row: _Row) -> PredictionCase:
    return PredictionCase(
        number=row.number,
        inputs=msgspec.json.decode(row.inputs),
        output=msgspec.json.decode(row.output),
        outcome=None if row.outcome is None else msgspec.json.decode(row.outcome),
        outcome_at=row.outcome_at,
    )
