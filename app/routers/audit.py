"""The audit: who did what, whence, and who was refused. For admins."""

from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from app.routers.parts import PROBLEMS, STRICT, Page, Services
from app.values.audit import AuditEntry, AuditFilter, AuditFormat
from app.values.base import Instant

_MEDIA = {AuditFormat.CSV: "text/csv; charset=utf-8", AuditFormat.JSONL: "application/x-ndjson"}
_Word = Annotated[str | None, Query(max_length=200)]

router = APIRouter(prefix="/audit", tags=["accounts"], responses=PROBLEMS, dependencies=STRICT)


def _filter(
    *,
    actor: _Word = None,
    subject: Annotated[
        str | None, Query(max_length=200, description="Exactly, e.g. `schedule:nightly`.")
    ] = None,
    noun: Annotated[
        str | None,
        Query(max_length=50, pattern=r"^[a-z][a-z-]*$", description="E.g. `schedule`."),
    ] = None,
    name: Annotated[
        str | None, Query(max_length=200, description="What happened, e.g. `refused`.")
    ] = None,
    address: _Word = None,
    request: Annotated[str | None, Query(max_length=200, description="Its X-Request-ID.")] = None,
    since: Instant | None = None,
    until: Annotated[Instant | None, Query(description="The first instant left out.")] = None,
) -> AuditFilter:
    return AuditFilter(
        actor=actor, subject=subject, noun=noun, name=name, address=address, request=request,
        since=since, until=until,
    )  # fmt: skip


Wanted = Annotated[AuditFilter, Depends(_filter)]


@router.get("")
def list_audit(
    services: Services,
    wanted: Wanted,
    cursor: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> Page[AuditEntry]:
    """List who did what, the newest first: each change, and each kind of refused attempt.

    So many entries are looked at for one page: one that holds less than `limit`, or nothing, has
    more after it as long as `next` is given.
    """
    found, following = services.audit.page(wanted, before=cursor, limit=limit)
    return Page(items=found, next=following)


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/csv": {}, "application/x-ndjson": {}}, "description": "The file"},
    },
)
def export_audit(
    services: Services,
    wanted: Wanted,
    form: Annotated[AuditFormat, Query(alias="format")] = AuditFormat.CSV,
) -> StreamingResponse:
    """Return all entries that fit as a file, the newest first.

    It is made while it is sent; if that fails, the connection is closed before its end.
    """
    pieces = services.audit.stream(wanted, form)
    first = next(pieces, b"")  # what fails at once has a status of its own
    return StreamingResponse(
        chain([first], pieces),
        media_type=_MEDIA[form],
        headers={"Content-Disposition": f'attachment; filename="audit.{form}"'},
    )
