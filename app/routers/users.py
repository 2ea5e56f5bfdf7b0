"""Users: list, create, read, change, remove; their sessions; links that reset a password."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.clock import utc_now
from app.routers.etags import Expected, tagged
from app.routers.log_in import NEVER_KEPT, address_of
from app.routers.parts import PROBLEMS, STRICT, Actor, Page, Services
from app.values.account import Role
from app.values.base import Instant
from app.values.link import Link
from app.values.user import Session, User, UserChange, UserName

router = APIRouter(
    prefix="/users", tags=["users"], responses=PROBLEMS, dependencies=[*STRICT, NEVER_KEPT]
)
_MOST = 1000
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]


class NewUser(BaseModel):
    """A user to add; without a password, a one-time link sets it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "ana", "role": "operator"}]}
    )

    name: UserName
    role: Role = Role.VIEWER
    password: Annotated[SecretStr, Field(max_length=10_000)] | None = None


class Reset(BaseModel):
    """A one-time link: whoever has it sets the password. It is shown now, and never again."""

    url: str
    ends_at: Instant


class AddedUser(BaseModel):
    """A user who was added, with the link that sets the password if none was given."""

    user: User
    link: Reset | None = None


@router.get("")
def list_users(
    services: Services,
    cursor: Annotated[str, Query(max_length=100)] = "",
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
) -> Page[User]:
    """List the users by name."""
    found = services.users.page(after=cursor, limit=limit + 1)
    more = found[limit - 1].name if len(found) > limit else None
    return Page(items=found[:limit], next=more)


@router.post("", status_code=201)
def add_user(
    new: NewUser, services: Services, actor: Actor, request: Request, response: Response
) -> AddedUser:
    """Add a user."""
    password = None if new.password is None else new.password.get_secret_value()
    user, link = services.users.create(
        new.name, new.role, password=password, actor=actor, now=utc_now()
    )
    response.headers["Location"] = f"/users/{user.name}"
    return AddedUser(user=user, link=None if link is None else _reset(link, request))


@router.get("/{name}")
def get_user(name: UserName, services: Services, response: Response) -> User:
    """Return one user."""
    return tagged(services.users.get(name), response)


@router.patch("/{name}")
def change_user(
    name: UserName,
    change: UserChange,
    services: Services,
    actor: Actor,
    expected: Expected,
    response: Response,
) -> User:
    """Change a user's role, disable or enable the user; it works at once. The last admin stays."""
    found = services.users.change(name, change, actor=actor, now=utc_now(), expected=expected)
    return tagged(found, response)


@router.delete("/{name}", status_code=204)
def remove_user(name: UserName, services: Services, actor: Actor, expected: Expected) -> None:
    """Remove a user, who is logged out at once. The last admin stays."""
    services.users.remove(name, actor=actor, now=utc_now(), expected=expected)


@router.post("/{name}/link", status_code=201)
def make_link(name: UserName, services: Services, actor: Actor, request: Request) -> Reset:
    """Make a one-time link by which the user sets a new password; older links end."""
    return _reset(services.users.link(name, actor=actor, now=utc_now()), request)


@router.get("/{name}/sessions")
def list_user_sessions(name: UserName, services: Services) -> Page[Session]:
    """List the open sessions of a user."""
    return Page(items=services.sessions.of(name, now=utc_now()))


@router.delete("/{name}/sessions", status_code=204)
def end_user_sessions(name: UserName, services: Services, actor: Actor) -> None:
    """Log a user out everywhere."""
    services.sessions.end_all(name, actor=actor, now=utc_now())


@router.delete("/{name}/sessions/{number}", status_code=204)
def end_user_session(
    name: UserName,
    number: Annotated[int, Field(ge=1, le=2**63 - 1)],
    services: Services,
    actor: Actor,
) -> None:
    """End one session of a user."""
    services.sessions.end_one(name, number, actor=actor, now=utc_now())


def _reset(link: Link, request: Request) -> Reset:
    return Reset(url=address_of(link, request), ends_at=link.ends_at)
