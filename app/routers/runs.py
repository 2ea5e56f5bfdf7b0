"""What a schedule is made to do beside its slots: a run now, and backfills."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.clock import utc_now
from app.routers.parts import PROBLEMS, STRICT, Actor, ManualRun, Page, Services
from app.values.backfill import Backfill, BackfillPlan, BackfillRequest
from app.values.base import Moment, Name
from app.values.dispatch import Dispatch

router = APIRouter(prefix="/schedules", tags=["schedules"], responses=PROBLEMS, dependencies=STRICT)
BackfillId = Annotated[int, Field(ge=1, le=2**62)]


class NewBackfill(BaseModel):
    """A stretch of time `[first, until)` whose slots are to be dispatched."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"first": "2013-11-01", "until": "2013-12-01", "dry_run": True}]
        },
    )

    first: Annotated[Moment, Field(description="Without an offset: the schedule's clock.")]
    until: Annotated[Moment, Field(description="The first instant that is left out.")]
    at_once: Annotated[int, Field(ge=1, le=1000, description="Most that run at once.")] = 1
    rerun: Annotated[
        bool, Field(description="Dispatch slots again that succeeded, wait or run.")
    ] = False
    dry_run: Annotated[bool, Field(description="Count only.")] = False


@router.post("/{name}/run", status_code=202)
def run_schedule(
    name: Name,
    services: Services,
    actor: Actor,
    request: Request,
    response: Response,
    asked: ManualRun | None = None,
) -> Dispatch:
    """Queue a dispatch by hand, paused or not; a process of its own runs it."""
    wanted = (asked or ManualRun()).wanted()
    queued = services.dispatches.order(name, now=utc_now(), actor=actor, **wanted)
    request.app.state.wake_launcher()
    response.headers["Location"] = f"/dispatches/{queued.id}"
    return queued


@router.post("/{name}/backfill", status_code=202, response_model=Backfill | BackfillPlan)
def backfill_schedule(
    name: Name,
    asked: NewBackfill,
    services: Services,
    actor: Actor,
    request: Request,
    response: Response,
) -> Backfill | BackfillPlan:
    """Queue one dispatch a slot, the oldest first; `dry_run` only tells how many (200)."""
    wanted = BackfillRequest(schedule=name, first=asked.first, until=asked.until, rerun=asked.rerun)
    if asked.dry_run:
        response.status_code = 200
        return services.backfills.plan(wanted, now=utc_now())
    made = services.backfills.order(wanted, at_once=asked.at_once, actor=actor, now=utc_now())
    request.app.state.wake_launcher()
    response.headers["Location"] = f"/schedules/{name}/backfills/{made.id}"
    return made


@router.get("/{name}/backfills")
def list_backfills(
    name: Name,
    services: Services,
    cursor: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> Page[Backfill]:
    """List the schedule's backfills and how far each is, the newest first."""
    found = services.backfills.page(name, before=cursor, limit=limit)
    return Page(items=found, next=found[-1].id if len(found) == limit else None)


@router.get("/{name}/backfills/{backfill_id}")
def get_backfill(name: Name, backfill_id: BackfillId, services: Services) -> Backfill:
    """Return one backfill and how far it is."""
    return services.backfills.get(name, backfill_id)


@router.post("/{name}/backfills/{backfill_id}/cancel")
def cancel_backfill(
    name: Name, backfill_id: BackfillId, services: Services, actor: Actor, request: Request
) -> Backfill:
    """Cancel what waits of a backfill at once, what runs within seconds."""
    cancelled = services.backfills.cancel(name, backfill_id, actor=actor, now=utc_now())
    request.app.state.wake_launcher()
    return cancelled
