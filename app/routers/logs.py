"""Logs: what the program of a dispatch prints, whole or followed live."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, Response
from pydantic import Field

from app.clock import utc_now
from app.db.engine import AWAY
from app.factory import Factory
from app.routers.parts import PROBLEMS, STRICT, Services
from app.routers.streams import STREAM, Followed

_LOOK_SECONDS = 0.5
_HEARTBEAT_SECONDS = 15.0

router = APIRouter(
    prefix="/dispatches", tags=["dispatches"], responses=PROBLEMS, dependencies=STRICT
)
DispatchId = Annotated[int, Field(ge=1, le=2**62)]


@router.get(
    "/{dispatch_id}/log",
    response_class=PlainTextResponse,
    responses={200: {"content": {STREAM: {}}, "description": "The log"}},
)
async def get_log(
    dispatch_id: DispatchId,
    services: Services,
    request: Request,
    *,
    follow: Annotated[bool, Query(description="Send it as it comes, as events.")] = False,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
    last_event_id: Annotated[int, Header(ge=0, le=2**62)] = 0,
) -> Response:
    """Return what the dispatch's program printed; its middle is left out where it is long.

    With `follow`, or `Accept: text/event-stream`, it is sent as server-sent events: the data of
    each is a JSON string, its id an offset in bytes, from which Last-Event-ID resumes. The event
    `end` comes last, when the dispatch has ended.
    """
    if not follow and STREAM not in accept:
        whole = await run_in_threadpool(services.logs.whole, dispatch_id, now=utc_now())
        return PlainTextResponse(whole)
    await run_in_threadpool(services.dispatches.get, dispatch_id)
    events = _events(services, dispatch_id, last_event_id)
    return Followed(events, request.app.state.log_followers)


async def _events(services: Factory, dispatch_id: int, after: int) -> AsyncIterator[str]:
    """Yield the log from the byte `after` on. Between two looks no thread is held."""
    said_at = time.monotonic()
    while True:
        try:
            part = await run_in_threadpool(
                services.logs.part, dispatch_id, after=after, now=utc_now()
            )
        except AWAY:  # it comes back
            await asyncio.sleep(_LOOK_SECONDS)
            continue
        after = part.end
        if part.text:
            yield f"id: {after}\ndata: {json.dumps(part.text)}\n\n"
            said_at = time.monotonic()
        if part.is_over:
            yield f"id: {after}\nevent: end\ndata: {json.dumps(part.state)}\n\n"
            return
        if time.monotonic() > said_at + _HEARTBEAT_SECONDS:
            yield ": nothing new\n\n"
            said_at = time.monotonic()
        await asyncio.sleep(_LOOK_SECONDS)
