"""Records of predictions: an answer waits for its own, as its model's durability asks."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.db.prediction_log import Entry, PredictionLog
from app.db.spool import Spool
from app.errors import BusyError
from app.inference.batcher import Ask
from app.services.meters import Meters
from app.services.requests import ENCODER, Request, release
from app.settings_sections import Durability, Showroom
from app.values.serving import Serving


class Recorder:
    """Records requests that were answered, and lets their answers go."""

    def __init__(
        self, engine: sa.Engine, bounds: Showroom, spool: Path, meters: Meters | None
    ) -> None:
        """`spool` is the directory of the files that stand in for the database, if so asked."""
        self._bounds = bounds
        self._meters = meters
        self._log = PredictionLog(
            engine,
            self._on_recorded,
            most=bounds.log_queue,
            most_bytes=bounds.log_bytes,
            spool=Spool(spool, bounds.spool_bytes) if bounds.spool else None,
        )

    def start(self) -> None:
        """Begin to record."""
        self._log.start()

    def stop(self) -> None:
        """Record what waits, and end."""
        self._log.stop(self._bounds.commit_seconds)

    @property
    def is_full(self) -> bool:
        """Tell whether as many requests wait for their records as may."""
        return self._log.is_full

    @property
    def waiting(self) -> tuple[int, int]:
        """How many requests wait for their records, and how many bytes these are."""
        return self._log.waiting

    def require_room(self, serving: Serving) -> None:
        """Raise BusyError while the records that wait are too many."""
        if self._log.is_full and self._durability(serving) is not Durability.OFF:
            raise BusyError(
                "too many predictions wait for their records (showroom.log_queue and "
                "showroom.log_bytes); try again",
                retry_after=1,
            )

    def take(self, asks: Sequence[Ask]) -> None:
        """Take requests from a version's thread: record them, or let them go."""
        free: list[Request] = []
        for request in asks:
            assert isinstance(request, Request)  # noqa: S101 - nothing else is put
            durability = self._durability(request.serving)
            if request.error is None:
                request.outputs_json = list(map(ENCODER.encode, request.outputs))
            if request.error is not None or durability is not Durability.COMMITTED:
                free.append(request)
            if request.error is None and durability is not Durability.OFF:
                self._log.put(self._entry(request, durability))
        self._release(free)

    def _release(self, requests: Sequence[Request]) -> None:
        if self._meters is not None and requests:
            self._meters.released(requests)
        release(requests)

    def _on_recorded(self, entries: Sequence[Entry]) -> None:
        """Take a transaction's entries from the log's thread: their answers may go."""
        waiters: list[Request] = []
        for entry in entries:
            if entry.waiter is not None:
                entry.waiter.error = entry.error
                waiters.append(entry.waiter)
        self._release(waiters)

    def _durability(self, serving: Serving) -> Durability:
        return serving.durability or self._bounds.durability

    def _entry(self, request: Request, durability: Durability) -> Entry:
        is_waited_for = durability is Durability.COMMITTED and request.loop is not None
        case = request.served.decoder(request.serving.unknown_categories).case
        model, version = request.served.key
        origin = request.origin
        if is_waited_for:
            request.commit_by = time.perf_counter() + self._bounds.commit_seconds
        return Entry(
            id=request.id,
            model=model,
            version=version,
            caller=origin.caller,
            received_at=origin.received_at,
            queue_seconds=request.queue_seconds,
            infer_seconds=request.infer_seconds,
            inputs=[ENCODER.encode(case(row)) for row in request.rows],
            outputs=request.outputs_json,
            labels=[_label(output) for output in request.outputs],
            commit_by=request.commit_by,
            waiter=request if is_waited_for else None,
            shadow_of=origin.shadow_of,
            trial=origin.trial,
        )


def _label(output: dict[str, Any]) -> str | None:
    label = output.get("label")
    return None if label is None else str(label)
