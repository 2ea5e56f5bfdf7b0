"""Plain pages to log in, to make the first admin, to set a password: forms that need no script."""

from collections.abc import Callable
from html import escape
from http import HTTPStatus
from typing import Annotated
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.clock import utc_now
from app.errors import AppError, ConfigurationError, MalformedError, TooLargeError
from app.factory import Factory
from app.routers.log_in import Origin, SessionCookie, let_in, let_out, never_kept, public_address
from app.routers.parts import Services
from app.values.login import LoggedIn
from app.values.user import user_name

router = APIRouter(include_in_schema=False)
_MOST = 64 * 1024
_HOME = "/"
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { min-height: 90vh; margin: 0; display: grid; place-items: center;
  background: light-dark(#f4f5f7, #14161a); color: light-dark(#1c1f24, #e8eaed); }
main { width: min(22rem, 90vw); padding: 2rem; border-radius: .75rem; box-sizing: border-box;
  background: light-dark(#fff, #1f2329); box-shadow: 0 1px 8px rgb(0 0 0 / .15); }
h1 { margin: 0 0 1rem; font-size: 1.4rem; }
label { display: block; margin-bottom: 1rem; }
input { display: block; width: 100%; margin-top: .25rem; padding: .55rem; font: inherit;
  box-sizing: border-box; border: 1px solid light-dark(#8a919c, #6b7280); border-radius: .4rem;
  background: transparent; color: inherit; }
button, .button { display: block; width: 100%; padding: .6rem; font: inherit; font-weight: 600;
  border: 0; border-radius: .4rem; background: #1d5fd1; color: #fff; cursor: pointer;
  box-sizing: border-box; text-align: center; text-decoration: none; }
:focus-visible { outline: 3px solid #6ea8fe; outline-offset: 1px; }
[role=alert] { padding: .6rem .8rem; border-radius: .4rem;
  background: light-dark(#fdecea, #45201c); }
.hint { font-size: .9rem; opacity: .8; }
"""


async def _fields(request: Request) -> dict[str, str]:
    """Return the fields of a form, the last of each name. Raises TooLargeError, MalformedError."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _MOST:
            raise TooLargeError(f"the form has more than {_MOST} bytes")
    try:
        found = parse_qs(body.decode("latin-1"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise MalformedError("the form has too many fields") from None
    return {name: values[-1] for name, values in found.items()}


_FIRST_HINT = (
    "<p class=hint>There is no admin yet. The service prints a one-time link when it starts: open "
    "that one.</p>"
)
Fields = Annotated[dict[str, str], Depends(_fields)]
Next = Annotated[str, Query(alias="next")]
Token = Annotated[str, Query(max_length=1000)]


@router.get("/login.css")
def style() -> Response:
    """Return how the pages look."""
    return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@router.get("/login")
def show_login(services: Services, then: Next = _HOME) -> HTMLResponse:
    """Show the form to log in."""
    return _login(services, then)


@router.post("/login")
def log_in(
    fields: Fields, services: Services, client: Origin, request: Request, then: Next = _HOME
) -> Response:
    """Log in, and go on to where the user wanted to."""

    def entering() -> LoggedIn:
        name, password = _given(fields, "name"), _given(fields, "password")
        return services.logins.log_in(name, password, client=client, now=utc_now())

    def again(words: str, status: int) -> HTMLResponse:
        return _login(services, then, words, status, fields.get("name", ""))

    return _entered(entering, again, request, then)


@router.get("/logout")
def show_logout() -> HTMLResponse:
    """Show the button that logs out."""
    return _page("Log out", _form("/logout", "", "Log out"))


@router.post("/logout")
def log_out(services: Services, cookie: SessionCookie, request: Request) -> Response:
    """Log out."""
    back = public_address(request) + "/login"
    away = services.single_sign_on.log_out(cookie, back=back, now=utc_now())
    response = _elsewhere(away) if away else RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    let_out(request, response)
    return response


@router.get("/first")
def show_first(token: Token = "") -> HTMLResponse:
    """Show the form that makes the first admin."""
    return _first(token)


@router.post("/first")
def make_first(
    fields: Fields, services: Services, client: Origin, request: Request, token: Token = ""
) -> Response:
    """Make the first admin, and log in."""

    def entering() -> LoggedIn:
        name, password = user_name(_given(fields, "name")), _twice_the_same(fields)
        return services.links.use_first(token, name, password, client=client, now=utc_now())

    def again(words: str, status: int) -> HTMLResponse:
        return _first(token, words, status, fields.get("name", ""))

    return _entered(entering, again, request, _HOME)


@router.get("/reset")
def show_reset(token: Token = "") -> HTMLResponse:
    """Show the form that sets a password."""
    return _reset(token)


@router.post("/reset")
def set_password(
    fields: Fields, services: Services, client: Origin, request: Request, token: Token = ""
) -> Response:
    """Set a password, and log in."""

    def entering() -> LoggedIn:
        password = _twice_the_same(fields)
        return services.links.use_reset(token, password, client=client, now=utc_now())

    def again(words: str, status: int) -> HTMLResponse:
        return _reset(token, words, status)

    return _entered(entering, again, request, _HOME)


def _entered(
    entering: Callable[[], LoggedIn],
    again: Callable[[str, int], HTMLResponse],
    request: Request,
    then: str,
) -> Response:
    """Go on to where the user wanted to, or show the form again with what was wrong."""
    try:
        found = entering()
    except AppError as error:
        response: Response = again(error.detail, error.status)
        if isinstance(seconds := error.facts.get("retry_after"), int):
            response.headers["Retry-After"] = str(seconds)
        return response
    response = RedirectResponse(own_path(then), HTTPStatus.SEE_OTHER)
    let_in(found, request, response)
    return response


def own_path(then: str) -> str:
    """Return where to go on to: a path of this service, never another site."""
    is_own = then.startswith("/") and not then.startswith(("//", "/\\"))
    return then if is_own and then.isascii() and then.isprintable() else _HOME


def _given(fields: dict[str, str], name: str) -> str:
    if not (found := fields.get(name, "")):
        raise ConfigurationError(f"the {name} is missing; type it")
    return found


def _twice_the_same(fields: dict[str, str]) -> str:
    password = _given(fields, "password")
    if password != fields.get("again", ""):
        raise ConfigurationError("the two passwords are not the same; type them again")
    return password


def login_page(services: Factory, error: AppError) -> HTMLResponse:
    """Show the form to log in, with why it did not work otherwise."""
    return _login(services, _HOME, error.detail, error.status)


def _login(
    services: Factory, then: str, words: str = "", status: int = 200, name: str = ""
) -> HTMLResponse:
    query = urlencode({"next": own_path(then)})
    inputs = _input("Name", "name", "username", value=name) + _input(
        "Password", "password", "current-password", kind="password"
    )
    body = _form(f"/login?{query}", inputs, "Log in")
    if (provider := services.single_sign_on.name) is not None:
        way = f'<a class="button" href="/session/sign-on?{escape(query)}">'
        body = f"<p>{way}Log in with {escape(provider)}</a></p>{body}"
    if services.links.wants_first():
        body = _FIRST_HINT + body
    return _page("Log in", body, words, status)


def _first(token: str, words: str = "", status: int = 200, name: str = "") -> HTMLResponse:
    action = f"/first?{urlencode({'token': token})}"
    inputs = _input("Your name", "name", "username", value=name) + _NEW
    return _page("The first admin", _form(action, inputs, "Start"), words, status)


def _reset(token: str, words: str = "", status: int = 200) -> HTMLResponse:
    action = f"/reset?{urlencode({'token': token})}"
    return _page("Set your password", _form(action, _NEW, "Set it"), words, status)


def _elsewhere(address: str) -> Response:
    """Lead on to the provider's log-out: a form may not, by the page's own security policy."""
    place = escape(address)
    link = f'<a class="button" href="{place}">Log out there too</a>'
    refresh = f'<meta http-equiv="refresh" content="0; url={place}">'
    return _page("Logged out here", link, head=refresh)


def _form(action: str, inputs: str, button: str) -> str:
    return f'<form method="post" action="{escape(action)}">{inputs}<button>{button}</button></form>'


def _input(label: str, name: str, complete: str, *, kind: str = "text", value: str = "") -> str:
    return (
        f'<label>{label}<input name="{name}" type="{kind}" autocomplete="{complete}" '
        f'autocapitalize="none" required value="{escape(value[:100])}"></label>'
    )


_NEW = _input("New password", "password", "new-password", kind="password") + _input(
    "The same again", "again", "new-password", kind="password"
)


def _page(
    title: str, body: str, words: str = "", status: int = 200, head: str = ""
) -> HTMLResponse:
    alert = f"<p role=alert>{escape(words)}.</p>" if words else ""
    response = HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title} - Disparo</title><link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="/login.css">{head}</head>'
        f"<body><main><h1>{title}</h1>{alert}{body}</main></body></html>",
        status,
        # A one-time link's token stands in the address, which is for nobody else. With no-referrer
        # browsers would send forms from nowhere: `Origin: null`.
        headers={"Referrer-Policy": "same-origin"},
    )
    never_kept(response)
    return response
