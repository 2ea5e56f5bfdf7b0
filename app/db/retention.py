"""The store that removes predictions on record, the oldest first."""

from collections.abc import Sequence

import sqlalchemy as sa

from app.db.showroom_tables import prediction_cases, prediction_outcomes, prediction_requests

_requests = prediction_requests.c


class RetentionStore:
    """The records' old end, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def newest(self, number: int) -> str | None:
        """Return the id of the request with this number, counted from the newest, 1; else None."""
        query = sa.select(_requests.id).order_by(_requests.id.desc())
        found: str | None = self._connection.scalar(query.offset(number - 1).limit(1))
        return found

    def oldest(self, before: str, *, requests: int, cases: int) -> list[str]:
        """Return the oldest ids under `before`: so many, with about so many cases together."""
        query = sa.select(_requests.id, _requests.cases).where(_requests.id < before)
        ids: list[str] = []
        for row in self._connection.execute(query.order_by(_requests.id).limit(requests)):
            ids.append(row.id)
            cases -= row.cases
            if cases <= 0:
                break
        return ids

    def remove(self, ids: Sequence[str]) -> None:
        """Remove requests with their cases and outcomes.

        The requests go first: who tells an outcome locks its request, and so finds it gone instead
        of leaving an outcome behind, and both take their locks in the same order.
        """
        for table, column in (
            (prediction_requests, _requests.id),
            (prediction_cases, prediction_cases.c.request),
            (prediction_outcomes, prediction_outcomes.c.request),
        ):
            self._connection.execute(table.delete().where(column.in_(ids)))
