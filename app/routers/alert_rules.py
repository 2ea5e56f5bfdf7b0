"""Rules of alerts: who is told of what. List, create, read, replace, change, remove."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Response

from app.clock import utc_now
from app.routers import alert_examples
from app.routers.etags import Expected, etag, is_known, tagged
from app.routers.parts import PROBLEMS, STRICT, Actor, Page, Services
from app.values.alert import Rule, RuleOverview
from app.values.base import Name
from app.values.event import Event

router = APIRouter(prefix="/alerts/rules", tags=["alerts"], responses=PROBLEMS, dependencies=STRICT)
Limit = Annotated[int, Query(ge=1, le=1000)]
Spec = Annotated[Rule, Body(openapi_examples=alert_examples.RULES)]
Patch = Annotated[dict[str, Any], Body(media_type="application/merge-patch+json")]


@router.get("")
def list_rules(
    services: Services, cursor: Annotated[str, Query(max_length=100)] = "", limit: Limit = 50
) -> Page[RuleOverview]:
    """List the rules by name."""
    found = services.rules.page(after=cursor, limit=limit)
    return Page(items=found, next=found[-1].name if len(found) == limit else None)


@router.post("", status_code=201)
def create_rule(spec: Spec, services: Services, actor: Actor, response: Response) -> RuleOverview:
    """Create a rule."""
    created = services.rules.create(spec, actor=actor, now=utc_now())
    response.headers["Location"] = f"/alerts/rules/{spec.name}"
    return tagged(created, response)


@router.get("/{name}", response_model=RuleOverview, responses={304: {"description": "Not changed"}})
def get_rule(
    name: Name,
    services: Services,
    response: Response,
    if_none_match: Annotated[str | None, Header()] = None,
) -> RuleOverview | Response:
    """Return one rule. Its ETag is its revision."""
    found = services.rules.get(name)
    if is_known(if_none_match, found.revision):
        return Response(status_code=304, headers={"ETag": etag(found.revision)})
    return tagged(found, response)


@router.put("/{name}")
def replace_rule(
    name: Name, spec: Spec, services: Services, actor: Actor, expected: Expected, response: Response
) -> RuleOverview:
    """Replace a rule whole."""
    replaced = services.rules.replace(name, spec, actor=actor, now=utc_now(), expected=expected)
    return tagged(replaced, response)


@router.patch("/{name}")
def change_rule(
    name: Name,
    patch: Patch,
    services: Services,
    actor: Actor,
    expected: Expected,
    response: Response,
) -> RuleOverview:
    """Change some fields, by a merge patch (RFC 7396): null takes a field back to its default."""
    changed = services.rules.change(name, patch, actor=actor, now=utc_now(), expected=expected)
    return tagged(changed, response)


@router.delete("/{name}", status_code=204)
def remove_rule(name: Name, services: Services, actor: Actor, expected: Expected) -> None:
    """Remove a rule. Of what it told of, nobody is told any more."""
    services.rules.remove(name, actor=actor, now=utc_now(), expected=expected)


@router.get("/{name}/events")
def list_events(
    name: Name,
    services: Services,
    cursor: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Limit = 50,
) -> Page[Event]:
    """Return what happened to the rule, the oldest first, also after its removal."""
    found = services.rules.history(name, after=cursor or 0, limit=limit)
    return Page(items=found, next=found[-1].id if len(found) == limit else None)
