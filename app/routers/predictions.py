"""Predictions on record: list, read, tell what turned out to be true."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.clock import utc_now
from app.routers.parts import ACTOR, PROBLEMS, Page, Services
from app.values.base import Instant, Name
from app.values.outcome import OutcomesTold, TellOutcomes
from app.values.prediction import (
    PredictionFilter,
    PredictionKind,
    PredictionOverview,
    PredictionRecord,
    RequestId,
)

router = APIRouter(prefix="/showroom/predictions", tags=["showroom"], responses=PROBLEMS)
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


@router.get("/{request_id}")
def get_prediction(request_id: RequestId, services: Services) -> PredictionRecord:
    """Return one request with all of its cases and their outcomes."""
    return services.predictions.get(request_id)


@router.put("/{request_id}/outcome")
def tell_outcomes(request_id: RequestId, told: TellOutcomes, services: Services) -> OutcomesTold:
    """Tell what turned out to be true of a request's cases; null takes it back.

    It replaces what was told before, and applies to what shadow versions answered too.
    """
    return services.outcomes.tell(request_id, told, actor=ACTOR, now=utc_now())
