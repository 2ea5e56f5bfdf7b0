"""Logs: what the program of a dispatch prints, whole or followed live."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, Response, StreamingResponse
from pydantic import Field
from starlette.types import Receive, Scope, Send

from app.clock import utc_now
from app.db.engine import AWAY
from app.errors import BusyError
from app.factory import Factory
from app.routers.parts import PROBLEMS, STRICT, Services

_LOOK_SECONDS = 0.5
_HEARTBEAT_SECONDS = 15.0
_STREAM = "text/event-stream"

router = APIRouter(
    prefix="/dispatches", tags=["dispatches"], responses=PROBLEMS, dependencies=STRICT
)
DispatchId = Annotated[int, Field(ge=1, le=2**62)]


class Followers:
    """How many follow logs now, and how many may. For one event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._now = 0

    def enter(self) -> None:
        """Count one more. Raises BusyError."""
        if self._now >= self._most:
            raise BusyError(
                f"{self._most} already follow logs here (scheduler.log_followers); read this one "
                "without following it, or try again later"
            )
        self._now += 1

    def leave(self) -> None:
        """Count one less."""
        self._now -= 1


class _Followed(StreamingResponse):
    """A stream of events that counts as a follower until it is over or its reader is gone."""

    def __init__(self, events: AsyncIterator[str], followers: Followers) -> None:
        followers.enter()
        self._followers = followers
        # Proxies are to pass events on at once.
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        super().__init__(events, media_type=_STREAM, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._followers.leave()


@router.get(
    "/{dispatch_id}/log",
    response_class=PlainTextResponse,
    responses={200: {"content": {_STREAM: {}}, "description": "The log"}},
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
    if not follow and _STREAM not in accept:
        whole = await run_in_threadpool(services.logs.whole, dispatch_id, now=utc_now())
        return PlainTextResponse(whole)
    await run_in_threadpool(services.dispatches.get, dispatch_id)
    events = _events(services, dispatch_id, last_event_id)
    return _Followed(events, request.app.state.log_followers)


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
