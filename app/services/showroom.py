"""The Showroom: requests for predictions, from their bytes to the bytes of their answer.

A request passes four hands: the event loop decodes it, the thread of its version answers it, the
thread of the prediction log commits it, and the event loop lets the answer go. What waits between
them is bounded, and whoever waits is answered in bounded time.
"""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

import msgspec
import sqlalchemy as sa

from app.db.cases import CaseStore
from app.db.engine import reading
from app.db.prediction_log import not_in_time
from app.errors import AppError, BusyError, InvalidRequestError, NotFoundError, TimedOutError
from app.inference.batcher import Ask
from app.inference.registry import Served
from app.services.explanations import Explanations
from app.services.foreign import Foreign
from app.services.live import LiveService
from app.services.meters import Meters
from app.services.models import ModelService
from app.services.recorder import Recorder
from app.services.requests import BODY, Body, Origin, Request, awaited, resolve
from app.services.scopes import require_model
from app.settings_sections import Showroom
from app.values.account import Scope
from app.values.prediction import Case

_LATE_SECONDS = 0.25
"""How often it is looked whether requests have waited too long."""
_MOST_ID = 2**62
_TOLD = 10
"""Missing cases that are told."""
_NEVER = float("inf")
_SHADOW_BATCHES = 4
"""A shadow that has more batches to do than these is left out."""


Departed = Callable[[], Awaitable[None]]


