"""Room for work that is done in the asker's own thread: so much at once, and nobody waits."""

import threading
from types import TracebackType

from app.errors import BusyError


class Room:
    """To be entered with `with`, which raises BusyError while it is full."""

    def __init__(self, places: int, taken: str) -> None:
        """`taken` says what the places are taken by, and names the setting."""
        self._places = threading.BoundedSemaphore(places)
        self._words = f"{places} {taken}; try again"

    def __enter__(self) -> None:
        if not self._places.acquire(blocking=False):
            raise BusyError(self._words, retry_after=1)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._places.release()
