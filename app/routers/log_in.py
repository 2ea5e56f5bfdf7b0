"""What the ways to log in share: the cookie, who asks from where, and that it is no other site."""

from typing import Annotated

from fastapi import Depends, Request, Response

from app.clock import utc_now
from app.errors import ForbiddenError
from app.routers.client import address, is_tls
from app.routers.parts import Problem
from app.values import cross_site
from app.values.link import Link
from app.values.login import LoggedIn
from app.values.user import Client

REFUSALS: dict[int | str, dict[str, object]] = {
    status: {"model": Problem, "content": {"application/problem+json": {}}, "description": words}
    for status, words in (
        (401, "Not logged in, or the name or the password is wrong"),
        (403, "The link has ended, or the request comes from another site"),
        (429, "Tried too often: again after Retry-After"),
    )
}
COOKIE = "disparo_session"
_NEVER_KEPT = "no-store"


def _cookie(request: Request) -> str:
    return request.cookies.get(COOKIE, "")


def _client(request: Request) -> Client:
    agent = request.headers.get("user-agent", "")
    return Client(address=address(request.scope), agent=agent)


def own_site(request: Request) -> None:
    """Refuse what another site makes a browser send. Raises ForbiddenError."""
    if words := cross_site.fault(request.method, request.scope["headers"]):
        raise ForbiddenError(f"the request comes from another site: {words}")


def never_kept(response: Response) -> None:
    """Let nobody keep the answer: it is for one person, or tells a secret."""
    response.headers["Cache-Control"] = _NEVER_KEPT


SessionCookie = Annotated[str, Depends(_cookie)]
Asking = Annotated[Client, Depends(_client)]
OWN_SITE = Depends(own_site)
NEVER_KEPT = Depends(never_kept)


def let_in(found: LoggedIn, request: Request, response: Response) -> None:
    """Give the browser its cookie, which no script reads, and no other site makes it send."""
    seconds = int((found.session.ends_at - utc_now()).total_seconds())
    response.set_cookie(
        COOKIE,
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
        COOKIE, path="/", secure=is_tls(request.scope), httponly=True, samesite="lax"
    )
    never_kept(response)


def address_of(link: Link, request: Request) -> str:
    """Return where a one-time link leads to, at the address that people know or ask for."""
    known: str = request.app.state.factory.settings.server.url
    return (known or str(request.base_url)).rstrip("/") + link.path
