"""One check in the loop's memory, and when it is looked at next."""

from concurrent.futures import Future
from dataclasses import dataclass

from app.values.check import (
    Check,
    Reading,
    ScheduleTarget,
    ServicePart,
    ServiceTarget,
)
from app.values.check_view import StoredCheck
from app.values.policy import chance
from app.values.standing import Standing
from app.values.verdict import OWN

SPREAD = 10.0
"""Seconds over which first looks after a start are spread."""
_BRIEFLY = 0.02
"""Seconds between two first looks of new checks: fifty a second."""


@dataclass(kw_only=True)
class Watched:
    """A check, how it stands, and the look that is under way."""

    stored: StoredCheck
    standing: Standing
    is_new: bool = True
    """Whether its next look is the first one in this loop."""
    look: "Future[Reading] | None" = None
    until: float = 0.0
    """When the look is abandoned, by the monotonic clock."""
    next: float = 0.0
    """When it is due again after the look."""
    stuck: "Future[Reading] | None" = None
    """A look that was abandoned and has not come back."""

    @property
    def spec(self) -> Check:
        """What the check says; what cannot be read is not watched."""
        assert self.stored.spec is not None  # noqa: S101 - see above
        return self.stored.spec

    def first_due(self, now: float, place: int, *, is_start: bool) -> float:
        """Return when it is first looked at: soon; after a start, spread by its name."""
        if is_start and self.standing.last is not None:
            return now + chance(self.spec.name) * min(self.spec.every, SPREAD)
        return now + place * _BRIEFLY

    def due_after(self, due: float) -> float:
        """Return when it is due after the look that was due then.

        The second look comes a little early, by its name: checks that were new at the same time
        do not stay bunched.
        """
        if self.is_new:
            self.is_new = False
            return due + self.spec.every * (1 - chance(f"{self.spec.name} grid") / 2)
        return due + self.spec.every


def hung(spec: Check, seconds: float) -> Reading:
    """Return the reading of a look that did not come back."""
    match spec.target:
        case ScheduleTarget():
            is_own = True
        case ServiceTarget(part=part):
            is_own = part is not ServicePart.DATABASE
        case _:
            is_own = False
    words = "Disparo's own records did not answer" if is_own else "the look did not come back"
    return Reading(
        ok=False,
        seconds=seconds,
        detail=f"{words} within {seconds:g} s, and was left behind",
        failed_step=OWN if is_own else "timeout",
    )


def broken(error: BaseException) -> Reading:
    """Return the reading of a look that failed by a fault of ours."""
    detail = f"the look failed, which is a fault of Disparo ({type(error).__name__}); see its log"
    return Reading(ok=False, seconds=0.0, detail=detail, failed_step=OWN)
