"""Stored cases: list, create, read, replace, change, remove."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import ConfigDict, Discriminator, Field
from pydantic import Tag as Branch

from app.clock import utc_now
from app.routers import examples
from app.routers.etags import Expected, tagged
from app.routers.parts import PROBLEMS, STRICT, Actor, Page, Services
from app.values.base import Name
from app.values.case import CaseId, Choice, NewCase, StoredCase, Tag
from app.values.case_run import CaseRun
from app.values.event import Event

router = APIRouter(
    prefix="/showroom/cases", tags=["cases"], responses=PROBLEMS, dependencies=STRICT
)
VersionNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Cursor = Annotated[int | None, Query(ge=1, le=2**62)]
Many = Annotated[list[NewCase], Field(min_length=1)]
OneOrMany = Annotated[
    Annotated[NewCase, Branch("case")] | Annotated[Many, Branch("cases")],
    Discriminator(lambda body: "cases" if isinstance(body, list) else "case"),
    Body(openapi_examples=examples.CASES),
]
Spec = Annotated[NewCase, Body(openapi_examples={"one": examples.CASES["one"]})]
Patch = Annotated[
    dict[str, Any],
    Body(media_type="application/merge-patch+json", openapi_examples=examples.CASE_PATCHES),
]


@router.get("")
def list_cases(
    services: Services,
    *,
    model: Name | None = None,
    tag: Annotated[tuple[Tag, ...], Query(max_length=20)] = (),
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[StoredCase]:
    """List the cases by id; of several tags a case must have all."""
    items, following = services.cases.page(model=model, tags=tag, after=cursor or 0, limit=limit)
    return Page(items=items, next=following)


@router.post("", status_code=201, response_model=StoredCase | Page[StoredCase])
def create_cases(
    new: OneOrMany, services: Services, actor: Actor, response: Response
) -> StoredCase | Page[StoredCase]:
    """Create a case, or a list of cases of one model: all of them or none."""
    if isinstance(new, list):
        return Page(items=services.cases.create_all(new, actor=actor, now=utc_now()))
    made = services.cases.create(new, actor=actor, now=utc_now())
    response.headers["Location"] = f"/showroom/cases/{made.id}"
    return tagged(made, response)


class Run(Choice):
    """Which cases are answered by which versions."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"model": "flight-delay", "versions": [1]}]}
    )

    versions: Annotated[tuple[VersionNumber, ...], Field(max_length=10)] = ()
    """By default the live one; each of the others is compared with the first."""
    tolerance: Annotated[float | None, Field(ge=0, le=1)] = None
    """How far a value may be from the expected one, as a share; by default the model's own."""


@router.post("/run")
def run_cases(asked: Run, services: Services) -> CaseRun:
    """Let versions answer stored cases, side by side; nothing of it is recorded."""
    return services.cases.run(asked, asked.versions, tolerance=asked.tolerance)


@router.get("/{case_id}")
def get_case(case_id: CaseId, services: Services, response: Response) -> StoredCase:
    """Return one case."""
    return tagged(services.cases.get(case_id), response)


@router.put("/{case_id}")
def replace_case(
    case_id: CaseId,
    new: Spec,
    services: Services,
    actor: Actor,
    expected: Expected,
    response: Response,
) -> StoredCase:
    """Replace a case whole; its model stays."""
    made = services.cases.replace(case_id, new, actor=actor, now=utc_now(), expected=expected)
    return tagged(made, response)


@router.patch("/{case_id}")
def change_case(
    case_id: CaseId,
    patch: Patch,
    services: Services,
    actor: Actor,
    expected: Expected,
    response: Response,
) -> StoredCase:
    """Change some fields, by a merge patch (RFC 7396): null takes a field, or an input, away."""
    made = services.cases.change(case_id, patch, actor=actor, now=utc_now(), expected=expected)
    return tagged(made, response)


@router.delete("/{case_id}", status_code=204)
def remove_case(case_id: CaseId, services: Services, actor: Actor, expected: Expected) -> None:
    """Remove a case."""
    services.cases.remove(case_id, actor=actor, now=utc_now(), expected=expected)


@router.get("/{case_id}/events")
def list_events(
    case_id: CaseId, services: Services, cursor: Cursor = None, limit: Limit = 50
) -> Page[Event]:
    """Return what happened to the case, the oldest first, also after its removal."""
    found = services.cases.history(case_id, after=cursor or 0, limit=limit)
    return Page(items=found, next=found[-1].id if len(found) == limit else None)
