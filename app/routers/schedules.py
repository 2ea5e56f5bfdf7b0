"""Schedules: list, create, read, replace, change, remove; pause, resume; what is due, what ran."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Response
from pydantic import ConfigDict, Field

from app.clock import utc_now
from app.routers import examples
from app.routers.etags import Expected, etag, is_known, tagged
from app.routers.parts import PROBLEMS, STRICT, Actor, Page, Services
from app.values.base import Moment, Name
from app.values.dispatch import Dispatch
from app.values.event import Event
from app.values.fires import Fires, fires
from app.values.overview import Filter, Overview
from app.values.schedule import Schedule
from app.values.when import When

router = APIRouter(prefix="/schedules", tags=["schedules"], responses=PROBLEMS, dependencies=STRICT)
Limit = Annotated[int, Query(ge=1, le=1000)]
Count = Annotated[int, Field(ge=1, le=1000)]
Cursor = Annotated[int | None, Query(ge=1, le=2**62)]
Spec = Annotated[Schedule, Body(openapi_examples=examples.SCHEDULES)]
Patch = Annotated[
    dict[str, Any],
    Body(media_type="application/merge-patch+json", openapi_examples=examples.PATCHES),
]


class Preview(When):
    """When something would be due: one of `cron`, `interval` and `once`, by a time zone."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PREVIEW]})

    after: Moment | None = None
    """Without an offset it is meant by the time zone's clock; left out, it is now."""
    count: Count = 5


@router.get("")
def list_schedules(
    services: Services,
    *,
    paused: bool | None = None,
    model: Name | None = None,
    text: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    cursor: Annotated[str, Query(max_length=100)] = "",
    limit: Limit = 50,
) -> Page[Overview]:
    """List the schedules by name; `text` is looked for in names, descriptions and targets."""
    wanted = Filter(paused=paused, model=model, text=text)
    items, following = services.schedules.overviews(wanted, after=cursor, limit=limit)
    return Page(items=items, next=following)


@router.post("", status_code=201)
def create_schedule(spec: Spec, services: Services, actor: Actor, response: Response) -> Overview:
    """Create a schedule. Its slots count from now on."""
    created = services.schedules.create(spec, actor=actor, now=utc_now())
    response.headers["Location"] = f"/schedules/{spec.name}"
    return tagged(created, response)


@router.post("/preview")
def preview_fires(asked: Preview) -> Fires:
    """Say when a schedule would be due, in instants and in words; nothing is stored."""
    return fires(asked, after=asked.after or utc_now(), count=asked.count)


@router.get("/{name}", response_model=Overview, responses={304: {"description": "Not changed"}})
def get_schedule(
    name: Name,
    services: Services,
    response: Response,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Overview | Response:
    """Return one schedule. Its ETag is its revision: it tells edits, not what was dispatched."""
    found = services.schedules.overview(name)
    if is_known(if_none_match, found.revision):
        return Response(status_code=304, headers={"ETag": etag(found.revision)})
    return tagged(found, response)


@router.put("/{name}")
def replace_schedule(
    name: Name, spec: Spec, services: Services, actor: Actor, expected: Expected, response: Response
) -> Overview:
    """Replace a schedule whole. No past slot becomes due by that."""
    replaced = services.schedules.replace(name, spec, actor=actor, now=utc_now(), expected=expected)
    return tagged(replaced, response)


@router.patch("/{name}")
def change_schedule(
    name: Name,
    patch: Patch,
    services: Services,
    actor: Actor,
    expected: Expected,
    response: Response,
) -> Overview:
    """Change some fields, by a merge patch (RFC 7396): null takes a field back to its default."""
    changed = services.schedules.change(name, patch, actor=actor, now=utc_now(), expected=expected)
    return tagged(changed, response)


@router.delete("/{name}", status_code=204)
def remove_schedule(name: Name, services: Services, actor: Actor, expected: Expected) -> None:
    """Remove a schedule and cancel what waits for it. What runs goes on; records stay."""
    services.schedules.remove(name, actor=actor, now=utc_now(), expected=expected)


@router.post("/{name}/pause")
def pause_schedule(
    name: Name, services: Services, actor: Actor, expected: Expected, response: Response
) -> Overview:
    """Pause a schedule: slots that fall into the pause are passed over."""
    paused = services.schedules.pause(name, actor=actor, now=utc_now(), expected=expected)
    return tagged(paused, response)


@router.post("/{name}/resume")
def resume_schedule(
    name: Name, services: Services, actor: Actor, expected: Expected, response: Response
) -> Overview:
    """Let a paused schedule go on with its next slot."""
    resumed = services.schedules.resume(name, actor=actor, now=utc_now(), expected=expected)
    return tagged(resumed, response)


@router.get("/{name}/fires")
def list_fires(
    name: Name,
    services: Services,
    after: Annotated[
        Moment | None, Query(description="Without an offset: the schedule's clock.")
    ] = None,
    count: Annotated[int, Query(ge=1, le=1000)] = 5,
) -> Fires:
    """Say when the schedule is due after `after` (now), paused or not."""
    return services.schedules.fires(name, after=after or utc_now(), count=count)


@router.get("/{name}/dispatches")
def list_dispatches(
    name: Name, services: Services, cursor: Cursor = None, limit: Limit = 50
) -> Page[Dispatch]:
    """List the schedule's dispatches, the newest first."""
    found = services.dispatches.of_schedule(name, before=cursor, limit=limit)
    return Page(items=found, next=found[-1].id if len(found) == limit else None)


@router.get("/{name}/events")
def list_events(
    name: Name, services: Services, cursor: Cursor = None, limit: Limit = 50
) -> Page[Event]:
    """Return what happened to the schedule, the oldest first, also after its removal."""
    found = services.schedules.history(name, after=cursor or 0, limit=limit)
    return Page(items=found, next=found[-1].id if len(found) == limit else None)


@router.get(
    "/{name}/export",
    response_class=Response,
    responses={200: {"content": {"application/yaml": {}}, "description": "A file to apply"}},
)
def export_schedule(name: Name, services: Services) -> Response:
    """Return the schedule as a YAML file that `disparo apply` takes."""
    return Response(services.schedules.export([name]), media_type="application/yaml")
