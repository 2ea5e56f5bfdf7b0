"""Predictions on record: list and read."""

import sqlalchemy as sa

from app.db.engine import reading
from app.db.predictions import PredictionStore
from app.services.missing import not_recorded
from app.values.prediction import PredictionFilter, PredictionOverview, PredictionRecord

LOOK = 20_000
"""Rows that are looked at for one page where no index tells what fits."""


class PredictionService:
    """The use cases of predictions that are on record."""

    def __init__(self, engine: sa.Engine, *, look: int = LOOK) -> None:
        self._engine = reading(engine)
        self._look = look

    def page(
        self, wanted: PredictionFilter, *, before: str | None = None, limit: int = 50
    ) -> tuple[list[PredictionOverview], str | None]:
        """Return requests, the newest first, and the cursor `before` of the page that follows.

        A page may hold less than `limit`, even nothing, and have another one after it: only so
        many records are looked at for one page.
        """
        with self._engine.begin() as connection:
            return PredictionStore(connection).page(
                wanted, before=before, limit=limit, look=self._look
            )

    def newest(self, wanted: PredictionFilter, *, limit: int) -> list[PredictionOverview]:
        """Return the newest requests that fit, however many must be looked at for them."""
        found, before = self.page(wanted, limit=limit)
        while before is not None and len(found) < limit:
            page, before = self.page(wanted, before=before, limit=limit - len(found))
            found += page
        return found

    def get(self, request_id: str) -> PredictionRecord:
        """Return one request with all of its cases. Raises NotFoundError."""
        with self._engine.begin() as connection:
            found = PredictionStore(connection).get(request_id)
        if found is None:
            raise not_recorded(request_id)
        return found
