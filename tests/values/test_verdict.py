"""Judging: retries, degraded answers, dependencies, maintenance, flapping; time is passed in."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.values.check import Check, Reading, State
from app.values.standing import Damping, Need, NewFlip, Standing
from app.values.verdict import judged, paused, suspects

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NEVER = Damping(changes=1000, seconds=600)
WELL = Reading(ok=True, seconds=0.1, detail="it answers")
SLOW = Reading(ok=True, seconds=3.0, detail="it answers")
WARNED = Reading(ok=True, seconds=0.1, detail="it answers", warning="9 days left")
BAD = Reading(ok=False, seconds=0.1, detail="refused", failed_step="refused")
UNTRIED = Reading(ok=False, seconds=0.1, detail="no descriptor is left", failed_step="own")
UP, DEGRADED, DOWN, UNKNOWN = State.UP, State.DEGRADED, State.DOWN, State.UNKNOWN


def check(**fields: Any) -> Check:
    """Return a check that is down at once."""
    target = {"kind": "host", "address": "db", "port": 1}
    return Check.model_validate({"name": "db", "target": target, "retries": 0, **fields})


class Case:
    """A check that is looked at once a minute."""

    def __init__(self, spec: Check | None = None, damping: Damping = NEVER) -> None:
        self.spec = spec or check()
        self.damping = damping
        self.standing = Standing(since=START)
        self.now = START
        self.flips: list[NewFlip] = []

    def look(
        self, *readings: Reading, needs: Sequence[Need] = (), muted_by: str | None = None
    ) -> list[State]:
        """Judge readings; return the states after each."""
        states = []
        for reading in readings:
            self.now += MINUTE
            verdict = judged(
                self.spec,
                self.standing,
                reading,
                now=self.now,
                needs=needs,
                damping=self.damping,
                muted_by=muted_by,
            )
            self._take(verdict)
            states.append(self.standing.state)
        return states

    def pause(self) -> None:
        """Stop it by hand."""
        self.now += MINUTE
        self._take(paused(self.spec, self.standing, now=self.now))

    def _take(self, verdict: Any) -> None:
        self.standing = verdict.standing
        if verdict.flip is not None:
            self.flips.append(verdict.flip)

    @property
    def told(self) -> list[tuple[State | None, State]]:
        """What people were told: the state that they knew of, and the new one."""
        return [(one.told, one.after) for one in self.flips if one.muted_by is None]

    def need(self) -> Need:
        """Return it as what another check depends on."""
        return Need(name=self.spec.name, standing=self.standing)


def test_it_is_down_at_the_failure_after_its_retries() -> None:
    """Failures up to the retries leave it as it is, also when it was never well."""
    case = Case(check(retries=2))
    assert case.look(WELL, BAD, BAD, WELL, BAD, BAD, BAD, BAD) == [
        UP,
        UP,
        UP,
        UP,
        UP,
        UP,
        DOWN,
        DOWN,
    ]
    assert case.standing.since == START + 7 * MINUTE
    assert case.told == [(UP, DOWN)]
    fresh = Case(check(retries=1))
    assert fresh.look(BAD, BAD) == [UNKNOWN, DOWN]
    assert fresh.told == [(None, DOWN)]


def test_nobody_is_told_that_a_new_check_is_well() -> None:
    """Its first look is a flip on record, and no more."""
    case = Case()
    case.look(WELL, WELL)
    assert [(one.before, one.after) for one in case.flips] == [(UNKNOWN, UP)]
    assert case.told == []
    assert case.standing.told is UP


def test_a_slow_or_warned_answer_is_degraded() -> None:
    """By the check's own limit, or by what the probe warns of; each change is told."""
    case = Case(check(slow_after=1))
    assert case.look(WELL, SLOW, WARNED, WELL) == [UP, DEGRADED, DEGRADED, UP]
    assert case.told == [(UP, DEGRADED), (DEGRADED, UP)]
    assert "slow: 3 s, more than 1 s" in case.flips[1].detail


def test_a_look_that_could_not_be_made_says_nothing_of_the_target() -> None:
    """It is unknown meanwhile, nobody is told, and failures before still count."""
    case = Case(check(retries=1))
    assert case.look(WELL, BAD, UNTRIED, BAD) == [UP, UP, UNKNOWN, DOWN]
    assert case.told == [(UP, DOWN)]


def test_what_depends_on_something_down_is_hidden() -> None:
    """One alert, that of the host; when both are back, only the host's recovery is told."""
    host, database = Case(check(name="host")), Case(check(name="database"))
    for case in (host, database):
        case.look(WELL)
    assert host.look(BAD) == [DOWN]
    assert database.look(BAD, BAD, needs=[host.need()]) == [UNKNOWN, UNKNOWN]
    assert database.standing.hidden_by == "host"
    host.look(WELL, WELL)
    assert database.look(WELL, needs=[host.need()]) == [UP]
    assert (host.told, database.told) == ([(UP, DOWN), (DOWN, UP)], [])


def test_what_depends_on_something_hidden_is_hidden_too() -> None:
    """By way of the database, the schedule depends on the host."""
    host, database, schedule = (Case(check(name=n)) for n in ("host", "database", "schedule"))
    for case in (host, database, schedule):
        case.look(WELL)
    host.look(BAD)
    database.look(BAD, needs=[host.need()])
    assert schedule.look(BAD, needs=[database.need()]) == [UNKNOWN]
    assert schedule.told == []


