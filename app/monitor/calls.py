"""Calls that may hang, as resolvers, drivers and network disks do.

Each is waited for no longer than it may take, and then left behind and counted.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from app.monitor.look import ProbeError, Step

T = TypeVar("T")
MOST_OF_ONE = 2
"""Calls for one key that are left behind: a target that hangs does not take the others' share."""


class _Call(Generic[T]):
    """A call in a thread of its own."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self.future: Future[T] = Future()
        self.is_stuck = False

    def run(self) -> None:
        try:
            outcome = self._call()
        except BaseException as error:  # noqa: BLE001 - whoever waits is told
            self.future.set_exception(error)
        else:
            self.future.set_result(outcome)


class Calls:
    """Runs each call in a thread of its own.

    Calls with one key that overlap are one call, so that many who ask the same wait for one answer.
    No more than `most_stuck` calls are left behind, and few of one key: beyond that one waits for
    the last of them.
    """

    def __init__(self, most_stuck: int) -> None:
        self._most_stuck = most_stuck
        self._lock = threading.Lock()
        self._running: dict[Hashable, list[_Call[Any]]] = defaultdict(list)
        self._stuck = 0

    @property
    def stuck(self) -> int:
        """Calls that were left behind and have not come back."""
        return self._stuck

    def run(self, key: Hashable, call: Callable[[], T], seconds: float) -> T:
        """Return what the call gives, or raise what it raises.

        Raises TimeoutError when it does not come back in time, ProbeError when too many do not.
        """
        running: _Call[T] = self._joined(key, call)
        try:
            return running.future.result(seconds)
        except TimeoutError:
            self._leave(running)
            raise

    def _joined(self, key: Hashable, call: Callable[[], T]) -> _Call[T]:
        with self._lock:
            running = self._running[key]
            if running and (not running[-1].is_stuck or len(running) >= MOST_OF_ONE):
                return running[-1]
            if self._stuck >= self._most_stuck:
                raise _too_many(self._stuck)
            made = _Call(call)
            running.append(made)
        threading.Thread(
            target=self._work, args=(key, made), name="monitor-call", daemon=True
        ).start()
        return made

    def _work(self, key: Hashable, call: _Call[T]) -> None:
        call.run()
        with self._lock:
            self._stuck -= call.is_stuck
            self._running[key].remove(call)
            if not self._running[key]:
                del self._running[key]

    def _leave(self, call: _Call[T]) -> None:
        with self._lock:
            if not call.future.done() and not call.is_stuck:
                call.is_stuck = True
                self._stuck += 1


def _too_many(stuck: int) -> ProbeError:
    return ProbeError(
        Step.OWN,
        f"{stuck} earlier looks hang and have not come back, so no more begin; pause the checks "
        "that time out, or raise monitor.stuck_calls",
    )
