"""Dispatches: list, read, start by hand, cancel."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ConfigDict, Field

from app.clock import utc_now
from app.routers.parts import PROBLEMS, STRICT, Actor, ManualRun, Page, Services
from app.values.base import Instant, Name
from app.values.brief import Brief, DispatchFilter, Timeline
from app.values.dispatch import Dispatch, DispatchKind, DispatchState
from app.values.event import Event

router = APIRouter(
    prefix="/dispatches", tags=["dispatches"], responses=PROBLEMS, dependencies=STRICT
)
Limit = Annotated[int, Query(ge=1, le=1000)]


class NewDispatch(ManualRun):
    """A dispatch to start by hand."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"schedule": "score-day", "slot": "2013-11-28T00:00:00"}]},
    )

    schedule: Name


def _filter(
    *,
    schedule: Name | None = None,
    state: DispatchState | None = None,
    kind: DispatchKind | None = None,
    backfill: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    since: Annotated[Instant | None, Query(description="The first slot.")] = None,
    until: Annotated[Instant | None, Query(description="The first slot left out.")] = None,
) -> DispatchFilter:
    return DispatchFilter(
        schedule=schedule, state=state, kind=kind, backfill=backfill, since=since, until=until
    )


Wanted = Annotated[DispatchFilter, Depends(_filter)]
Cursor = Annotated[int | None, Query(ge=1, le=2**62)]


@router.get("")
def list_dispatches(
    services: Services, wanted: Wanted, cursor: Cursor = None, limit: Limit = 50
) -> Page[Dispatch]:
    """List the dispatches, the newest first."""
    found = services.dispatches.page(wanted, before=cursor, limit=limit)
    return Page(items=found, next=found[-1].id if len(found) == limit else None)


@router.get("/brief")
def list_briefs(
    services: Services, wanted: Wanted, cursor: Cursor = None, limit: Limit = 100
) -> Page[Brief]:
    """List the dispatches in brief, the newest first: for lists that are long."""
    found = services.briefs.page(wanted, before=cursor, limit=limit)
    return Page(items=found, next=found[-1].id if len(found) == limit else None)


@router.get("/timeline")
def get_timeline(
    services: Services,
    since: Instant,
    until: Annotated[Instant, Query(description="The first instant left out.")],
    schedule: Name | None = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 2000,
) -> Timeline:
    """Tell what ran at some instant of a stretch of time, however early it had started."""
    return services.briefs.timeline(since, until, schedule=schedule, limit=limit)


@router.post("", status_code=202)
def start_dispatch(
    asked: NewDispatch, services: Services, actor: Actor, request: Request, response: Response
) -> Dispatch:
    """Queue a dispatch; a process of its own runs it."""
    queued = services.dispatches.order(asked.schedule, now=utc_now(), actor=actor, **asked.wanted())
    return _started(queued, request, response)


DispatchId = Annotated[int, Field(ge=1, le=2**62)]


@router.get("/{dispatch_id}")
def get_dispatch(dispatch_id: DispatchId, services: Services) -> Dispatch:
    """Return one dispatch with its whole record."""
    return services.dispatches.get(dispatch_id)


@router.get("/{dispatch_id}/events")
def get_events(dispatch_id: DispatchId, services: Services) -> Page[Event]:
    """Return what happened, the oldest first."""
    return Page(items=services.dispatches.events(dispatch_id))


@router.get("/{dispatch_id}/rows")
def get_rows(
    dispatch_id: DispatchId, services: Services, limit: Limit = 20
) -> Page[dict[str, Any]]:
    """Return the first delivered rows that are still in the target."""
    return Page(items=services.dispatches.rows(dispatch_id, limit))


@router.post("/{dispatch_id}/cancel")
def cancel_dispatch(
    dispatch_id: DispatchId, services: Services, actor: Actor, request: Request
) -> Dispatch:
    """Cancel a waiting dispatch at once, a running one within seconds."""
    cancelled = services.dispatches.cancel(dispatch_id, actor=actor, now=utc_now())
    request.app.state.wake_launcher()
    return cancelled


@router.post("/{dispatch_id}/rerun", status_code=202)
def rerun_dispatch(
    dispatch_id: DispatchId, services: Services, actor: Actor, request: Request, response: Response
) -> Dispatch:
    """Queue what a dispatch did once more, by hand: the same order, whatever changed since."""
    queued = services.dispatches.again(dispatch_id, actor=actor, now=utc_now())
    return _started(queued, request, response)


def _started(queued: Dispatch, request: Request, response: Response) -> Dispatch:
    request.app.state.wake_launcher()
    response.headers["Location"] = f"/dispatches/{queued.id}"
    return queued
