"""The batcher: one thread for a version takes whatever waits and predicts it at once.

It never waits for more to come: while one batch is computed, the next one gathers.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from threadpoolctl import threadpool_limits

from app.errors import AppError, BusyError, ModelError, TimedOutError
from app.inference.answering import Output
from app.inference.decoding import Row

_log = logging.getLogger(__name__)


class Ask:
    """A request that waits for its answers. Whoever makes it gives it to one batcher."""

    __slots__ = (
        "asked_at",
        "deadline",
        "error",
        "infer_seconds",
        "is_gone",
        "outputs",
        "queue_seconds",
        "rows",
    )

    def __init__(self, rows: Sequence[Row], *, asked_at: float, deadline: float) -> None:
        self.rows = rows
        self.asked_at = asked_at
        self.deadline = deadline
        self.is_gone = False
        """Set by anyone: nobody wants the answer any more."""
        self.outputs: list[Output] = []
        self.error: AppError | None = None
        self.queue_seconds = 0.0
        self.infer_seconds = 0.0


class Errand(Ask):
    """Rows whose asker waits in a thread of its own, and takes the answers from here."""

    __slots__ = ("done",)

    def __init__(self, rows: Sequence[Row], *, asked_at: float, deadline: float) -> None:
        super().__init__(rows, asked_at=asked_at, deadline=deadline)
        self.done = threading.Event()


class Answers(Protocol):
    """Gives the answer to each row; raises ModelError if one of them cannot be answered."""

    def __call__(self, rows: Sequence[Row], /) -> list[Output]:
        """Return as many answers as there are rows, in their order."""
        ...


class Batcher:
    """Queue and thread of one version. `asked_at` and `deadline` are of time.perf_counter."""

    def __init__(
        self,
        answers: Answers,
        on_done: Callable[[list[Ask]], None],
        *,
        name: str,
        batch_cases: int,
        queue_cases: int,
    ) -> None:
        self._answers = answers
        self._on_done = on_done
        self._name = name
        self._batch_cases = batch_cases
        self._queue_cases = queue_cases
        self._waiting: queue.SimpleQueue[Ask | None] = queue.SimpleQueue()
        self._put_cases = 0
        self._taken_cases = 0
        self._next: Ask | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._is_open = True
        self._putting = threading.Lock()

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def put(self, ask: Ask) -> None:
        """Let a request wait for its answers. Raises BusyError."""
        with self._putting:
            if not self._is_open:
                raise BusyError(f"{self._name} is being let go; try again", retry_after=1)
            waiting = self.waiting_cases
            if waiting and waiting + len(ask.rows) > self._queue_cases:
                raise BusyError(
                    f"{waiting} cases wait for {self._name} already (showroom.queue_cases); "
                    "try again",
                    retry_after=1,
                )
            self._put_cases += len(ask.rows)
            self._waiting.put(ask)

    def run_errand(self, rows: Sequence[Row], deadline: float) -> list[Output]:
        """Return the answers to rows, in their turn: a model is never asked by two threads at once.

        For any thread but the batcher's own. Raises BusyError, TimedOutError, ModelError.
        """
        now = time.perf_counter()
        errand = Errand(rows, asked_at=now, deadline=deadline)
        self.put(errand)
        if not errand.done.wait(min(max(deadline - now, 0), threading.TIMEOUT_MAX)):
            errand.is_gone = True
            raise TimedOutError(f"{self._name} did not answer in time; try again, or allow it more")
        if errand.error is not None:
            raise errand.error
        return errand.outputs

    @property
    def waiting_cases(self) -> int:
        """How many cases wait or are being computed."""
        return self._put_cases - self._taken_cases

    def stop(self, seconds: float | None = None) -> None:
        """Answer what waits, take nothing more, and end; wait for that up to `seconds`."""
        with self._putting:
            self._is_open = False
            self._waiting.put(None)
        if seconds is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        # A batch is small: handing it to other threads costs more than they save.
        with threadpool_limits(1):
            while (batch := self._batch()) is not None:
                try:
                    self._answer(batch)
                    if others := _without_errands(batch):
                        self._on_done(others)
                except Exception:  # noqa: BLE001 - the thread must live on
                    _log.exception("%s: a batch was lost", self._name)
                self._taken_cases += sum(len(ask.rows) for ask in batch)

    def _batch(self) -> list[Ask] | None:
        """Wait for a request and take what waits with it; None: the end."""
        first = self._next or self._waiting.get()
        self._next = None
        if first is None:
            return None
        batch, cases = [first], len(first.rows)
        while cases < self._batch_cases:
            try:
                ask = self._waiting.get_nowait()
            except queue.Empty:
                break
            if ask is None:
                self._waiting.put(None)  # the end comes after this batch
                break
            if cases + len(ask.rows) > self._batch_cases:
                self._next = ask
                break
            batch.append(ask)
            cases += len(ask.rows)
        return batch

    def _answer(self, batch: list[Ask]) -> None:
        start = time.perf_counter()
        wanted = []
        for ask in batch:
            ask.queue_seconds = start - ask.asked_at
            if ask.is_gone:
                ask.error = TimedOutError("nobody waits for the answer any more")
            elif ask.deadline < start:
                ask.error = TimedOutError(
                    f"the request waited {ask.queue_seconds:.3g} s, past its deadline, and was not "
                    "computed; try again, or allow it more time"
                )
            else:
                wanted.append(ask)
        if wanted:
            self._predict(wanted)
            seconds = time.perf_counter() - start
            for ask in wanted:
                ask.infer_seconds = seconds

    def _predict(self, asks: Sequence[Ask]) -> None:
        """Answer requests together; those that fail together are tried in halves."""
        try:
            found = self._answers([row for ask in asks for row in ask.rows])
        except Exception as error:  # noqa: BLE001 - of one request, and told to that one alone
            if len(asks) == 1:
                asks[0].error = self._told(error)
                return
            half = len(asks) // 2
            self._predict(asks[:half])
            self._predict(asks[half:])
            return
        start = 0
        for ask in asks:
            end = start + len(ask.rows)
            ask.outputs = found[start:end]
            start = end

    def _told(self, error: Exception) -> AppError:
        if isinstance(error, AppError):
            return error
        _log.error("%s: %r", self._name, error, exc_info=error)
        return ModelError(f"the model failed to predict: {type(error).__name__}: {error}")


def _without_errands(batch: Sequence[Ask]) -> list[Ask]:
    """Let those who wait for errands go on; return the others."""
    others = []
    for ask in batch:
        if isinstance(ask, Errand):
            ask.done.set()
        else:
            others.append(ask)
    return others
