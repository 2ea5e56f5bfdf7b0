"""Channels of alerts: list, create, read, replace, change, remove, test; secrets never shown."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Response

from app.clock import utc_now
from app.routers import alert_examples
from app.routers.etags import Expected, etag, is_known, tagged
from app.routers.parts import PROBLEMS, STRICT, Actor, Page, Services
from app.values.base import Name
from app.values.channel import Channel, ChannelOverview, Trial
from app.values.event import Event

router = APIRouter(
    prefix="/alerts/channels", tags=["alerts"], responses=PROBLEMS, dependencies=STRICT
)
Limit = Annotated[int, Query(ge=1, le=1000)]
Spec = Annotated[Channel, Body(openapi_examples=alert_examples.CHANNELS)]
Patch = Annotated[dict[str, Any], Body(media_type="application/merge-patch+json")]


@router.get("")
def list_channels(
    services: Services, cursor: Annotated[str, Query(max_length=100)] = "", limit: Limit = 50
) -> Page[ChannelOverview]:
    """List the channels by name."""
    found = services.channels.page(after=cursor, limit=limit)
    return Page(items=found, next=found[-1].name if len(found) == limit else None)


@router.post("", status_code=201)
def create_channel(
    spec: Spec, services: Services, actor: Actor, response: Response
) -> ChannelOverview:
    """Create a channel."""
    created = services.channels.create(spec, actor=actor, now=utc_now())
    response.headers["Location"] = f"/alerts/channels/{spec.name}"
    return tagged(created, response)


@router.get(
    "/{name}", response_model=ChannelOverview, responses={304: {"description": "Not changed"}}
)
def get_channel(
    name: Name,
    services: Services,
    response: Response,
    if_none_match: Annotated[str | None, Header()] = None,
) -> ChannelOverview | Response:
    """Return one channel. Its ETag is its revision."""
    found = services.channels.get(name)
    if is_known(if_none_match, found.revision):
        return Response(status_code=304, headers={"ETag": etag(found.revision)})
    return tagged(found, response)


@router.put("/{name}")
def replace_channel(
    name: Name, spec: Spec, services: Services, actor: Actor, expected: Expected, response: Response
) -> ChannelOverview:
    """Replace a channel whole.

    The stars of a secret, sent back as they are shown, stand for the secret that is kept.
    """
    replaced = services.channels.replace(name, spec, actor=actor, now=utc_now(), expected=expected)
    return tagged(replaced, response)


@router.patch("/{name}")
def change_channel(
    name: Name,
    patch: Patch,
    services: Services,
    actor: Actor,
    expected: Expected,
    response: Response,
) -> ChannelOverview:
    """Change some fields, by a merge patch (RFC 7396): null takes a field back to its default.

    A target of another kind replaces the one that was there whole.
    """
    changed = services.channels.change(name, patch, actor=actor, now=utc_now(), expected=expected)
    return tagged(changed, response)


@router.delete("/{name}", status_code=204)
def remove_channel(name: Name, services: Services, actor: Actor, expected: Expected) -> None:
    """Remove a channel. One that a rule names stays."""
    services.channels.remove(name, actor=actor, now=utc_now(), expected=expected)


@router.post("/{name}/test")
def test_channel(name: Name, services: Services) -> Trial:
    """Send a test by the channel, and tell what was answered. It is no alert on record."""
    return services.channels.test(name, now=utc_now())


@router.get("/{name}/events")
def list_events(
    name: Name,
    services: Services,
    cursor: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Limit = 50,
) -> Page[Event]:
    """Return what happened to the channel, the oldest first, also after its removal."""
    found = services.channels.history(name, after=cursor or 0, limit=limit)
    return Page(items=found, next=found[-1].id if len(found) == limit else None)
