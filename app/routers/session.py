"""Log in, log out, who am I; my sessions and my password."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.clock import utc_now
from app.routers.log_in import (
    NEVER_KEPT,
    REFUSALS,
    Origin,
    Own,
    SessionCookie,
    let_in,
    let_out,
)
from app.routers.parts import PROBLEMS, STRICT, Asking, Page, Services
from app.values.login import Ways, Who
from app.values.user import Session, UserName

router = APIRouter(
    tags=["session"], responses={**PROBLEMS, **REFUSALS}, dependencies=[*STRICT, NEVER_KEPT]
)
_Secret = Annotated[SecretStr, Field(max_length=10_000)]
_GOOD = "three words do well"


class Credentials(BaseModel):
    """A name with its password."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "ana", "password": _GOOD}]}
    )

    name: Annotated[str, Field(max_length=1000)]
    password: _Secret


class FirstAdmin(BaseModel):
    """What makes the first admin: the token of the link that the service prints at its start."""

    model_config = ConfigDict(extra="forbid")

    token: _Secret
    name: UserName
    password: _Secret


class NewPassword(BaseModel):
    """A password that is set by a one-time link."""

    model_config = ConfigDict(extra="forbid")

    token: _Secret
    password: _Secret


class OtherPassword(BaseModel):
    """Another password than the present one."""

    model_config = ConfigDict(extra="forbid")

    old: _Secret
    new: _Secret


@router.get("/session/ways")
def get_ways(services: Services) -> Ways:
    """Tell how one logs in here; anybody may ask."""
    return Ways(
        mode=services.settings.auth.mode,
        first=services.links.wants_first(),
        single_sign_on=services.single_sign_on.name,
    )


@router.post("/session")
def log_in(
    given: Credentials, services: Services, client: Origin, request: Request, response: Response
) -> Session:
    """Log in by name and password: the answer sets the cookie `disparo_session`."""
    found = services.logins.log_in(
        given.name, given.password.get_secret_value(), client=client, now=utc_now()
    )
    let_in(found, request, response)
    return found.session


@router.post("/session/first", status_code=201)
def make_first_admin(
    given: FirstAdmin, services: Services, client: Origin, request: Request, response: Response
) -> Session:
    """Make the first admin, and log in: once, by the link that the service prints at its start."""
    found = services.links.use_first(
        given.token.get_secret_value(),
        given.name,
        given.password.get_secret_value(),
        client=client,
        now=utc_now(),
    )
    let_in(found, request, response)
    return found.session


@router.post("/session/reset")
def set_password(
    given: NewPassword, services: Services, client: Origin, request: Request, response: Response
) -> Session:
    """Set a password by a one-time link, and log in; all other sessions end."""
    token, password = given.token.get_secret_value(), given.password.get_secret_value()
    found = services.links.use_reset(token, password, client=client, now=utc_now())
    let_in(found, request, response)
    return found.session


@router.get("/session")
def get_session(services: Services, cookie: SessionCookie, principal: Asking) -> Who:
    """Tell who I am, what I may, and when my session ends."""
    return services.sessions.who(principal, cookie, now=utc_now())


@router.delete("/session", status_code=204)
def log_out(
    services: Services, cookie: SessionCookie, request: Request, response: Response
) -> None:
    """Log out: the session ends, in every service."""
    services.sessions.end(cookie, now=utc_now())
    let_out(request, response)


@router.put("/session/password", status_code=204)
def change_password(
    given: OtherPassword, services: Services, own: Own, cookie: SessionCookie, client: Origin
) -> None:
    """Change my password; my other sessions end."""
    old, new = given.old.get_secret_value(), given.new.get_secret_value()
    services.users.change_password(own.user, old, new, cookie=cookie, client=client, now=utc_now())


@router.get("/sessions")
def list_sessions(services: Services, own: Own) -> Page[Session]:
    """List my open sessions, the one that was used last first."""
    return Page(items=services.sessions.of(own.user, now=utc_now()))


@router.delete("/sessions", status_code=204)
def end_sessions(services: Services, own: Own, request: Request, response: Response) -> None:
    """Log out everywhere."""
    services.sessions.end_all(own.user, actor=own.user, now=utc_now())
    let_out(request, response)


@router.delete("/sessions/{number}", status_code=204)
def end_session(
    number: Annotated[int, Field(ge=1, le=2**63 - 1)], services: Services, own: Own
) -> None:
    """End one of my sessions."""
    services.sessions.end_one(own.user, number, actor=own.user, now=utc_now())
