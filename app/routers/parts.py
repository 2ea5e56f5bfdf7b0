"""What the handlers share: the services, the error body, the page of a list."""

from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from app.errors import AppError
from app.factory import Factory

ACTOR = "api"
Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """A part of a list; `next` goes into `cursor` for the part that follows."""

    items: list[Item]
    next: int | None = None


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
PROBLEMS: dict[int | str, dict[str, object]] = {
    status: {"model": Problem, "content": {"application/problem+json": {}}, "description": words}
    for status, words in ((404, "Not found"), (409, "Conflict"), (422, "Refused"))
}


def problem(
    status: int, slug: str, title: str, detail: str, facts: dict[str, object]
) -> JSONResponse:
    """Return an error as a problem document."""
    body = Problem(
        type=f"urn:disparo:{slug}", title=title, status=status, detail=detail, facts=facts
    )
    return JSONResponse(body.model_dump(mode="json"), status, media_type="application/problem+json")


def answer(error: AppError) -> JSONResponse:
    """Return an AppError as a problem document."""
    facts: dict[str, object] = {
        name: fact if isinstance(fact, (int, float)) else str(fact)
        for name, fact in error.facts.items()
    }
    return problem(error.status, error.slug, error.title, error.detail, facts)
