"""Checks: create, try, list, read, replace, change, remove, pause; their results and flips."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Response
from fastapi.concurrency import run_in_threadpool

from app.clock import utc_now
from app.errors import TimedOutError
from app.factory import Factory
from app.routers import examples
from app.routers.etags import Expected, etag, is_known, tagged
from app.routers.parts import PROBLEMS, STRICT, Actor, Page, Services
from app.values.base import Name
from app.values.check import Check, Flip, Kind, Reading, State
from app.values.check_view import CheckView, Look, Rollup, Width
from app.values.event import Event

router = APIRouter(prefix="/checks", tags=["checks"], responses=PROBLEMS, dependencies=STRICT)
_GRACE_SECONDS = 2.0
Limit = Annotated[int, Query(ge=1, le=1000)]
Cursor = Annotated[int | None, Query(ge=1, le=2**62)]
Past = Annotated[int | None, Query(ge=1, le=253_402_300_799_999_999)]
"""A cursor of results: microseconds since 1970, up to the year 9999."""
Spec = Annotated[Check, Body(openapi_examples=examples.CHECKS)]
Patch = Annotated[dict[str, Any], Body(media_type="application/merge-patch+json")]


@router.get("")
def list_checks(
    services: Services,
    *,
    kind: Kind | None = None,
    state: State | None = None,
    cursor: Annotated[str, Query(max_length=100)] = "",
    limit: Limit = 50,
) -> Page[CheckView]:
    """List the checks by name, with how each stands."""
    found = services.checks.page(after=cursor, limit=limit, kind=kind, state=state)
    return Page(items=found, next=found[-1].name if len(found) == limit else None)


@router.post("", status_code=201)
def create_check(spec: Spec, services: Services, actor: Actor, response: Response) -> CheckView:
    """Create a check. It is looked at within a second."""
    created = services.checks.create(spec, actor=actor, now=utc_now())
    response.headers["Location"] = f"/checks/{spec.name}"
    return tagged(created, response)


@router.post("/try")
async def try_check(spec: Spec, services: Services) -> Reading:
    """Look once at what a check would look at, before there is one. Nothing is recorded."""
    return await _looked(spec, services)


@router.get("/{name}", response_model=CheckView, responses={304: {"description": "Not changed"}})
def get_check(
    name: Name,
    services: Services,
    response: Response,
    if_none_match: Annotated[str | None, Header()] = None,
) -> CheckView | Response:
    """Return one check. Its ETag is its revision: it tells edits, not what looks found."""
    found = services.checks.get(name)
    if is_known(if_none_match, found.revision):
        return Response(status_code=304, headers={"ETag": etag(found.revision)})
    return tagged(found, response)


@router.put("/{name}")
def replace_check(
    name: Name, spec: Spec, services: Services, actor: Actor, expected: Expected, response: Response
) -> CheckView:
    """Replace a check whole."""
    replaced = services.checks.replace(name, spec, actor=actor, now=utc_now(), expected=expected)
    return tagged(replaced, response)


@router.patch("/{name}")
def change_check(
    name: Name,
    patch: Patch,
    services: Services,
    actor: Actor,
    expected: Expected,
    response: Response,
) -> CheckView:
    """Change some fields, by a merge patch (RFC 7396): null takes a field back to its default.

    A target of another kind replaces the one that was there whole.
    """
    changed = services.checks.change(name, patch, actor=actor, now=utc_now(), expected=expected)
    return tagged(changed, response)


@router.delete("/{name}", status_code=204)
def remove_check(name: Name, services: Services, actor: Actor, expected: Expected) -> None:
    """Remove a check and its results. What happened to it stays on record."""
    services.checks.remove(name, actor=actor, now=utc_now(), expected=expected)


@router.post("/{name}/pause")
def pause_check(
    name: Name, services: Services, actor: Actor, expected: Expected, response: Response
) -> CheckView:
    """Pause a check: nobody looks, and nobody is told. A check that a file declares, too."""
    paused = services.checks.set_paused(
        name, paused=True, actor=actor, now=utc_now(), expected=expected
    )
    return tagged(paused, response)


@router.post("/{name}/resume")
def resume_check(
    name: Name, services: Services, actor: Actor, expected: Expected, response: Response
) -> CheckView:
    """Let a paused check go on: it is looked at within a second."""
    resumed = services.checks.set_paused(
        name, paused=False, actor=actor, now=utc_now(), expected=expected
    )
    return tagged(resumed, response)


@router.post("/{name}/test")
async def test_check(name: Name, services: Services) -> Reading:
    """Look now, and tell what is found. It is not recorded, and changes no state."""
    return await _looked(await run_in_threadpool(services.checks.sound, name), services)


async def _looked(check: Check, services: Factory) -> Reading:
    """Look once, and wait no longer than the check allows. Raises BusyError, TimedOutError."""
    look = services.looks.test(check, utc_now())
    try:
        seconds = check.timeout + _GRACE_SECONDS
        return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(look)), seconds)
    except TimeoutError:
        services.looks.leave(look)
        words = (
            f"the look at {check.name!r} did not come back within {seconds:g} s and was left behind"
        )
        raise TimedOutError(words) from None


@router.get("/{name}/results")
def list_results(
    name: Name,
    services: Services,
    by: Width = Width.RAW,
    cursor: Past = None,
    limit: Limit = 50,
) -> Page[Look | Rollup]:
    """List what looks found, the newest first: each one, or by hour or day of UTC.

    Each is kept for monitor.keep_results_days, hours for monitor.keep_hours_days, days for
    monitor.keep_days.
    """
    found: tuple[list[Any], int | None]
    if by is Width.RAW:
        found = services.checks.looks(name, before=cursor, limit=limit)
    else:
        found = services.checks.rollups(name, by, before=cursor, limit=limit)
    return Page(items=found[0], next=found[1])


@router.get("/{name}/flips")
def list_flips(
    name: Name, services: Services, cursor: Cursor = None, limit: Limit = 50
) -> Page[Flip]:
    """List the changes of the check's state, the newest first, also after its removal."""
    found = services.checks.flips(name, before=cursor, limit=limit)
    return Page(items=found, next=found[-1].id if len(found) == limit else None)


@router.get("/{name}/events")
def list_events(
    name: Name, services: Services, cursor: Cursor = None, limit: Limit = 50
) -> Page[Event]:
    """Return who changed what of the check, the oldest first, also after its removal."""
    found = services.checks.history(name, after=cursor or 0, limit=limit)
    return Page(items=found, next=found[-1].id if len(found) == limit else None)


@router.get(
    "/{name}/export",
    response_class=Response,
    responses={200: {"content": {"application/yaml": {}}, "description": "A file to apply"}},
)
def export_check(name: Name, services: Services) -> Response:
    """Return the check as a YAML file that `disparo apply` takes."""
    return Response(services.checks.export([name]), media_type="application/yaml")
