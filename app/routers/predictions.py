"""Predictions on record: list, export, read, replay, tell what turned out to be true."""

from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from app.clock import utc_now
from app.routers.doorman import caller
from app.routers.parts import PROBLEMS, STRICT, Actor, Asking, Page, Services
from app.values.base import Instant, Name
from app.values.export import ExportFormat
from app.values.outcome import OutcomesTold, TellOutcomes
from app.values.prediction import (
    PredictionFilter,
    PredictionKind,
    PredictionOverview,
    PredictionRecord,
    RequestId,
)
from app.values.replay import Replay, ReplayOrder

_MEDIA = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
    ExportFormat.JSONL: "application/x-ndjson",
}
router = APIRouter(
    prefix="/showroom/predictions", tags=["showroom"], responses=PROBLEMS, dependencies=STRICT
)
Version = Annotated[int, Query(ge=1, le=2**31 - 1)]


def _filter(  # noqa: PLR0913 - each is a filter
    *,
    model: Name | None = None,
    version: Version | None = None,
    since: Annotated[Instant | None, Query(description="Received then or later.")] = None,
    until: Annotated[Instant | None, Query(description="Received before.")] = None,
    caller: Annotated[str | None, Query(max_length=100)] = None,
    kind: Annotated[PredictionKind | None, Query(description="All kinds if left out.")] = None,
    label: Annotated[
        str | None, Query(max_length=255, description="Predicted for one of the cases.")
    ] = None,
    text: Annotated[
        str | None,
        Query(min_length=1, max_length=200, description="In a case's inputs, names or values."),
    ] = None,
    outcome: Annotated[
        bool | None, Query(description="Whether the outcome of a case is known.")
    ] = None,
) -> PredictionFilter:
    return PredictionFilter(
        model=model, version=version, since=since, until=until, caller=caller, kind=kind,
        label=label, text=text, outcome=outcome,
    )  # fmt: skip


Wanted = Annotated[PredictionFilter, Depends(_filter)]


@router.get("")
def list_predictions(
    services: Services,
    wanted: Wanted,
    cursor: RequestId | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> Page[PredictionOverview]:
    """List the requests on record, the newest first.

    So many records are looked at for one page: one that holds less than `limit`, or nothing, has
    more after it as long as `next` is given.
    """
    found, following = services.predictions.page(wanted, before=cursor, limit=limit)
    return Page(items=found, next=following)


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={
        200: {"content": {media: {} for media in _MEDIA.values()}, "description": "The file"},
    },
)
def export_predictions(
    services: Services,
    wanted: Wanted,
    form: Annotated[ExportFormat, Query(alias="format")] = ExportFormat.CSV,
) -> StreamingResponse:
    """Return all cases that fit as a file, a row each, the newest request's first.

    CSV and Parquet need a model, whose inputs and outputs are the columns. The file is made while
    it is sent; if that fails, the connection is closed before its end.
    """
    pieces = services.export.stream(wanted, form)
    first = next(pieces, b"")  # what fails at once has a status of its own
    name = f"predictions.{form}"
    return StreamingResponse(
        chain([first], pieces),
        media_type=_MEDIA[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/{request_id}")
def get_prediction(request_id: RequestId, services: Services) -> PredictionRecord:
    """Return one request with all of its cases and their outcomes."""
    return services.predictions.get(request_id)


@router.post("/{request_id}/replay")
def replay_prediction(
    request_id: RequestId,
    services: Services,
    principal: Asking,
    request: Request,
    asked: ReplayOrder | None = None,
) -> Replay:
    """Answer a request again, by its own version or another one, and compare case by case.

    The replay has a record of its own, of kind `replay`; it is no live answer, and has no shadow.
    """
    version = None if asked is None else asked.version
    return services.replays.replay(
        request_id, version, caller=caller(request.scope), now=utc_now(), scope=principal.scope
    )


@router.put("/{request_id}/outcome")
def tell_outcomes(
    request_id: RequestId, told: TellOutcomes, services: Services, actor: Actor
) -> OutcomesTold:
    """Tell what turned out to be true of a request's cases; null takes it back.

    It replaces what was told before, and applies to what shadow versions answered too.
    """
    return services.outcomes.tell(request_id, told, actor=actor, now=utc_now())
