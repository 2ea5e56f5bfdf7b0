"""Judging: a check, how it stood and one reading give how it stands now, and maybe a flip."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.values.check import Check, Reading, Result, State
from app.values.standing import Damping, Need, NewFlip, Standing, Verdict

OWN = "own"
"""The failed step of a look that could not be made: it says nothing of the target."""
_BY_HAND = "paused by a person"
_FIRST = "the first look finds it well"
_KNOWN = "it is as was last told"
_HELD = 10
"""Most failures beyond the retries that wait for what the check depends on to be looked at."""
_GRADES = {State.UP: 0, State.DEGRADED: 1, State.DOWN: 2}


def judged(
    check: Check,
    before: Standing,
    reading: Reading,
    *,
    now: datetime,
    needs: Sequence[Need] = (),
    damping: Damping,
    muted_by: str | None = None,
) -> Verdict:
    """Return how the check stands after a reading.

    It is up or degraded by a reading that is ok, and down at the failure after its `retries`. While
    something that it depends on is down it is unknown, and while that is under suspicion it stays
    what it was. `muted_by` says why nobody is to be told, e.g. a maintenance window.
    """
    if before.state is State.PAUSED:
        before = resumed(before, now=now)
    after = _counted(check, before, reading, now)
    if reading.failed_step == OWN:
        after = _unknown(after, reading.detail)
        return _verdict(check, before, after, now, muted_by=reading.detail)
    if not reading.ok and (blocking := _blocking(needs)) is not None:
        words = f"hidden: {blocking.name} is down, on which it depends"
        after = _unknown(after, words).model_copy(update={"hidden_by": blocking.name})
        return _verdict(check, before, after, now, muted_by=words)
    candidate, detail = _candidate(check, before, after, reading, needs)
    return _verdict(check, before, _damped(after, candidate, detail, now, damping), now, muted_by)


def paused(check: Check, before: Standing, *, now: datetime) -> Verdict:
    """Return how the check stands when a person has stopped it."""
    after = _unknown(before, _BY_HAND).model_copy(update={"state": State.PAUSED})
    return _verdict(check, before, after, now, muted_by=_BY_HAND)


def resumed(before: Standing, *, now: datetime) -> Standing:
    """Return how a check stands that goes on: nothing is known of it but what people were told."""
    return Standing(since=now, told=before.told, last=before.last)


def suspects(check: Check, standing: Standing, needs: Sequence[Need]) -> list[str]:
    """Return what the check depends on and should be looked at before this one can be judged."""
    if not standing.failures or standing.failures > check.retries + _HELD:
        return []
    return [need.name for need in needs if _is_suspect(need, standing.failing_since)]


def _counted(check: Check, before: Standing, reading: Reading, now: datetime) -> Standing:
    result = Result(check=check.name, at=now, **dict(reading))
    if reading.failed_step == OWN:
        return before.model_copy(update={"last": result, "hidden_by": None})
    update = {
        "last": result,
        "hidden_by": None,
        "failures": 0 if reading.ok else before.failures + 1,
        "failing_since": None if reading.ok else before.failing_since or now,
    }
    return before.model_copy(update=update)


def _candidate(
    check: Check, before: Standing, after: Standing, reading: Reading, needs: Sequence[Need]
) -> tuple[State, str]:
    """Return the state by this look, without regard to flapping, and why."""
    if reading.ok:
        if reading.warning is not None:
            return State.DEGRADED, reading.warning
        if check.slow_after is not None and reading.seconds > check.slow_after:
            words = f"slow: {reading.seconds:.3g} s, more than {check.slow_after:g} s"
            return State.DEGRADED, f"{words}; {reading.detail}"
        return State.UP, reading.detail
    if after.failures <= check.retries:
        return (
            before.judged,
            f"failed {after.failures} of {check.retries + 1} times: {reading.detail}",
        )
    if before.judged is not State.DOWN and (waits := suspects(check, after, needs)):
        return before.judged, f"it fails, and {waits[0]} is looked at first: {reading.detail}"
    return State.DOWN, reading.detail


def _damped(
    standing: Standing, candidate: State, detail: str, now: datetime, damping: Damping
) -> Standing:
    """Take a state over, or hold the worse one while the check flaps."""
    since = now - timedelta(seconds=damping.seconds)
    turns = tuple(one for one in standing.turns if one > since)
    if candidate is not standing.judged and standing.judged is not State.UNKNOWN:
        turns = (*turns, now)[-damping.changes - 1 :]
    flapping = len(turns) > damping.changes
    state = max(standing.state, candidate, key=_grade) if flapping else candidate
    if flapping:
        many = f"{len(turns)} changes in {damping.seconds:g} s"
        detail = f"it flaps ({many}) and stays {state} until it is calm; the last look: {detail}"
    return standing.model_copy(
        update={
            "state": state,
            "judged": candidate,
            "turns": turns,
            "flapping": flapping,
            "detail": detail,
        }
    )


def _grade(state: State) -> int:
    return _GRADES.get(state, -1)


def _unknown(standing: Standing, detail: str) -> Standing:
    return standing.model_copy(
        update={"state": State.UNKNOWN, "judged": State.UNKNOWN, "detail": detail}
    )


def _blocking(needs: Sequence[Need]) -> Need | None:
    for need in needs:
        if need.standing.state is State.DOWN or need.standing.hidden_by is not None:
            return need
    return None


def _is_suspect(need: Need, failing_since: datetime | None) -> bool:
    """Tell whether a look at a need is still to say whether it is down."""
    standing = need.standing
    if standing.state is State.PAUSED:
        return False
    if standing.failures:
        return True
    last = standing.last
    return last is None or (failing_since is not None and last.at < failing_since)


def _verdict(
    check: Check, before: Standing, after: Standing, now: datetime, muted_by: str | None
) -> Verdict:
    """Say since when the check stands so, and whether it is a flip of which people are told."""
    if after.state is not before.state:
        after = after.model_copy(update={"since": now})
        muted_by = muted_by or _silence(after)
        return _told(_flip(check, before.state, after, now, after.detail, muted_by), after)
    if muted_by or after.state not in _GRADES or _silence(after):
        return Verdict(standing=after)
    detail = f"so since {after.since.isoformat(' ', 'seconds')}, which was not told: {after.detail}"
    flip = _flip(check, after.told or State.UNKNOWN, after, now, detail, None)
    return _told(flip, after)


def _silence(after: Standing) -> str | None:
    """Return why there is nothing to tell."""
    if after.told is None and after.state is State.UP:
        return _FIRST
    return _KNOWN if after.told is after.state else None


def _flip(
    check: Check,
    before: State,
    after: Standing,
    now: datetime,
    detail: str,
    muted_by: str | None,
) -> NewFlip:
    return NewFlip(
        check=check.name,
        before=before,
        after=after.state,
        at=now,
        detail=detail,
        told=after.told,
        muted_by=muted_by,
    )


def _told(flip: NewFlip, after: Standing) -> Verdict:
    if flip.muted_by in {None, _FIRST}:
        after = after.model_copy(update={"told": after.state})
    return Verdict(standing=after, flip=flip)
