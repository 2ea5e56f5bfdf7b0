"""Streams of server-sent events, and how many may follow them at once."""

from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.errors import BusyError

STREAM = "text/event-stream"


class Followers:
    """How many follow now, and how many may. For one event loop."""

    def __init__(self, most: int, *, what: str, setting: str) -> None:
        self._most = most
        self._now = 0
        self._what = what
        self._setting = setting

    def enter(self) -> None:
        """Count one more. Raises BusyError."""
        if self._now >= self._most:
            raise BusyError(
                f"{self._most} already follow {self._what} here ({self._setting}); read it "
                "without following it, or try again later"
            )
        self._now += 1

    def leave(self) -> None:
        """Count one less."""
        self._now -= 1


class Followed(StreamingResponse):
    """A stream of events that counts as a follower until it is over or its reader is gone."""

    def __init__(self, events: AsyncIterator[str], followers: Followers) -> None:
        followers.enter()
        self._followers = followers
        # Proxies are to pass events on at once.
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        super().__init__(events, media_type=STREAM, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._followers.leave()
