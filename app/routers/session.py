"""Log in, log out, who am I; my sessions and my password."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.clock import utc_now
from app.routers.log_in import (
    NEVER_KEPT,
    OWN_SITE,
    REFUSALS,
    Asking,
    SessionCookie,
    let_in,
    let_out,
)
from app.routers.parts import PROBLEMS, STRICT, Page, Services
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
    return Ways(mode=services.settings.auth.mode, first=services.links.wants_first())


@router.post("/session", dependencies=[OWN_SITE])
def log_in(
    given: Credentials, services: Services, client: Asking, request: Request, response: Response
) -> Session:
    """Log in by name and password: the answer sets the cookie `disparo_session`."""
    found = services.logins.log_in(
        given.name, given.password.get_secret_value(), client=client, now=utc_now()
    )
    let_in(found, request, response)
    return found.session


@router.post("/session/first", status_code=201, dependencies=[OWN_SITE])
def make_first_admin(
    given: FirstAdmin, services: Services, client: Asking, request: Request, response: Response
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


@router.post("/session/reset", dependencies=[OWN_SITE])
def set_password(
    given: NewPassword, services: Services, client: Asking, request: Request, response: Response
) -> Session:
    """Set a password by a one-time link, and log in; all other sessions end."""
    token, password = given.token.get_secret_value(), given.password.get_secret_value()
    found = services.links.use_reset(token, password, client=client, now=utc_now())
    let_in(found, request, response)
    return found.session


@router.get("/session")
def get_session(services: Services, cookie: SessionCookie) -> Who:
    """Tell who I am, what I may, and when my session ends."""
    return services.sessions.who(cookie, now=utc_now())


@router.delete("/session", status_code=204, dependencies=[OWN_SITE])
def log_out(
    services: Services, cookie: SessionCookie, request: Request, response: Response
) -> None:
    """Log out: the session ends, in every service."""
    services.sessions.end(cookie, now=utc_now())
    let_out(request, response)


@router.put("/session/password", status_code=204, dependencies=[OWN_SITE])
def change_password(
    given: OtherPassword, services: Services, cookie: SessionCookie, client: Asking
) -> None:
    """Change my password; my other sessions end."""
    services.users.change_password(
        cookie,
        given.old.get_secret_value(),
        given.new.get_secret_value(),
        client=client,
        now=utc_now(),
    )


@router.get("/sessions")
def list_sessions(services: Services, cookie: SessionCookie) -> Page[Session]:
    """List my open sessions, the one that was used last first."""
    now = utc_now()
    own = services.sessions.show(cookie, now=now)
    return Page(items=services.sessions.of(own.user, now=now))


@router.delete("/sessions", status_code=204, dependencies=[OWN_SITE])
def end_sessions(
    services: Services, cookie: SessionCookie, request: Request, response: Response
) -> None:
    """Log out everywhere."""
    now = utc_now()
    own = services.sessions.show(cookie, now=now)
    services.sessions.end_all(own.user, actor=own.user, now=now)
    let_out(request, response)


@router.delete("/sessions/{number}", status_code=204, dependencies=[OWN_SITE])
def end_session(
    number: Annotated[int, Field(ge=1, le=2**63 - 1)], services: Services, cookie: SessionCookie
) -> None:
    """End one of my sessions."""
    now = utc_now()
    own = services.sessions.show(cookie, now=now)
    services.sessions.end_one(own.user, number, actor=own.user, now=now)
