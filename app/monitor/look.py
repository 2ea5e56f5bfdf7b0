"""One look at a target: its steps are timed, and what goes wrong becomes words."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from app.values.check import Reading, Scalar, StepTime


class Step(StrEnum):
    """What of a look failed, besides the steps of a source (app.values.source.Step)."""

    CONFIGURATION = "configuration"
    """What the check says cannot be looked at."""
    NAME = "name"
    """The name is not known, or the name server does not answer."""
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TLS = "tls"
    PROTOCOL = "protocol"
    """What answers speaks no HTTP, or breaks off."""
    STATUS = "status"
    BODY = "body"
    """It is too large, or does not hold what it must."""
    PATH = "path"
    ROOM = "room"
    """The disk is full."""
    OWN = "own"
    """The look could not be made: the fault is on this machine, not the target's."""


class ProbeError(Exception):
    """A look has failed at a step; its message tells a stranger what failed and what to do."""

    def __init__(self, step: str, detail: str) -> None:
        super().__init__(detail)
        self.step = step
        self.detail = detail


class Look:
    """The time of one look, what its steps took of it, and the facts that it found."""

    def __init__(self, seconds: float) -> None:
        self._start = time.monotonic()
        self._steps: list[StepTime] = []
        self.seconds = seconds
        self.deadline = self._start + seconds
        """On the monotonic clock."""
        self.facts: dict[str, Scalar] = {}

    @property
    def left(self) -> float:
        """Seconds that are left, 0 when the time is up."""
        return max(0.0, self.deadline - time.monotonic())

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step, also one that fails."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.took(name, time.monotonic() - start)

    def took(self, name: str, seconds: float) -> None:
        """Note how long a step took."""
        self._steps.append(StepTime(step=str(name), seconds=seconds))

    @property
    def spent(self) -> float:
        """Seconds that all steps took so far."""
        return sum(step.seconds for step in self._steps)

    def well(self, detail: str, *, warning: str | None = None) -> Reading:
        """Return the reading of a target that is well."""
        return self._reading(ok=True, detail=detail, warning=warning)

    def failed(self, error: ProbeError) -> Reading:
        """Return the reading of a target that is not."""
        return self._reading(ok=False, detail=error.detail, failed_step=str(error.step))

    def _reading(self, **found: object) -> Reading:
        return Reading.model_validate(
            {
                "seconds": time.monotonic() - self._start,
                "steps": tuple(self._steps),
                "facts": self.facts,
                **found,
            }
        )
