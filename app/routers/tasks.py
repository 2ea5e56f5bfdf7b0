"""The tasks of a dispatch that was split: look at them, run again alone those that failed."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.clock import utc_now
from app.routers.dispatches import DispatchId
from app.routers.parts import PROBLEMS, STRICT, Actor, Page, Services
from app.values.dispatch import Dispatch
from app.values.schedule import MOST_PARTITIONS
from app.values.task import DispatchTask

router = APIRouter(
    prefix="/dispatches", tags=["dispatches"], responses=PROBLEMS, dependencies=STRICT
)


class Rerun(BaseModel):
    """Which tasks are to run again."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{}]})

    partitions: Annotated[
        list[Annotated[int, Field(ge=0, lt=MOST_PARTITIONS)]] | None,
        Field(
            max_length=MOST_PARTITIONS,
            description="These too, though they succeeded: beside all that did not.",
        ),
    ] = None


@router.get("/{dispatch_id}/tasks")
def list_tasks(dispatch_id: DispatchId, services: Services) -> Page[DispatchTask]:
    """List the tasks by their newest attempts, the publication last; none if it was not split."""
    return Page(items=services.tasks.of(dispatch_id))


@router.post("/{dispatch_id}/tasks/rerun", status_code=202)
def rerun_tasks(
    dispatch_id: DispatchId,
    services: Services,
    actor: Actor,
    request: Request,
    response: Response,
    asked: Rerun | None = None,
) -> Dispatch:
    """Run again the tasks that failed, and publish what they and the others have staged."""
    partitions = None if asked is None else asked.partitions
    reopened = services.tasks.rerun(dispatch_id, partitions=partitions, actor=actor, now=utc_now())
    request.app.state.wake_launcher()
    response.headers["Location"] = f"/dispatches/{dispatch_id}"
    return reopened
