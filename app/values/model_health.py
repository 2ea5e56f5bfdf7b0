"""The health of a model: its recent cases beside the sample that it was registered with."""

from collections.abc import Collection, Iterator
from enum import StrEnum

from app.settings_sections import Health
from app.values.base import Instant, Name, Value
from app.values.signature import FieldType


class HealthState(StrEnum):
    """How a version stands."""

    WELL = "well"
    DRIFTED = "drifted"
    """A threshold is crossed."""
    UNKNOWN = "unknown"
    """There were too few cases, or no sample is known to compare them with."""


class DriftMethod(StrEnum):
    """A test of whether two samples come from the same distribution."""

    KOLMOGOROV_SMIRNOV = "kolmogorov_smirnov"
    CHI_SQUARED = "chi_squared"


class DriftTest(Value):
    """What a test found."""

    method: DriftMethod
    statistic: float
    p_value: float
    """How probable so large a statistic is without any drift."""


class Bin(Value):
    """A part of an input's values; shares are of all cases, the missing ones included."""

    name: str
    sample: float
    recent: float


class Sign(StrEnum):
    """What is wrong with an input."""

    DISTRIBUTION = "distribution"
    MISSING = "missing"
    UNSEEN = "unseen"


class InputHealth(Value):
    """One input: recent cases beside the sample of registration."""

    name: str
    type: FieldType
    missing: float
    """Share of the cases where it is missing."""
    sample_missing: float | None = None
    unseen: float | None = None
    """Share of the cases with a category that the signature does not know."""
    psi: float | None = None
    """The population stability index; None: there is nothing to compare."""
    test: DriftTest | None = None
    bins: tuple[Bin, ...] = ()
    signs: tuple[Sign, ...] = ()


class LabelRate(Value):
    """How often a label was answered."""

    label: str
    cases: int
    rate: float


class HealthOrigin(StrEnum):
    """Whose cases were looked at."""

    REQUESTS = "requests"
    """Live requests of the Showroom."""
    DISPATCHES = "dispatches"


class HealthFilter(Value):
    """What was found of a model; what is None lets all through."""

    model: Name
    version: int | None = None
    origin: HealthOrigin | None = None
    schedule: Name | None = None


class NewHealth(Value):
    """What was computed of a version from live requests received in `[since, until)`.

    Or from the rows that one dispatch collected; then that is the window of its slot.
    """

    model: Name
    version: int
    is_live: bool
    """Whether it was the live version then: of other versions' requests nobody is told."""
    schedule: Name | None = None
    """Whose dispatch it was; None: the cases are those of requests."""
    dispatch: int | None = None
    state: HealthState
    since: Instant
    until: Instant
    cases: int
    sample_cases: int
    labels: tuple[LabelRate, ...]
    """The most frequent ones; none of a regressor."""
    inputs: tuple[InputHealth, ...]
    answers: InputHealth | None = None
    """The label, or the value, beside what the version answers to its sample, as if it were an
    input; None of several values, and of versions registered before this was kept."""

    @property
    def parts(self) -> tuple[InputHealth, ...]:
        """All that was compared."""
        return self.inputs if self.answers is None else (*self.inputs, self.answers)

    @property
    def is_telling(self) -> bool:
        """Whether people are told of it: whatever a schedule runs is in use, live or not."""
        is_in_use = self.is_live or self.schedule is not None
        return is_in_use and self.state is not HealthState.UNKNOWN

    @property
    def in_words(self) -> str:
        """What is wrong, a line for each input and for the answers; or that nothing is."""
        since, until = (moment.isoformat(" ", "seconds") for moment in (self.since, self.until))
        of = f"dispatch {self.dispatch} of {self.schedule}" if self.dispatch else "requests"
        head = f"version {self.version}, {self.cases} cases of {of} from {since} to {until}"
        lines = [f"{one.name}: {_words(one)}" for one in self.parts if one.signs]
        return "\n".join([head, *(lines or ["nothing crosses a threshold"])])


class ModelHealth(NewHealth):
    """What was computed, as it is on record."""

    id: int
    computed_at: Instant


def signs(one: InputHealth, bounds: Health, ignored: Collection[str] = ()) -> Iterator[Sign]:
    """Yield what is wrong with an input.

    A distribution has moved if its index is large and, where a test fits, chance does not explain
    it. That of a timestamp always moves: time does; so may those of the `ignored`.
    """
    is_by_chance = one.test is not None and one.test.p_value > bounds.p_value
    has_moved = one.psi is not None and one.psi >= bounds.psi and not is_by_chance
    if has_moved and one.type is not FieldType.TIMESTAMP and one.name not in ignored:
        yield Sign.DISTRIBUTION
    if one.sample_missing is not None and one.missing - one.sample_missing >= bounds.missing:
        yield Sign.MISSING
    if one.unseen is not None and one.unseen >= bounds.unseen:
        yield Sign.UNSEEN


def _words(one: InputHealth) -> str:
    told = {
        Sign.DISTRIBUTION: f"its distribution has moved (PSI {one.psi or 0:.2f})",
        Sign.MISSING: f"{one.missing:.1%} missing, of the sample {one.sample_missing or 0:.1%}",
        Sign.UNSEEN: f"{one.unseen or 0:.1%} with a category that the signature does not know",
    }
    return "; ".join(told[sign] for sign in one.signs)
