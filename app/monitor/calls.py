"""Calls that may hang, as resolvers, drivers and network disks do.

Each is waited for no longer than it may take, and then left behind and counted.
"""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

from app.monitor.look import ProbeError, Step

T = TypeVar("T")


class Calls:
    """Runs each call in a thread of its own.

    Calls with one key that overlap are one call, so that a target that hangs holds one thread,
    however often it is looked at; and no more than `most_stuck` calls are left behind.
    """

    def __init__(self, most_stuck: int) -> None:
        self._most_stuck = most_stuck
        self._lock = threading.Lock()
        self._running: dict[Hashable, Future[Any]] = {}
        self._stuck: set[Hashable] = set()

    @property
    def stuck(self) -> int:
        """Calls that were left behind and have not come back."""
        return len(self._stuck)

    def run(self, key: Hashable, call: Callable[[], T], seconds: float) -> T:
        """Return what the call gives, or raise what it raises.

        Raises TimeoutError when it does not come back in time, ProbeError when too many do not.
        """
        future: Future[T] = self._begin(key, call)
        try:
            return future.result(seconds)
        except TimeoutError:
            with self._lock:
                if not future.done():
                    self._stuck.add(key)
            raise

    def _begin(self, key: Hashable, call: Callable[[], T]) -> "Future[T]":
        with self._lock:
            if key in self._running:
                return self._running[key]
            if len(self._stuck) >= self._most_stuck:
                raise ProbeError(
                    Step.OWN,
                    f"{len(self._stuck)} earlier looks hang and have not come back, so no more are "
                    "begun; see which checks time out and pause them, or raise monitor.stuck_calls",
                )
            future: Future[T] = Future()
            self._running[key] = future
        threading.Thread(
            target=self._work, args=(key, call, future), name="monitor-call", daemon=True
        ).start()
        return future

    def _work(self, key: Hashable, call: Callable[[], T], future: "Future[T]") -> None:
        try:
            outcome = call()
        except BaseException as error:  # noqa: BLE001 - whoever waits is told
            self._forget(key)
            future.set_exception(error)
        else:
            self._forget(key)
            future.set_result(outcome)

    def _forget(self, key: Hashable) -> None:
        with self._lock:
            self._running.pop(key, None)
            self._stuck.discard(key)
