"""The rota: what is due when, by the process's monotonic clock."""

import heapq
from itertools import count


class Rota:
    """Ids, each due at one time at most. A later time replaces the one before."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, int]] = []
        self._due: dict[int, tuple[float, int]] = {}
        self._numbers = count()

    def __contains__(self, one: int) -> bool:
        return one in self._due

    def set(self, one: int, due: float) -> None:
        """Let it be due at that time."""
        number = next(self._numbers)
        self._due[one] = (due, number)
        heapq.heappush(self._heap, (due, number, one))

    def remove(self, one: int) -> None:
        """Let it not be due any more."""
        self._due.pop(one, None)

    def next(self) -> float | None:
        """Return when something is due first; None: nothing is."""
        while self._heap:
            due, number, one = self._heap[0]
            if self._due.get(one) == (due, number):
                return due
            heapq.heappop(self._heap)  # it was replaced, or removed
        return None

    def due_at(self, one: int) -> float | None:
        """Return when one is due."""
        found = self._due.get(one)
        return None if found is None else found[0]

    def pop(self, now: float) -> tuple[int, float] | None:
        """Take the one that is due the longest, and since when; None: none is due."""
        due = self.next()
        if due is None or due > now:
            return None
        one = heapq.heappop(self._heap)[2]
        del self._due[one]
        return one, due
