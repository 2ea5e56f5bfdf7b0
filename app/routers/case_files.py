"""Cases in bulk: imported from files and queries, exported as files."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from app.clock import utc_now
from app.errors import InvalidRequestError, TooLargeError, UnsupportedError
from app.factory import Factory
from app.routers.parts import PROBLEMS, STRICT, Actor, Problem, Services
from app.services.uploads import Upload, upload
from app.values.base import Name
from app.values.case import Choice, Tag
from app.values.case_import import CaseFile, CaseFormat, CaseImport, CaseQuery, Delimiter

_MEDIA = {CaseFormat.CSV: "text/csv", CaseFormat.JSONL: "application/x-ndjson"}
_FORMATS = {
    **{media: form for form, media in _MEDIA.items()},
    "application/jsonl": CaseFormat.JSONL,
    "application/x-jsonlines": CaseFormat.JSONL,
}
_JSON = {"application/json", ""}
_UTF8 = {"utf-8", "utf8", "us-ascii"}
_EXAMPLE = {
    "model": "flight-delay",
    "source": "flights",
    "query": "SELECT *, 'late' AS outcome FROM flights WHERE arr_delay > 200",
    "expected": "outcome",
    "limit": 10,
    "skip_known": True,
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": CaseQuery.model_json_schema(),
                "example": _EXAMPLE,
            },
            **{media: {"schema": {"type": "string"}} for media in _MEDIA.values()},
        },
    }
}
_REFUSALS: dict[int | str, dict[str, object]] = PROBLEMS | {
    status: {"model": Problem, "content": {"application/problem+json": {}}, "description": words}
    for status, words in ((413, "Too large"), (415, "Neither JSON, CSV nor lines of JSON"))
}
router = APIRouter(
    prefix="/showroom/cases", tags=["cases"], responses=_REFUSALS, dependencies=STRICT
)
Column = Annotated[str | None, Query(min_length=1, max_length=1000)]
Tags = Annotated[tuple[Tag, ...], Query(max_length=20)]


def _options(
    *,
    model: Annotated[Name | None, Query(description="For a file: whose cases they are.")] = None,
    expected: Column = None,
    title: Column = None,
    tags_column: Column = None,
    tags: Tags = (),
    skip_known: bool = False,
    delimiter: Annotated[Delimiter, Query(description="Of CSV.")] = Delimiter.COMMA,
) -> dict[str, Any]:
    return locals()


@router.post("/import", openapi_extra=_BODY)
async def import_cases(
    request: Request,
    services: Services,
    actor: Actor,
    options: Annotated[dict[str, Any], Depends(_options)],
) -> CaseImport:
    """Store a file's rows, or those of a query on a source, as cases: all of them or none.

    A query comes as JSON, with everything in it. A file is the body itself, CSV or lines of JSON;
    the parameters say what is what.
    """
    form = _form(request.headers.get("content-type", ""))
    most = services.settings.showroom.import_bytes
    if int(request.headers.get("content-length", "0")) > most:
        raise TooLargeError(
            f"the file has more bytes than showroom.import_bytes allows ({most}); send it in parts"
        )
    with upload(most=most) as received:
        async for piece in request.stream():
            received.write(piece)
        if form is None:
            return await run_in_threadpool(
                _from_query, services, actor, received, request.query_params
            )
        return await run_in_threadpool(_from_file, services, actor, received, form, options)


def _form(content_type: str) -> CaseFormat | None:
    """Return the format of a file, None for a query. Raises UnsupportedError."""
    media, *parameters = (part.strip().lower() for part in content_type.split(";"))
    for name, _, value in (one.partition("=") for one in parameters):
        if name == "charset" and value.strip('"') not in _UTF8:
            raise UnsupportedError(f"text in {value[:50]} is not taken; send UTF-8")
    if media in _FORMATS:
        return _FORMATS[media]
    if media in _JSON or media.endswith("+json"):
        return None
    raise UnsupportedError(
        f"{media[:100]!r} is not taken; send text/csv, application/x-ndjson, or a query as "
        "application/json"
    )


def _from_file(
    services: Factory, actor: str, received: Upload, form: CaseFormat, options: dict[str, Any]
) -> CaseImport:
    if options["model"] is None:
        raise InvalidRequestError("query.model: name the model whose cases these are")
    asked = CaseFile(format=form, **options)
    return services.case_import.from_file(received.whole(), asked, actor=actor, now=utc_now())


def _from_query(
    services: Factory, actor: str, received: Upload, extra: Mapping[str, str]
) -> CaseImport:
    if extra:
        raise InvalidRequestError(f"query.{next(iter(extra))}: the body says all of a query")
    try:
        asked = CaseQuery.model_validate(json.loads(received.whole().read()))
    except ValidationError as error:
        told = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(told) from None
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", str(error))
        told = [{"type": "json_invalid", "loc": ("body",), "msg": "", "ctx": {"error": reason}}]
        raise RequestValidationError(told) from None
    return services.case_import.from_query(asked, actor=actor, now=utc_now())


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={
        200: {"content": {media: {} for media in _MEDIA.values()}, "description": "The file"},
    },
)
def export_cases(
    services: Services,
    model: Name,
    tag: Tags = (),
    form: Annotated[CaseFormat, Query(alias="format")] = CaseFormat.CSV,
) -> StreamingResponse:
    """Return a model's cases as a file that can be imported again."""
    pieces = services.cases.export(Choice(model=model, tags=tag), form)
    return StreamingResponse(
        pieces,
        media_type=f"{_MEDIA[form]}; charset=utf-8" if form is CaseFormat.CSV else _MEDIA[form],
        headers={"Content-Disposition": f'attachment; filename="{model}-cases.{form}"'},
    )
