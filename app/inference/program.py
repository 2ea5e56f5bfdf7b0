"""The inference program: collect, infer and deliver, three stages that overlap.

Each stage has a thread, bounded queues lie between them, and the caller's thread keeps the time:
so a signal is answered at once, even while a driver waits for its database.
"""

import queue
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from app.errors import CancelledError
from app.inference.pacing import Pacing
from app.values.dispatch import Progress, Stage
from app.values.pace import Pace

_LOOK_SECONDS = 0.1
"""How often a waiting stage looks whether the others still go on."""


@dataclass(kw_only=True)
class Meter:
    """Counts what the stages do. Each number has one writer."""

    rows_expected: int | None = None
    rows: dict[Stage, int] = field(default_factory=lambda: dict.fromkeys(Stage, 0))
    seconds: dict[Stage, float] = field(default_factory=lambda: dict.fromkeys(Stage, 0.0))

    @contextmanager
    def working(self, stage: Stage) -> Iterator[None]:
        """Add the time spent inside to the stage's."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.seconds[stage] += time.monotonic() - start

    def progress(self) -> Progress:
        """Return the numbers as they are now."""
        return Progress(
            rows_expected=self.rows_expected,
            rows_collected=self.rows[Stage.COLLECT],
            rows_inferred=self.rows[Stage.INFER],
            rows_delivered=self.rows[Stage.DELIVER],
            collect_seconds=round(self.seconds[Stage.COLLECT], 3),
            infer_seconds=round(self.seconds[Stage.INFER], 3),
            deliver_seconds=round(self.seconds[Stage.DELIVER], 3),
            peak_memory=peak_memory(),
        )


def peak_memory() -> int:
    """Return the most bytes that this process has held.

    By what Linux tells of the program itself: getrusage's number survives exec, so that it may be
    that of the larger process which started this one.
    """
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text("utf-8").splitlines():
            name, _, value = line.partition(":")
            if name == "VmHWM":
                return int(value.removesuffix("kB")) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class StageError(Exception):
    """Wraps what a stage raised, to say which stage it was."""

    def __init__(self, stage: Stage, cause: BaseException) -> None:
        super().__init__(f"{stage}: {cause}")
        self.stage = stage
        self.cause = cause


@dataclass(frozen=True, kw_only=True)
class Stages:
    """What the three stages do, given by whoever runs the program."""

    collect: Iterator[pa.Table]
    """Rows, in tables that are bounded, and that are cut into batches."""
    infer: Callable[[pa.Table], pa.Table]
    """Turns a batch of rows into a batch of predictions."""
    deliver: Callable[[int, pa.Table], None]
    """Takes the batch's number, from 0, and its predictions."""


class _Stopped(Exception):  # noqa: N818 - no error: another stage has ended the program
    """Another stage failed, or the dispatch was cancelled."""


_Batches = queue.Queue[pa.Table | None]


class _Pipeline:
    """The three threads of one run."""

    def __init__(self, work: Stages, meter: Meter, queued: int, pace: Pace) -> None:
        self._work = work
        self._meter = meter
        self._pacing = Pacing(pace)
        self._batches = self._pacing.cut(work.collect)
        self._stop = threading.Event()
        self._rows: _Batches = queue.Queue(queued)
        self._predictions: _Batches = queue.Queue(queued)
        self.failure: StageError | None = None
        self.threads = [
            threading.Thread(target=self._guarded, args=(stage, body), name=stage, daemon=True)
            for stage, body in (
                (Stage.COLLECT, self._collect),
                (Stage.INFER, self._infer),
                (Stage.DELIVER, self._deliver),
            )
        ]

    def stop(self) -> None:
        """Let every stage end at its next look."""
        self._stop.set()

    def _guarded(self, stage: Stage, body: Callable[[], None]) -> None:
        try:
            body()
        except _Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - the first failure ends the program
            if self.failure is None:
                self.failure = StageError(stage, error)
            self._stop.set()

    def _collect(self) -> None:
        while (batch := self._next_rows()) is not None:
            self._meter.rows[Stage.COLLECT] += batch.num_rows
            self._put(self._rows, batch)
        self._put(self._rows, None)

    def _next_rows(self) -> pa.Table | None:
        with self._meter.working(Stage.COLLECT):
            return next(self._batches, None)

    def _infer(self) -> None:
        while (batch := self._get(self._rows)) is not None:
            with self._measured(Stage.INFER, batch.num_rows):
                predictions = self._work.infer(batch)
            self._meter.rows[Stage.INFER] += batch.num_rows
            self._put(self._predictions, predictions)
        self._put(self._predictions, None)

    def _deliver(self) -> None:
        number = 0
        while (batch := self._get(self._predictions)) is not None:
            with self._measured(Stage.DELIVER, batch.num_rows):
                self._work.deliver(number, batch)
            self._meter.rows[Stage.DELIVER] += batch.num_rows
            number += 1

    @contextmanager
    def _measured(self, stage: Stage, rows: int) -> Iterator[None]:
        """Time what a stage does with a batch, for its record and for the batches to come."""
        start = time.monotonic()
        with self._meter.working(stage):
            yield
        self._pacing.note(stage, rows, time.monotonic() - start)

    def _put(self, batches: _Batches, batch: pa.Table | None) -> None:
        while not self._stop.is_set():
            try:
                return batches.put(batch, timeout=_LOOK_SECONDS)
            except queue.Full:
                continue
        raise _Stopped

    def _get(self, batches: _Batches) -> pa.Table | None:
        while not self._stop.is_set():
            try:
                return batches.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                continue
        raise _Stopped


def run(
    work: Stages,
    meter: Meter,
    *,
    queued: int,
    pace: Pace,
    cancelled: threading.Event,
    on_tick: Callable[[], None],
    interrupt: Callable[[], None],
    grace_seconds: float,
) -> None:
    """Run the three stages to their end.

    `on_tick` is called about twenty times a second; `interrupt` once, when the stages are to end
    early: it makes a call that a stage waits in return. Raises StageError with the first failure,
    and CancelledError if `cancelled` was set; by then every stage has ended, or `grace_seconds`
    have passed.
    """
    pipeline = _Pipeline(work, meter, queued, pace)
    for thread in pipeline.threads:
        thread.start()
    while any(thread.is_alive() for thread in pipeline.threads) and pipeline.failure is None:
        if cancelled.wait(_LOOK_SECONDS / 2):
            pipeline.stop()
            break
        on_tick()
    if cancelled.is_set() or pipeline.failure is not None:
        interrupt()
    deadline = time.monotonic() + grace_seconds
    for thread in pipeline.threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    if cancelled.is_set():  # goes first: an interrupted stage fails too
        raise CancelledError("the dispatch was cancelled; nothing of it was delivered")
    if pipeline.failure is not None:
        raise pipeline.failure
