"""The Monitor: all at a glance, what changes as it changes, and the scheduler's one switch."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from app.clock import utc_now
from app.factory import Factory
from app.routers.etags import is_tagged
from app.routers.parts import PROBLEMS, STRICT, Actor, Services
from app.routers.streams import STREAM, Followed
from app.services.board import Board, Posted
from app.values.history import History
from app.values.monitor import MonitorDocument
from app.values.switch import Switch

_LOOK_SECONDS = 0.5
_HEARTBEAT_SECONDS = 15.0

router = APIRouter(prefix="/monitor", tags=["monitor"], responses=PROBLEMS, dependencies=STRICT)


@router.get(
    "",
    response_model=None,
    responses={200: {"model": MonitorDocument}, 304: {"description": "Not changed"}},
)
async def get_monitor(
    request: Request, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """Return all at a glance: checks by kind, schedules, the service itself.

    It is answered from memory, also while the database, the scheduler and a host are away, and
    says so then. It is cheap to poll with If-None-Match: 304 while nothing has changed.
    """
    posted = await _posted(request)
    headers = {"ETag": posted.tag, "Cache-Control": "no-cache"}
    if is_tagged(if_none_match, posted.tag):
        return Response(status_code=304, headers=headers)
    return Response(posted.body, media_type="application/json", headers=headers)


@router.get("/history")
def get_history(services: Services, limit: Annotated[int, Query(ge=1, le=500)] = 200) -> History:
    """Return what tiles draw of the past, for the first `limit` checks and schedules by name.

    That is the last 24 hours of each check and its newest looks, and each schedule's newest
    dispatches.
    """
    return services.history.latest(limit, now=utc_now())


@router.get(
    "/stream",
    response_class=Response,
    responses={200: {"content": {STREAM: {}}, "description": "What changes"}},
)
async def follow_monitor(
    request: Request, last_event_id: Annotated[str, Header(max_length=100)] = ""
) -> Response:
    """Follow the Monitor, as server-sent events.

    The first event, `document`, is what GET /monitor returns. Each `changes` has the `checks` and
    `schedules` that changed since, whole, the names that are `gone`, and the document's `rest`.
    With Last-Event-ID it goes on from there, if this process sent that event.
    """
    factory: Factory = request.app.state.factory
    return Followed(_events(request, factory.board, last_event_id), request.app.state.followers)


@router.post("/scheduler/pause")
def pause_scheduler(services: Services, actor: Actor) -> Switch:
    """Pause the whole scheduler, in all services, until it is resumed: no slot is dispatched.

    Runs by hand, retries and backfills go on, and so does what runs.
    """
    return services.halt.turn(paused=True, actor=actor, now=utc_now())


@router.post("/scheduler/resume")
def resume_scheduler(services: Services, actor: Actor) -> Switch:
    """Let the scheduler go on. What became due meanwhile is up to each schedule's catch_up."""
    return services.halt.turn(paused=False, actor=actor, now=utc_now())


async def _posted(request: Request) -> Posted:
    factory: Factory = request.app.state.factory
    posted = factory.board.read()
    if posted is None:  # just after the start
        await run_in_threadpool(_post, factory)
        posted = factory.board.read()
    assert posted is not None  # noqa: S101 - it was posted just now
    return posted


def _post(factory: Factory) -> None:
    factory.board.post(factory.monitor.document(now=utc_now()))


async def _events(request: Request, board: Board, last_event_id: str) -> AsyncIterator[str]:
    """Yield what changes. Between two looks no thread is held."""
    posted = await _posted(request)
    version = board.version_of(last_event_id)
    if version is None:
        version = posted.version
        yield _event("document", posted)
    said_at = time.monotonic()
    while True:
        posted = board.read() or posted
        if posted.version > version:
            changes = board.since(version).decode()
            yield f"id: {_id(posted)}\nevent: changes\ndata: {changes}\n\n"
            version, said_at = posted.version, time.monotonic()
        elif time.monotonic() > said_at + _HEARTBEAT_SECONDS:
            yield ": nothing new\n\n"
            said_at = time.monotonic()
        await asyncio.sleep(_LOOK_SECONDS)


def _event(name: str, posted: Posted) -> str:
    return f"id: {_id(posted)}\nevent: {name}\ndata: {posted.body.decode()}\n\n"


def _id(posted: Posted) -> str:
    return posted.tag.strip('"')