class ShowroomService:
    """The use case of live predictions, in one process."""

    def __init__(
        self,
        engine: sa.Engine,
        log_engine: sa.Engine,
        models: ModelService,
        bounds: Showroom,
        *,
        spool: Path,
        meters: Meters | None = None,
    ) -> None:
        """`spool` is the directory of what is recorded while the database is away."""
        self.live = LiveService(engine, models, bounds, self._on_answered, meters)
        self._engine = engine
        self._reading = reading(engine)
        self._recorder = Recorder(log_engine, bounds, spool, meters)
        self._meters = meters
        self._explanations = Explanations(bounds)
        self._bounds = bounds
        self._pending: dict[Request, Departed | None] = {}
        self._departing: dict[Request, asyncio.Task[None]] = {}
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to answer, and load what is live."""
        self._recorder.start()
        self.live.start()

    def stop(self) -> None:
        """Answer and record what waits, and end."""
        self._explanations.stop()
        self.live.stop()
        self._recorder.stop()

    @property
    def waiting(self) -> tuple[int, int]:
        """How many requests wait for their records, and how many bytes these are."""
        return self._recorder.waiting

    def show(self) -> None:
        """Tell the meters how things stand now."""
        if self._meters is not None:
            requests, size = self._recorder.waiting
            self._meters.show(self.live.waiting(), log_requests=requests, log_bytes=size)

    async def predict(
        self,
        body: bytes,
        *,
        caller: str,
        now: datetime,
        scope: Scope = Scope(),  # noqa: B008 - it is frozen
        seconds: float | None = None,
        departed: Departed | None = None,
        explain: bool = False,
        trial: bool = False,
    ) -> bytes:
        """Return the answer to a request's body, once its record is as safe as is asked for.

        `seconds` is how long the client is willing to wait for it to be computed; `departed`
        returns when the client has gone: what waits for nobody is not computed. With `explain`
        each prediction is explained too, in the answer but not on record. A `trial` is on record as
        one, and is no live request. Raises ForbiddenError for a model that is not in the `scope`,
        InvalidRequestError, InvalidCasesError, NotFoundError, ModelError, BusyError, TimedOutError,
        DatabaseAwayError.
        """
        origin = Origin(caller=caller, received_at=now, asked_at=time.perf_counter(), trial=trial)
        wait = min(seconds or _NEVER, self._bounds.deadline_seconds)
        try:
            asked = BODY.decode(body)
        except (ValueError, RecursionError) as error:  # what is no UTF-8 is a ValueError too
            raise await self._refusal(body, error, wait, scope) from None
        require_model(scope, asked.model)
        if not (asked.cases or asked.case_ids):
            raise InvalidRequestError(
                "there are no `cases`; send at least one case, or `case_ids` of stored ones"
            )
        served, serving = await self.live.served(asked.model, asked.version, seconds=wait)
        cases = await self._stored(asked) if asked.case_ids else asked.cases
        rows = served.decoder(serving.unknown_categories).rows(cases)
        self._check(len(rows))
        if explain:
            self._explanations.check(len(rows))
        request = awaited(served, serving, rows, origin, wait)
        await self._answer(request, departed)
        if explain:
            await self._explanations.add(request)
        return request.answer()

    async def answered(
        self,
        asked: Foreign,
        *,
        caller: str,
        now: datetime,
        scope: Scope,
        seconds: float | None = None,
        departed: Departed | None = None,
    ) -> Request:
        """Return a request that came in another protocol's form, answered as `predict` does.

        Raises what `predict` does.
        """
        origin = Origin(caller=caller, received_at=now, asked_at=time.perf_counter())
        wait = min(seconds or _NEVER, self._bounds.deadline_seconds)
        require_model(scope, asked.model)
        served, serving = await self.live.served(asked.model, asked.version, seconds=wait)
        self._check(asked.size)
        decoder = served.decoder(serving.unknown_categories)
        rows = decoder.plain_rows(asked.fitted(served.version.signature))
        request = awaited(served, serving, rows, origin, wait)
        await self._answer(request, departed)
        return request

    async def _answer(self, request: Request, departed: Departed | None) -> None:
        self._recorder.require_room(request.serving)
        assert request.future is not None  # noqa: S101 - its loop waits
        request.served.batcher.put(request)
        self._pending[request] = departed
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watch_the_late())
        try:
            await request.future
        finally:
            request.is_gone = True
            self._pending.pop(request, None)
            if request in self._departing:
                self._departing.pop(request).cancel()

    async def _stored(self, asked: Body) -> bytes:
        """Return stored cases as if they had been sent. Raises NotFoundError."""
        ids = asked.case_ids or []
        self._check(len(ids))
        if asked.cases:
            raise InvalidRequestError("send either `cases` or `case_ids`, not both")
        if not all(1 <= one <= _MOST_ID for one in ids):
            raise InvalidRequestError(f"`case_ids` are numbers from 1 to {_MOST_ID}")
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(None, self._cases, asked.model, ids)
        return msgspec.json.encode(found)

    def _cases(self, model: str, ids: Sequence[int]) -> list[Case]:
        with self._reading.begin() as connection:
            found = {one.id: one for one in CaseStore(connection).some(sorted(set(ids)))}
        missing = [one for one in ids if one not in found or found[one].model != model]
        if missing:
            raise NotFoundError(
                f"model {model!r} has no case {', '.join(map(str, missing[:_TOLD]))}; "
                f"GET /showroom/cases?model={model} lists them"
            )
        return [found[one].inputs for one in ids]

    def _check(self, cases: int) -> None:
        if not cases:
            raise InvalidRequestError("`cases` is empty; send at least one case")
        if cases > self._bounds.request_cases:
            raise InvalidRequestError(
                f"the request has {cases} cases, more than showroom.request_cases allows "
                f"({self._bounds.request_cases}); send them in parts, or run a dispatch"
            )

    async def _refusal(self, body: bytes, error: Exception, wait: float, scope: Scope) -> AppError:
        """Return what is wrong with a body that is not of the form."""
        try:
            plain = json.loads(body)
        except (ValueError, RecursionError) as fault:
            return InvalidRequestError(f"the body is no JSON: {fault}")
        if not isinstance(plain, dict) or not isinstance(plain.get("model"), str):
            return InvalidRequestError(
                'the body must be an object like {"model": "NAME", "cases": [{…}, …]}'
            )
        require_model(scope, plain["model"])
        version = plain.get("version")
        is_number = isinstance(version, int) and not isinstance(version, bool)
        if version is not None and not is_number:
            return InvalidRequestError("`version` must be the number of a version")
        if unknown := sorted(plain.keys() - set(Body.__struct_fields__)):
            known = ", ".join(Body.__struct_fields__)
            return InvalidRequestError(f"there is no key {unknown[0][:50]!r}; there are {known}")
        if not isinstance(plain.get("cases"), list):
            return InvalidRequestError(f"the body: {error}")
        # What Python reads and JSON forbids, such as NaN, is named by its case and its input.
        served, serving = await self.live.served(plain["model"], version, seconds=wait)
        decoder = served.decoder(serving.unknown_categories)
        faults = decoder.faults(plain["cases"])
        return decoder.refusal(faults) if faults else InvalidRequestError(f"the body: {error}")

    def _on_answered(self, served: Served, asks: list[Ask]) -> None:
        """Take a batch from a version's thread."""
        requests = cast(list[Request], asks)  # nothing else is put
        if self._meters is not None:
            self._meters.batch_done(served.key, requests)
        self._recorder.take(asks)
        for request in requests:
            if request.serving.shadow is not None and request.error is None:
                self._shadow(served, request)

    def _shadow(self, served: Served, request: Request) -> None:
        """Let the model's shadow answer a share of the live requests too, while it keeps up."""
        shadow, origin = request.serving.shadow, request.origin
        if shadow is None or origin.shadow_of or origin.trial:
            return
        if random.random() >= shadow.share:  # noqa: S311 - no secret
            return
        other = self.live.get((served.version.model, shadow.version))
        if other is None or other is served or self._recorder.is_full:
            return
        if other.batcher.waiting_cases > _SHADOW_BATCHES * self._bounds.batch_cases:
            return
        same = Origin(
            caller=origin.caller,
            received_at=origin.received_at,
            asked_at=time.perf_counter(),
            shadow_of=request.id,
        )
        asked = Request(other, request.serving, request.rows, same, deadline=_NEVER, loop=None)
        with contextlib.suppress(BusyError):  # it is being let go: nobody waits for it
            other.batcher.put(asked)

    async def _watch_the_late(self) -> None:
        """Look after those that wait: some have waited too long, and some clients have gone.

        Only a request that is looked at here costs the watch for its client's leaving.
        """
        while self._pending:
            await asyncio.sleep(_LATE_SECONDS)
            now = time.perf_counter()
            long_ago = now - self._bounds.commit_seconds - _LATE_SECONDS
            for request, departed in list(self._pending.items()):
                if departed is not None and request not in self._departing:
                    task = asyncio.create_task(self._await_departure(request, departed))
                    self._departing[request] = task
                if request.commit_by < now:
                    self._leave(request, not_in_time())
                elif request.deadline < long_ago:
                    words = "the prediction did not come in time; try again, or allow it more time"
                    self._leave(request, TimedOutError(words))

    async def _await_departure(self, request: Request, departed: Departed) -> None:
        await departed()
        self._leave(request, TimedOutError("the client has gone"))

    def _leave(self, request: Request, error: AppError) -> None:
        """Answer a request with an error, whatever still comes of it."""
        request.is_gone = True
        request.error = error
        resolve([request])
