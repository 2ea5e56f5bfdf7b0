"""Single sign-on: to the provider, and back with a session."""

import base64
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from app.clock import utc_now
from app.errors import AppError, UnauthenticatedError
from app.routers.client import is_tls
from app.routers.log_in import Origin, let_in, never_kept, public_address
from app.routers.log_in_pages import login_page, own_path
from app.routers.log_in_texts import Spoken
from app.routers.parts import Services
from app.values.sign_on import LONGEST, Begun

router = APIRouter(include_in_schema=False)
_COOKIE = "disparo_sign_on"
_PATH = "/session/sign-on"
_BACK = f"{_PATH}/back"
_Text = Annotated[str, Query(max_length=10_000)]


@router.get(_PATH)
def begin(
    services: Services,
    request: Request,
    texts: Spoken,
    then: Annotated[str, Query(alias="next")] = "/",
) -> Response:
    """Lead a browser to the provider."""
    try:
        address, begun = services.single_sign_on.begin(
            _redirect(request), own_path(then), now=utc_now()
        )
    except AppError as error:
        return login_page(services, texts, request, error)
    response = RedirectResponse(address, HTTPStatus.SEE_OTHER)
    kept = base64.urlsafe_b64encode(begun.model_dump_json().encode()).decode()
    response.set_cookie(
        _COOKIE,
        kept,
        max_age=int(LONGEST.total_seconds()),
        path=_PATH,
        secure=is_tls(request.scope),
        httponly=True,
        samesite="lax",
    )
    never_kept(response)
    return response


@router.get(_BACK)
def come_back(
    services: Services,
    client: Origin,
    request: Request,
    texts: Spoken,
    *,
    state: _Text = "",
    code: _Text = "",
    error: _Text = "",
    error_description: _Text = "",
) -> Response:
    """Let in who comes back from the provider."""
    try:
        if error:
            raise UnauthenticatedError(
                f"the provider of single sign-on refuses: {(error_description or error)[:200]}"
            )
        begun = _begun(request)
        found = services.single_sign_on.finish(
            begun, state=state, code=code, redirect=_redirect(request), client=client, now=utc_now()
        )
    except AppError as fault:
        response: Response = login_page(services, texts, request, fault)
    else:
        response = RedirectResponse(own_path(begun.then if begun else "/"), HTTPStatus.SEE_OTHER)
        let_in(found, request, response)
    response.delete_cookie(_COOKIE, path=_PATH)
    return response


def _redirect(request: Request) -> str:
    return public_address(request) + _BACK


def _begun(request: Request) -> Begun | None:
    """Return the log-in that this browser has begun; None: none that can be read."""
    try:
        kept = base64.urlsafe_b64decode(request.cookies.get(_COOKIE, "").encode())
        return Begun.model_validate_json(kept)
    except (ValueError, ValidationError):
        return None
