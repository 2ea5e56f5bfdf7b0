"""What the handlers share: the services, the error body, the page of a list."""

import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar

import sqlalchemy as sa
from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.errors import AppError, InvalidRequestError, UnauthenticatedError
from app.factory import Factory
from app.services import faults
from app.values.account import Principal
from app.values.base import Moment, Scalar

_log = logging.getLogger(__name__)
PRINCIPAL = "disparo.principal"
"""Where a request's scope tells who asks, once the guard has let it pass."""
METHODS = "disparo.methods"
"""Where a request's scope tells methods that its path has before the framework's routes."""
_MOST = 10
"""Faults of one request that are told."""
Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """A part of a list; `next` goes into `cursor` for the part that follows."""

    items: list[Item]
    next: int | str | None = None


class ManualRun(BaseModel):
    """A run by hand; everything may be left out."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"slot": "2013-11-28T00:00:00", "dry_run": True}]},
    )

    slot: Annotated[
        Moment | None, Field(description="Without an offset: the schedule's clock. Now.")
    ] = None
    parameters: dict[str, Scalar] = {}
    limit: Annotated[int | None, Field(ge=1)] = None
    dry_run: Annotated[bool, Field(strict=True)] = False

    def wanted(self) -> dict[str, Any]:
        """Return the arguments of `DispatchService.order` that the body gives."""
        return {name: getattr(self, name) for name in ManualRun.model_fields}


class Problem(BaseModel):
    """An error, by RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    facts: dict[str, object] = {}


def get_factory(request: Request) -> Factory:
    """Return the factory that the service was started with."""
    factory: Factory = request.app.state.factory
    return factory


async def get_principal(request: Request) -> Principal:
    """Return who asks."""
    principal: Principal = request.scope[PRINCIPAL]
    return principal


async def get_actor(request: Request) -> str:
    """Return who asks, as events and records name them."""
    principal: Principal = request.scope[PRINCIPAL]
    return principal.actor


Services = Annotated[Factory, Depends(get_factory)]
Asking = Annotated[Principal, Depends(get_principal)]
Actor = Annotated[str, Depends(get_actor)]
_REFUSALS = (
    (400, "Malformed"),
    (404, "Not found"),
    (409, "Conflict"),
    (412, "Changed meanwhile"),
    (422, "Refused"),
    (503, "Busy, or the database is away"),
)
PROBLEMS: dict[int | str, dict[str, object]] = {
    status: {"model": Problem, "content": {"application/problem+json": {}}, "description": words}
    for status, words in _REFUSALS
}


async def known_parameters(request: Request) -> None:
    """Refuse a query parameter that the route does not have: misspelt, a filter lets all through.

    Raises InvalidRequestError.
    """
    if not request.query_params:
        return
    require_known(request.query_params, _query_names(request.scope["route"].dependant))


def _query_names(dependant: Dependant) -> set[str]:
    own = {one.alias for one in dependant.query_params}
    return own.union(*map(_query_names, dependant.dependencies))


STRICT = [Depends(known_parameters)]
"""What each router but that of the probes depends on."""


def require_known(given: Iterable[str], known: Iterable[str]) -> None:
    """Raise InvalidRequestError if a query parameter is given that is none of those known."""
    names = sorted(known)
    if unknown := sorted(set(given).difference(names)):
        told = ", ".join(repr(one[:50]) for one in unknown[:_MOST])
        there = f"there are {', '.join(names)}" if names else "there are none"
        raise InvalidRequestError(f"there is no query parameter {told}; {there}")


def problem(
    status: int, slug: str, title: str, detail: str, facts: dict[str, object]
) -> JSONResponse:
    """Return an error as a problem document."""
    body = Problem(
        type=f"urn:disparo:{slug}", title=title, status=status, detail=detail, facts=facts
    )
    return JSONResponse(body.model_dump(mode="json"), status, media_type="application/problem+json")


def invalid(error: RequestValidationError) -> JSONResponse:
    """Return what is wrong with a request as a problem document, every place named."""
    wrong = [f"{_place(one)}: {_words(one)}" for one in faults.distinct(error.errors())[:_MOST]]
    facts: dict[str, object] = {"errors": len(error.errors())}
    return problem(422, "invalid-request", "Invalid request", "; ".join(wrong), facts)


def _place(one: Mapping[str, Any]) -> str:
    # Where JSON breaks off is a number of characters, and no place in a document.
    return "body" if one["type"] == "json_invalid" else ".".join(map(str, one["loc"]))


def _words(one: Mapping[str, Any]) -> str:
    match one["type"]:
        case "json_invalid":
            return f"this is no JSON: {one['ctx']['error']} (at character {one['loc'][-1]})"
        case _ if one["loc"][:1] == ("body",) and isinstance(one.get("input"), bytes):
            # The framework hands a body over as it came unless its header says that it is JSON.
            return "it must be JSON, sent with the header Content-Type: application/json"
        case _:
            return faults.words(one)


def http_error(request: Request, error: HTTPException) -> JSONResponse:
    """Return an error of the framework as a problem document; its headers, e.g. Allow, stay."""
    headers, path = dict(error.headers or {}), request.url.path
    detail = str(error.detail)
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = f"there is nothing at {path}; /docs lists what there is"
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed(request)
        detail = f"{request.method} is not for {path}; allowed: {headers['Allow']}"
    found = problem(error.status_code, "http", HTTPStatus(error.status_code).phrase, detail, {})
    found.headers.update(headers)
    return found


def _allowed(request: Request) -> str:
    """Return all methods that a path has: the framework tells those of its first route alone."""
    found = set(request.scope.get(METHODS, ()))
    for method in ("DELETE", "GET", "PATCH", "POST", "PUT"):
        asked = {**request.scope, "method": method}
        if any(route.matches(asked)[0] is Match.FULL for route in request.app.routes):
            found.add(method)
    return ", ".join(sorted(found))


def unexpected() -> JSONResponse:
    """Return the answer to a fault of ours: what happened is in the log, and not told."""
    detail = "this is a fault of Disparo; its log tells more"
    return problem(500, "unexpected", "Unexpected error", detail, {})


def away(error: sa.exc.OperationalError) -> JSONResponse:
    """Return the answer while the database does not."""
    _log.error("the database is away: %s", error.orig)
    detail = "Disparo's database does not answer; try again shortly"
    return problem(503, "database-away", "Database away", detail, {})


def answer(error: AppError) -> JSONResponse:
    """Return an AppError as a problem document."""
    facts: dict[str, object] = {
        name: fact if isinstance(fact, (int, float, list, dict)) else str(fact)
        for name, fact in error.facts.items()
    }
    found = problem(error.status, error.slug, error.title, error.detail, facts)
    if isinstance(error, UnauthenticatedError):
        found.headers["WWW-Authenticate"] = error.challenge
    if isinstance(seconds := error.facts.get("retry_after"), int):
        found.headers["Retry-After"] = str(seconds)
    return found
