"""A crew: threads that take calls which may hang. One that hangs is left behind and replaced."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
Task = tuple["Future[Any]", Callable[[], Any]]


class Crew:
    """So many threads at most, begun when they are needed.

    A call that is abandoned keeps its thread; another takes its place, unless more than
    `most_abandoned` hang already: then the crew is smaller until they come back.
    """

    def __init__(self, size: int, *, most_abandoned: int, name: str) -> None:
        self._size = size
        self._most_abandoned = most_abandoned
        self._name = name
        self._lock = threading.Lock()
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._running: set[Future[Any]] = set()
        self._abandoned: set[Future[Any]] = set()
        self._threads = 0

    @property
    def abandoned(self) -> int:
        """How many calls hang and were left behind."""
        return len(self._abandoned)

    @property
    def busy(self) -> int:
        """How many calls run and are waited for."""
        return len(self._running)

    @property
    def has_room(self) -> bool:
        """Whether a call would begin at once."""
        return len(self._running) < self._places

    @property
    def _places(self) -> int:
        return self._size - max(0, len(self._abandoned) - self._most_abandoned)

    def submit(self, call: Callable[[], T]) -> "Future[T] | None":
        """Let a thread make the call; None: all are at work."""
        with self._lock:
            if not self.has_room:
                return None
            future: Future[T] = Future()
            future.set_running_or_notify_cancel()  # who waits may go, and cannot take it back
            self._running.add(future)
            if self._threads < len(self._running):
                self._threads += 1
                threading.Thread(target=self._work, name=self._name, daemon=True).start()
        self._tasks.put((future, call))
        return future

    def abandon(self, future: "Future[Any]") -> bool:
        """Wait no more for a call; False: it has just come back."""
        with self._lock:
            if future not in self._running:
                return False
            self._running.remove(future)
            self._abandoned.add(future)
            self._threads -= 1
            return True

    def stop(self) -> None:
        """Let the threads end that wait for calls; those that hang end with the process."""
        with self._lock:
            waiting, self._threads, self._size = self._threads, 0, 0
        for _ in range(waiting):
            self._tasks.put(None)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            future, call = task
            try:
                outcome, error = call(), None
            except BaseException as caught:  # noqa: BLE001 - whoever waits is told
                outcome, error = None, caught
            with self._lock:
                was_abandoned = future in self._abandoned
                self._running.discard(future)
                self._abandoned.discard(future)
            if error is None:
                future.set_result(outcome)
            else:
                future.set_exception(error)
            if was_abandoned:  # another has this one's place
                return
