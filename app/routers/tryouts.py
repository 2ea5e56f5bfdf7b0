"""Tryouts: what a schedule would collect and predict, before it is saved."""

from typing import Annotated

from fastapi import APIRouter, Body, Request

from app.routers import examples
from app.routers.parts import PROBLEMS, STRICT
from app.values.tryout import Tried, TryoutRequest

router = APIRouter(prefix="/schedules", tags=["schedules"], responses=PROBLEMS, dependencies=STRICT)


@router.post("/try")
def try_schedule(
    asked: Annotated[TryoutRequest, Body(openapi_examples=examples.TRYOUTS)], request: Request
) -> Tried:
    """Collect the first rows of a query and predict them; nothing is stored or delivered.

    A process of its own does it, whose time, rows and memory are bounded (`dispatch.try_…`). An
    error's facts name the stage that failed.
    """
    tried: Tried = request.app.state.tryouts.run(asked)
    return tried
