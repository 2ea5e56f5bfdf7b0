"""Tokens: make, list, read, revoke. The secret is shown once, to who makes one."""

from fastapi import APIRouter, Response

from app.clock import utc_now
from app.routers.parts import PROBLEMS, STRICT, Actor, Page, Services
from app.values.event import Event
from app.values.token import MadeToken, NewToken, TokenName, TokenView, made, shown

router = APIRouter(prefix="/tokens", tags=["accounts"], responses=PROBLEMS, dependencies=STRICT)


@router.get("")
def list_tokens(services: Services) -> Page[TokenView]:
    """List the tokens by name, also those that are not taken any more."""
    now = utc_now()
    return Page(items=[shown(one, now) for one in services.tokens.all()])


@router.post("", status_code=201)
def create_token(new: NewToken, services: Services, actor: Actor, response: Response) -> MadeToken:
    """Make a token. Its secret is in this answer, and never again in another one."""
    now = utc_now()
    token, secret = services.tokens.create(new, actor=actor, now=now)
    response.headers["Location"] = f"/tokens/{new.name}"
    response.headers["Cache-Control"] = "no-store"
    return made(token, secret, now)


@router.get("/{name}")
def get_token(name: TokenName, services: Services) -> TokenView:
    """Return one token, without its secret."""
    return shown(services.tokens.get(name), utc_now())


@router.delete("/{name}", status_code=204)
def revoke_token(name: TokenName, services: Services, actor: Actor) -> None:
    """Revoke a token: it is refused here at once, elsewhere within `auth.remember_seconds`."""
    services.tokens.revoke(name, actor=actor, now=utc_now())


@router.get("/{name}/events")
def get_events(name: TokenName, services: Services) -> Page[Event]:
    """Return who made and revoked tokens of this name, the oldest first."""
    return Page(items=services.tokens.events(name))
