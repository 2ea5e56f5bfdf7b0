"""Export: predictions on record as a stream of bytes, in bounded memory."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from app.db.engine import reading
from app.db.models import ModelStore
from app.db.predictions import PredictionStore
from app.errors import InvalidRequestError
from app.services.export_text import as_csv, as_jsonl
from app.services.missing import no_model, no_version
from app.values.export import ExportColumn, ExportFormat, Row, columns, row
from app.values.prediction import PredictionFilter, PredictionSummary

_LOOK = 20_000
"""Rows that are looked at for one page where no index tells what fits."""
_REQUESTS = 100
"""Requests of one page."""
CASES = 500
"""Cases that are read, and held, at once."""
Slice = tuple[Sequence[PredictionSummary], int, int | None]
"""Requests, and which of their cases: from a number on, until another one."""


class ExportService:
    """The use case of taking predictions elsewhere."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = reading(engine)

    def stream(self, wanted: PredictionFilter, form: ExportFormat) -> Iterator[bytes]:
        """Return the cases that fit, the newest request's first, as pieces of a file.

        Each piece is read in a transaction of its own: whoever takes them slowly holds up nobody.
        Raises NotFoundError, and InvalidRequestError where columns are asked of no model, both
        before the first piece.
        """
        if form is ExportFormat.JSONL:
            return as_jsonl(self.parts(wanted))
        names = self._columns(wanted)
        if form is ExportFormat.CSV:
            return as_csv([one.name for one in names], self.parts(wanted))
        from app.services.export_parquet import as_parquet  # takes long to import

        return as_parquet(names, self.parts(wanted))

    def _columns(self, wanted: PredictionFilter) -> list[ExportColumn]:
        if wanted.model is None:
            raise InvalidRequestError(
                "name a model: the columns of a CSV or Parquet file are its inputs and outputs; "
                "jsonl takes all models together"
            )
        with self._engine.begin() as connection:
            known = ModelStore(connection).versions(wanted.model)
        if not known:
            raise no_model(wanted.model)
        chosen = [one for one in known if wanted.version in {None, one.number}]
        if not chosen:
            raise no_version(wanted.model, wanted.version or 0)
        signatures = [one.signature for one in reversed(chosen)]
        return columns(signatures, [one.signature for one in known])

    def parts(self, wanted: PredictionFilter) -> Iterator[list[Row]]:
        """Yield the cases that fit, a bounded number at a time."""
        for page in self._pages(wanted):
            for piece in _slices(page):
                if found := self._rows(piece, wanted):
                    yield found

    def _pages(self, wanted: PredictionFilter) -> Iterator[Sequence[PredictionSummary]]:
        before, is_more = None, True
        while is_more:
            with self._engine.begin() as connection:
                page, before = PredictionStore(connection).summaries(
                    wanted, before=before, limit=_REQUESTS, look=_LOOK
                )
            yield page
            is_more = before is not None

    def _rows(self, piece: Slice, wanted: PredictionFilter) -> list[Row]:
        requests, first, until = piece
        found: dict[str, list[Row]] = {one.id: [] for one in requests}
        heads = {one.id: one for one in requests}
        with self._engine.begin() as connection:
            cases = PredictionStore(connection).cases(list(heads), wanted, first=first, until=until)
            for request_id, case in cases:
                found[request_id].append(row(heads[request_id], case))
        return [each for rows in found.values() for each in rows]


def _slices(page: Sequence[PredictionSummary]) -> Iterator[Slice]:
    """Yield requests together while they are small, and the cases of a large one in parts."""
    together: list[PredictionSummary] = []
    for one in page:
        if together and sum(each.cases for each in together) + one.cases > CASES:
            yield together, 0, None
            together = []
        if one.cases <= CASES:
            together.append(one)
            continue
        for first in range(0, one.cases, CASES):
            yield [one], first, first + CASES
    if together:
        yield together, 0, None
