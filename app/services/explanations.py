"""Explanations of answers: in a thread of their own, so that no request for answers waits for them.

What waits for it is bounded, and whoever waits does so until the request's deadline at the most.
"""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from app.errors import BusyError, InvalidRequestError, TimedOutError
from app.inference.explaining import Explanation
from app.services.requests import Request
from app.settings_sections import Showroom


class Explanations:
    """The thread that explains, and the room before it."""

    def __init__(self, bounds: Showroom) -> None:
        self._most_cases = bounds.explain_cases
        self._most_requests = bounds.explain_queue
        self._room = threading.BoundedSemaphore(bounds.explain_queue)
        self._thread = ThreadPoolExecutor(1, "explanations")  # begins with the first request

    def check(self, cases: int) -> None:
        """Raise InvalidRequestError for more cases than are explained at once."""
        if cases > self._most_cases:
            raise InvalidRequestError(
                f"the request has {cases} cases, more than are explained at once "
                f"(showroom.explain_cases, {self._most_cases}); send them in parts, or without "
                "explain"
            )

    async def add(self, request: Request) -> None:
        """Explain an answered request's predictions.

        Raises BusyError, TimedOutError, InvalidRequestError and ModelError.
        """
        if not self._room.acquire(blocking=False):
            raise BusyError(
                f"{self._most_requests} requests wait for explanations already "
                "(showroom.explain_queue); try again",
                retry_after=1,
            )
        try:
            explaining = self._thread.submit(_explained, request)
        except RuntimeError:  # it has been stopped meanwhile
            self._room.release()
            raise BusyError("the service is about to end; try again", retry_after=1) from None
        explaining.add_done_callback(lambda _: self._room.release())
        start = time.perf_counter()
        left = max(0.0, request.deadline - start)
        try:
            found = await asyncio.wait_for(asyncio.wrap_future(explaining), left)
        except TimeoutError:
            raise TimedOutError(
                "the explanation did not come in time; ask for fewer cases at once, or allow it "
                "more time"
            ) from None
        request.explained(found, time.perf_counter() - start)

    def stop(self) -> None:
        """Explain nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _explained(request: Request) -> list[Explanation]:
    explainer = request.served.explainer
    return explainer.explain(request.rows, request.outputs, request.deadline)
