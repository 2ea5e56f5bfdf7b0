"""Run one dispatch: claim it, collect, infer, deliver, and keep the record."""

import os
import socket
import traceback
from collections.abc import Callable
from datetime import datetime

from threadpoolctl import threadpool_limits

from app import request_ids
from app.db.dispatches import DispatchStore
from app.db.engine import AWAY
from app.errors import (
    AppError,
    CancelledError,
    ConflictError,
    DatabaseAwayError,
    OutOfMemoryError,
)
from app.inference.program import Meter, StageError
from app.services.dispatches import DispatchService
from app.services.ends import in_record, state_after
from app.services.patience import Patience
from app.services.pulse import Pulse, Reason, Stop
from app.services.queue import QueueService
from app.services.work import Work
from app.services.working import Parts
from app.values.dispatch import (
    Claim,
    Dispatch,
    DispatchError,
    DispatchState,
    Progress,
    Standing,
)

_SUCCESS = DispatchState.SUCCEEDED


class ExecutionService:
    """Runs a dispatch in this process, which belongs to that dispatch alone."""

    def __init__(self, parts: Parts, queue: QueueService, dispatches: DispatchService) -> None:
        self._parts = parts
        self._queue = queue
        self._dispatches = dispatches

    def run(
        self,
        dispatch_id: int,
        *,
        clock: Callable[[], datetime],
        stop: Stop,
        claim: Claim | None = None,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> Dispatch:
        """Run the dispatch to its end and return its record.

        Without a `claim` it claims the dispatch itself. Raises ConflictError if another process
        has it. What fails in the dispatch itself is not raised: it is in the record.
        """
        patiently = Patience(self._parts.bounds.record_seconds)
        claim = claim or patiently(lambda: self._claim(dispatch_id, clock()))
        dispatch = patiently(lambda: self._begin(claim, clock()))
        request_ids.bind_process(dispatch.order.request_id)
        meter = Meter()
        time_out = dispatch.order.schedule.policies.time_out
        pulse = Pulse(
            self._parts.engine,
            claim,
            stop,
            progress=meter.progress,
            clock=clock,
            seconds=self._parts.bounds.progress_seconds,
            time_out=None if time_out is None else time_out.total_seconds(),
        )
        work = Work(
            self._parts,
            dispatch,
            claim,
            pulse,
            meter=meter,
            stop=stop,
            clock=clock,
            on_progress=on_progress,
        )
        with pulse, threadpool_limits(self._parts.bounds.threads):
            failure = self._outcome(work, stop)
        on_progress(meter.progress())
        plan = work.plan
        if failure is None and plan is not None:
            patiently(lambda: self._queue.split(claim, plan, now=clock()))
        else:
            patiently(lambda: self._end(claim, failure, stop, meter.progress(), clock()))
        return patiently(lambda: self._dispatches.get(dispatch_id))

    def _claim(self, dispatch_id: int, now: datetime) -> Claim:
        claim = self._queue.claim(dispatch_id, now=now, launcher="command line")
        if claim is None:
            state = self._dispatches.get(dispatch_id).state
            raise ConflictError(f"dispatch {dispatch_id} is {state}, not queued; order another")
        return claim

    def _begin(self, claim: Claim, now: datetime) -> Dispatch:
        """Say which process it is that runs the dispatch."""
        with self._parts.engine.begin() as connection:
            store = DispatchStore(connection)
            here = {"host": socket.gethostname(), "process": os.getpid()}
            if store.record(claim, Progress(), now, **here) is Standing.GONE:
                raise ConflictError(f"dispatch {claim.dispatch} belongs to this program no more")
            dispatch = store.get(claim.dispatch)
        assert dispatch is not None  # noqa: S101 - just written
        return dispatch

    def _outcome(self, work: Work, stop: Stop) -> DispatchError | None:
        """Do the work; return why it failed, None for success."""
        try:
            work.do()
        except Exception as error:  # noqa: BLE001 - whatever it is belongs into the record
            return describe(error, stop)
        return None

    def _end(
        self,
        claim: Claim,
        failure: DispatchError | None,
        stop: Stop,
        progress: Progress,
        now: datetime,
    ) -> None:
        """Write how it ended: as what it failed with, or as why it was stopped."""
        state = state_after(failure) if failure else _SUCCESS
        if state is DispatchState.CANCELLED and stop.reason is Reason.HAND_BACK:
            self._queue.hand_back(claim, now=now, actor="program")
            return
        if state is DispatchState.CANCELLED and stop.reason is Reason.TOLD:
            return
        self._queue.finish(claim, state, now=now, actor="program", error=failure, progress=progress)


def describe(error: BaseException, stop: Stop | None = None) -> DispatchError:
    """Return what the record says of a failure; of a stop it is the reason."""
    stage = error.stage if isinstance(error, StageError) else None
    cause = error.cause if isinstance(error, StageError) else error
    if isinstance(cause, CancelledError) and stop is not None and stop.reason is not None:
        cause = stop.error()
    if isinstance(cause, MemoryError):
        cause = OutOfMemoryError(f"the process could not get more memory: {cause}")
    if isinstance(cause, AWAY):
        said = str(getattr(cause, "orig", None) or cause).partition("\n")[0]
        cause = DatabaseAwayError(f"Disparo's database did not answer for too long: {said}")
    if not isinstance(cause, AppError):
        cause = AppError(f"{type(cause).__name__}: {cause}; this is a fault of Disparo")
    trace = "".join(traceback.format_exception(error))
    return in_record(cause, trace).model_copy(update={"stage": stage})