def test_a_failure_waits_for_a_look_at_what_it_may_come_from() -> None:
    """Whichever is looked at first: the host has retries left, the database has none."""
    host, database = Case(check(name="host", retries=1)), Case(check(name="database"))
    for case in (host, database):
        case.look(WELL)
    assert database.look(BAD, needs=[host.need()]) == [UP]  # the host's look is older
    assert suspects(database.spec, database.standing, [host.need()]) == ["host"]
    host.now = database.now
    host.look(BAD)
    assert database.look(BAD, needs=[host.need()]) == [UP]  # the host fails, and is not down yet
    host.look(BAD)
    assert database.look(BAD, needs=[host.need()]) == [UNKNOWN]
    assert (host.told, database.told) == ([(UP, DOWN)], [])


def test_a_failure_of_its_own_is_told_once_its_needs_are_well() -> None:
    """The host was looked at since, and answers: it is the database itself."""
    host, database = Case(check(name="host")), Case(check(name="database"))
    for case in (host, database):
        case.look(WELL)
    database.look(BAD, needs=[host.need()])
    host.now = database.now
    host.look(WELL)
    assert database.look(BAD, needs=[host.need()]) == [DOWN]
    assert database.told == [(UP, DOWN)]


def test_a_need_that_is_never_looked_at_holds_nothing_up_for_ever() -> None:
    """After so many failures it is down all the same; one that is paused is not waited for."""
    host, database = Case(check(name="host")), Case(check(name="database"))
    database.look(WELL)
    states = database.look(*[BAD] * 12, needs=[host.need()])
    assert (states[0], states[-1]) == (UP, DOWN)
    host.pause()
    other = Case(check(name="other"))
    assert other.look(BAD, needs=[host.need()]) == [DOWN]


def test_nobody_is_told_in_maintenance_and_what_lasts_is_told_after() -> None:
    """What goes and comes within the window is on record only."""
    case = Case()
    case.look(WELL)
    case.look(BAD, WELL, muted_by="maintenance night")
    assert case.told == []
    assert [one.muted_by for one in case.flips[1:]] == ["maintenance night"] * 2
    case.look(BAD, BAD, muted_by="maintenance night")
    assert case.look(BAD, BAD) == [DOWN, DOWN]
    assert case.told == [(UP, DOWN)]
    assert "was not told" in case.flips[-1].detail


def test_what_recovers_in_maintenance_is_told_after() -> None:
    """People know that it is down: that it is not any more is told when the window is over."""
    case = Case()
    case.look(WELL, BAD)
    case.look(WELL, muted_by="maintenance night")
    case.look(WELL, WELL)
    assert case.told == [(UP, DOWN), (DOWN, UP)]


def test_a_paused_check_is_judged_anew_and_its_recovery_told() -> None:
    """Pausing tells nobody; people learn that what they know to be down is up."""
    case = Case(check(retries=1))
    case.look(WELL, BAD, BAD)
    case.pause()
    case.pause()
    assert case.standing.state is State.PAUSED
    assert case.look(BAD, WELL) == [UNKNOWN, UP]
    assert case.told == [(UP, DOWN), (DOWN, UP)]
    assert [one.after for one in case.flips][:3] == [UP, DOWN, State.PAUSED]


def test_flapping_holds_the_worse_state_until_it_calms_down() -> None:
    """People are told of so many changes and no more; then of the state that stays."""
    case = Case(damping=Damping(changes=3, seconds=600))
    states = case.look(*[WELL, BAD] * 10)
    assert states[:5] == [UP, DOWN, UP, DOWN, DOWN]
    assert set(states[4:]) == {DOWN}
    assert case.standing.flapping
    assert len(case.told) == 3
    calm = case.look(*[WELL] * 11)
    assert (calm[0], calm[-1], case.standing.flapping) == (DOWN, UP, False)
    assert case.told[-1] == (DOWN, UP)
    assert len(case.told) == 4


READINGS = st.lists(
    st.tuples(st.sampled_from([WELL, SLOW, WARNED, BAD, UNTRIED]), st.booleans(), st.booleans()),
    max_size=60,
)


@given(READINGS, st.integers(0, 3), st.integers(1, 5))
def test_whatever_happens_people_end_up_knowing_the_state(
    looks: list[tuple[Reading, bool, bool]], retries: int, changes: int
) -> None:
    """Each notice goes on from the last one; when all is calm, what was last told is what is."""
    case = Case(check(retries=retries, slow_after=1), Damping(changes=changes, seconds=600))
    well = Need(name="host", standing=Standing(since=START, state=UP, told=UP))
    down = Need(name="host", standing=Standing(since=START, state=DOWN, told=DOWN))
    for reading, is_muted, is_hidden in looks:
        needs = [down] if is_hidden else []
        case.look(reading, needs=needs, muted_by="night" if is_muted else None)
        assert len(case.standing.turns) <= changes + 1
        assert (case.standing.failures > 0) or case.standing.failing_since is None
    case.look(*[BAD] * (retries + 12), needs=[well])
    assert case.standing.state is DOWN
    assert case.standing.told is DOWN
    case.look(*[WELL] * 11)
    assert case.standing.state is case.standing.told is UP
    knows: State | None = None
    for told, after in case.told:
        assert told == knows or (told is UP and knows is None)
        assert after != told
        knows = after
    for one, other in zip(case.flips, case.flips[1:], strict=False):
        assert other.before in {one.after, other.told or UNKNOWN}
