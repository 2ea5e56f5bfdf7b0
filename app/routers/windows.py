"""Maintenance windows: times in which checks are looked at, and nobody is told."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from app.clock import utc_now
from app.routers import examples
from app.routers.etags import Expected, tagged
from app.routers.parts import PROBLEMS, STRICT, Actor, Page, Services
from app.values.base import Name
from app.values.maintenance import Maintenance, StoredMaintenance

router = APIRouter(
    prefix="/monitor/windows", tags=["monitor"], responses=PROBLEMS, dependencies=STRICT
)
Spec = Annotated[Maintenance, Body(openapi_examples=examples.WINDOWS)]


@router.get("")
def list_windows(services: Services) -> Page[StoredMaintenance]:
    """List the maintenance windows."""
    return Page(items=services.windows.all())


@router.post("", status_code=201)
def create_window(
    spec: Spec, services: Services, actor: Actor, response: Response
) -> StoredMaintenance:
    """Create a maintenance window: from an instant until another, or by cron for a duration."""
    created = services.windows.create(spec, actor=actor, now=utc_now())
    response.headers["Location"] = f"/monitor/windows/{spec.name}"
    return tagged(created, response)


@router.get("/{name}")
def get_window(name: Name, services: Services, response: Response) -> StoredMaintenance:
    """Return one maintenance window."""
    return tagged(services.windows.get(name), response)


@router.put("/{name}")
def replace_window(
    name: Name, spec: Spec, services: Services, actor: Actor, expected: Expected, response: Response
) -> StoredMaintenance:
    """Replace a maintenance window."""
    replaced = services.windows.replace(name, spec, actor=actor, now=utc_now(), expected=expected)
    return tagged(replaced, response)


@router.delete("/{name}", status_code=204)
def remove_window(name: Name, services: Services, actor: Actor, expected: Expected) -> None:
    """Remove a maintenance window: what is wrong by then is told of."""
    services.windows.remove(name, actor=actor, now=utc_now(), expected=expected)
