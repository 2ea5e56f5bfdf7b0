"""Plain pages to log in, to make the first admin, to set a password: forms that need no script."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from http import HTTPStatus
from typing import Annotated
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.clock import utc_now
from app.errors import AppError, ConfigurationError, MalformedError, TooLargeError
from app.factory import Factory
from app.routers.log_in import Origin, SessionCookie, let_in, let_out, public_address
from app.routers.log_in_look import STYLE, field, form, page
from app.routers.log_in_texts import Spoken, Texts
from app.routers.parts import Services
from app.values.login import LoggedIn
from app.values.user import user_name

router = APIRouter(include_in_schema=False)
_MOST = 64 * 1024
_HOME = "/"


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


Fields = Annotated[dict[str, str], Depends(_fields)]
Next = Annotated[str, Query(alias="next")]
Token = Annotated[str, Query(max_length=1000)]


@router.get("/login.css")
def style() -> Response:
    """Return how the pages look."""
    return Response(STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@router.get("/login")
def show_login(
    services: Services, texts: Spoken, request: Request, then: Next = _HOME
) -> HTMLResponse:
    """Show the form to log in."""
    return _login(services, _Shown(request, texts), then)


@router.post("/login")
def log_in(
    fields: Fields,
    services: Services,
    client: Origin,
    texts: Spoken,
    request: Request,
    then: Next = _HOME,
) -> Response:
    """Log in, and go on to where the user wanted to."""

    def entering() -> LoggedIn:
        name = _given(texts, fields, "name", texts.name)
        password = _given(texts, fields, "password", texts.phrase)
        return services.logins.log_in(name, password, client=client, now=utc_now())

    def again(error: AppError) -> HTMLResponse:
        return _login(services, _Shown(request, texts, error), then, fields.get("name", ""))

    return _entered(entering, again, request, then)


@router.get("/logout")
def show_logout(texts: Spoken, request: Request) -> HTMLResponse:
    """Show the button that logs out."""
    return page(request, texts, texts.log_out, form("/logout", "", texts.log_out))


@router.post("/logout")
def log_out(services: Services, cookie: SessionCookie, texts: Spoken, request: Request) -> Response:
    """Log out."""
    back = public_address(request) + "/login"
    away = services.single_sign_on.log_out(cookie, back=back, now=utc_now())
    response: Response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    if away:
        response = _elsewhere(_Shown(request, texts), away)
    let_out(request, response)
    return response


@router.get("/first")
def show_first(texts: Spoken, request: Request, token: Token = "") -> HTMLResponse:
    """Show the form that makes the first admin."""
    return _first(_Shown(request, texts), token)


@router.post("/first")
def make_first(
    fields: Fields,
    services: Services,
    client: Origin,
    texts: Spoken,
    request: Request,
    token: Token = "",
) -> Response:
    """Make the first admin, and log in."""

    def entering() -> LoggedIn:
        name = user_name(_given(texts, fields, "name", texts.name))
        password = _twice_the_same(texts, fields)
        return services.links.use_first(token, name, password, client=client, now=utc_now())

    def again(error: AppError) -> HTMLResponse:
        return _first(_Shown(request, texts, error), token, fields.get("name", ""))

    return _entered(entering, again, request, _HOME)


@router.get("/reset")
def show_reset(texts: Spoken, request: Request, token: Token = "") -> HTMLResponse:
    """Show the form that sets a password."""
    return _reset(_Shown(request, texts), token)


@router.post("/reset")
def set_password(
    fields: Fields,
    services: Services,
    client: Origin,
    texts: Spoken,
    request: Request,
    token: Token = "",
) -> Response:
    """Set a password, and log in."""

    def entering() -> LoggedIn:
        password = _twice_the_same(texts, fields)
        return services.links.use_reset(token, password, client=client, now=utc_now())

    def again(error: AppError) -> HTMLResponse:
        return _reset(_Shown(request, texts, error), token)

    return _entered(entering, again, request, _HOME)


def _entered(
    entering: Callable[[], LoggedIn],
    again: Callable[[AppError], HTMLResponse],
    request: Request,
    then: str,
) -> Response:
    """Go on to where the user wanted to, or show the form again with what was wrong."""
    try:
        found = entering()
    except AppError as error:
        response: Response = again(error)
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


class _MissingError(ConfigurationError):
    """Something of the form is missing or differs; said in the language of the form."""

    slug = "form"


def _given(texts: Texts, fields: dict[str, str], name: str, label: str) -> str:
    if not (found := fields.get(name, "")):
        raise _MissingError(texts.missing.format(label.lower()))
    return found


def _twice_the_same(texts: Texts, fields: dict[str, str]) -> str:
    password = _given(texts, fields, "password", texts.phrase)
    if password != fields.get("again", ""):
        raise _MissingError(texts.differ)
    return password


@dataclass(frozen=True, slots=True)
class _Shown:
    """For whom a page is shown, in which language, and what was wrong before."""

    request: Request
    texts: Texts
    error: AppError | None = None

    def page(self, title: str, body: str, *, lead: str = "", head: str = "") -> HTMLResponse:
        """Return the page."""
        words = self.texts.fault(self.error) if self.error else ""
        status = self.error.status if self.error else HTTPStatus.OK
        return page(
            self.request, self.texts, title, body, lead=lead, words=words, status=status, head=head
        )


def login_page(services: Factory, texts: Texts, request: Request, error: AppError) -> HTMLResponse:
    """Show the form to log in, with why it did not work otherwise: in the provider's own words."""
    own_words = replace(texts, faults={})
    return _login(services, _Shown(request, own_words, error), _HOME)


def _login(services: Factory, shown: _Shown, then: str, name: str = "") -> HTMLResponse:
    texts = shown.texts
    query = urlencode({"next": own_path(then)})
    inputs = field(texts.name, "name", "username", value=name, begins=not name) + field(
        texts.phrase, "password", "current-password", kind="password", begins=bool(name)
    )
    body = form(f"/login?{query}", inputs, texts.log_in)
    if (provider := services.single_sign_on.name) is not None:
        way = escape(texts.log_in_with.format(provider))
        link = f'<a class="button plain" href="/session/sign-on?{escape(query)}">{way}</a>'
        body = f"{link}<div class=or>{texts.alternative}</div>{body}"
    if services.links.wants_first():
        body = f"<p class=hint>{texts.no_admin}</p>{body}"
    return shown.page(texts.log_in, body, lead=texts.lead)


def _first(shown: _Shown, token: str, name: str = "") -> HTMLResponse:
    texts = shown.texts
    action = f"/first?{urlencode({'token': token})}"
    inputs = field(texts.first_name, "name", "username", value=name, begins=True) + _new(texts)
    return shown.page(texts.first, form(action, inputs, texts.start), lead=texts.first_lead)


def _reset(shown: _Shown, token: str) -> HTMLResponse:
    texts = shown.texts
    action = f"/reset?{urlencode({'token': token})}"
    return shown.page(texts.reset, form(action, _new(texts), texts.set_it), lead=texts.reset_lead)


def _elsewhere(shown: _Shown, address: str) -> Response:
    """Lead on to the provider's log-out: a form may not, by the page's own security policy."""
    place = escape(address)
    link = f'<a class="button" href="{place}">{shown.texts.out_there}</a>'
    refresh = f'<meta http-equiv="refresh" content="0; url={place}">'
    return shown.page(shown.texts.logged_out, link, head=refresh)


def _new(texts: Texts) -> str:
    return field(texts.new_phrase, "password", "new-password", kind="password") + field(
        texts.again, "again", "new-password", kind="password"
    )
