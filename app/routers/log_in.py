"""What the ways to log in share: the cookie, and who asks from where."""

from typing import Annotated

from fastapi import Depends, Request, Response

from app.clock import utc_now
from app.errors import ConflictError, UnauthenticatedError
from app.routers.client import address, is_tls
from app.routers.doorman import COOKIE, session_cookie
from app.routers.parts import Problem, Services
from app.values.link import Link
from app.values.login import LoggedIn
from app.values.user import Client, Session

REFUSALS: dict[int | str, dict[str, object]] = {
    status: {"model": Problem, "content": {"application/problem+json": {}}, "description": words}
    for status, words in (
        (401, "The name or the password is wrong"),
        (403, "The link has ended, or the old password is wrong"),
        (429, "Tried too often: again after Retry-After"),
    )
}
_NEVER_KEPT = "no-store"


def _cookie(request: Request) -> str:
    return session_cookie(request.scope)


def _own(request: Request, services: Services) -> Session:
    """Return the session that the request is part of. Raises ConflictError."""
    try:
        return services.sessions.show(_cookie(request), now=utc_now())
    except UnauthenticatedError:
        raise ConflictError(
            "this is for who is logged in with a browser, and you are not: a token has no session"
        ) from None


def _client(request: Request) -> Client:
    agent = request.headers.get("user-agent", "")
    return Client(address=address(request.scope), agent=agent)


def never_kept(response: Response) -> None:
    """Let nobody keep the answer: it is for one person, or tells a secret."""
    response.headers["Cache-Control"] = _NEVER_KEPT


SessionCookie = Annotated[str, Depends(_cookie)]
Own = Annotated[Session, Depends(_own)]
Origin = Annotated[Client, Depends(_client)]
NEVER_KEPT = Depends(never_kept)


def let_in(found: LoggedIn, request: Request, response: Response) -> None:
    """Give the browser its cookie, which no script reads, and no other site makes it send."""
    seconds = int((found.session.ends_at - utc_now()).total_seconds())
    response.set_cookie(
        COOKIE.decode(),
        found.cookie.get_secret_value(),
        max_age=max(0, seconds),
        path="/",
        secure=is_tls(request.scope),
        httponly=True,
        samesite="lax",
    )
    never_kept(response)


def let_out(request: Request, response: Response) -> None:
    """Take the cookie away."""
    response.delete_cookie(
        COOKIE.decode(), path="/", secure=is_tls(request.scope), httponly=True, samesite="lax"
    )
    never_kept(response)


def public_address(request: Request) -> str:
    """Return where people reach the service: as the settings say, or as they ask for it."""
    known: str = request.app.state.factory.settings.server.url
    return (known or str(request.base_url)).rstrip("/")


def address_of(link: Link, request: Request) -> str:
    """Return where a one-time link leads to."""
    return public_address(request) + link.path
