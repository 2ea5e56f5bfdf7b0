"""What the handlers share: the services, the error body, the page of a list."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from app.errors import AppError
from app.factory import Factory
from app.values.base import Scalar

ACTOR = "api"
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
        datetime | None, Field(description="Without an offset: the schedule's clock. Now.")
    ] = None
    parameters: dict[str, Scalar] = {}
    limit: Annotated[int | None, Field(ge=1)] = None
    dry_run: bool = False

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


Services = Annotated[Factory, Depends(get_factory)]
_REFUSALS = (
    (400, "Malformed"),
    (404, "Not found"),
    (409, "Conflict"),
    (412, "Changed meanwhile"),
    (422, "Refused"),
)
PROBLEMS: dict[int | str, dict[str, object]] = {
    status: {"model": Problem, "content": {"application/problem+json": {}}, "description": words}
    for status, words in _REFUSALS
}


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
    wrong = [f"{'.'.join(map(str, one['loc']))}: {_words(one)}" for one in error.errors()[:_MOST]]
    facts: dict[str, object] = {"errors": len(error.errors())}
    return problem(422, "invalid-request", "Invalid request", "; ".join(wrong), facts)


def _words(one: Mapping[str, Any]) -> str:
    match one["type"]:
        case "json_invalid":
            return f"this is no JSON: {one['ctx']['error']}"
        case "extra_forbidden":
            return "there is no such key"
        case _:
            return str(one["msg"]).removeprefix("Value error, ")


def http_error(request: Request, error: HTTPException) -> JSONResponse:
    """Return an error of the framework as a problem document; its headers, e.g. Allow, stay."""
    allowed = (error.headers or {}).get("Allow")
    detail = {
        404: f"there is nothing at {request.url.path}; /docs lists what there is",
        405: f"{request.method} is not for {request.url.path}; allowed: {allowed}",
    }.get(error.status_code, str(error.detail))
    found = problem(error.status_code, "http", HTTPStatus(error.status_code).phrase, detail, {})
    found.headers.update(error.headers or {})
    return found


def unexpected() -> JSONResponse:
    """Return the answer to a fault of ours: what happened is in the log, and not told."""
    detail = "this is a fault of Disparo; its log tells more"
    return problem(500, "unexpected", "Unexpected error", detail, {})


def answer(error: AppError) -> JSONResponse:
    """Return an AppError as a problem document."""
    facts: dict[str, object] = {
        name: fact if isinstance(fact, (int, float, list, dict)) else str(fact)
        for name, fact in error.facts.items()
    }
    found = problem(error.status, error.slug, error.title, error.detail, facts)
    if isinstance(seconds := error.facts.get("retry_after"), int):
        found.headers["Retry-After"] = str(seconds)
    return found
