"""How good the versions of a model are, by the outcomes that were told of their predictions."""

from app.values.base import Instant, Name, Value
from app.values.prediction import PredictionKind

BINS = 10
"""Bins of equal width in which probabilities are compared with what came true."""
MOST_PAIRS = 10_000
"""Pairs of a predicted and a true class that are told; with more none are."""


class Pair(Value):
    """How often one class was predicted where one was true."""

    predicted: str
    true: str
    count: int


class ClassRates(Value):
    """How well one class is told from the others."""

    label: str
    predicted: int
    """How often it was predicted."""
    true: int
    """How often it was true."""
    precision: float | None
    """The share of its predictions that were right; None: it was never predicted."""
    recall: float | None
    """The share of its cases that were predicted; None: it was never true."""


class CalibrationBin(Value):
    """Probabilities in `[low, high)`, in the last bin also 1, beside what came true."""

    low: float
    high: float
    count: int
    mean_probability: float
    share_true: float


class VersionFigures(Value):
    """How good one version was in one role, in numbers; what its task does not give is None."""

    version: int
    kind: PredictionKind
    outcomes: int
    """Cases whose outcome is known."""
    accuracy: float | None = None
    brier: float | None = None
    """The mean Brier score: of two classes within [0, 1], of more within [0, 2]."""
    mae: float | None = None
    """The mean absolute error of a regressor."""
    rmse: float | None = None
    """The root of its mean squared error."""
    bias: float | None = None
    """Its mean error: above 0 it predicts too much."""


class VersionPerformance(VersionFigures):
    """How good one version was in one role; what its task does not give is None, or empty."""

    classes: tuple[ClassRates, ...] | None = ()
    confusion: tuple[Pair, ...] | None = ()
    """None, as `classes`: there are more pairs than are told; ask for one version, or less time."""
    calibration: tuple[CalibrationBin, ...] = ()
    """Of two classes of the last one's probability, else of the answered label's; no empty bins."""


class Performance(Value):
    """How good a model's versions were over a time."""

    model: Name
    since: Instant | None
    until: Instant | None
    versions: tuple[VersionPerformance, ...]
    """By number; live answers first, then those of shadows, replays and trials."""


class PerformanceSpan(Value):
    """How good a model's versions were in a span of time, `[since, until)`."""

    since: Instant
    until: Instant
    versions: tuple[VersionFigures, ...]
    """By number and role; those of which an outcome is known."""


class PerformanceSeries(Value):
    """How good a model's versions were, span by span."""

    model: Name
    spans: tuple[PerformanceSpan, ...]
    """Of equal length, the oldest first, without gaps."""


class PerformanceFilter(Value):
    """Which predictions count: of requests received in `[since, until)`."""

    since: Instant | None = None
    until: Instant | None = None
    version: int | None = None


Role = tuple[int, PredictionKind]
"""A version, and why it answered."""


def rates(pairs: list[Pair]) -> tuple[ClassRates, ...]:
    """Return precision and recall of each class that was predicted or true, by name."""
    labels = sorted({one.predicted for one in pairs} | {one.true for one in pairs})
    predicted, true, right = (dict.fromkeys(labels, 0) for _ in range(3))
    for one in pairs:
        predicted[one.predicted] += one.count
        true[one.true] += one.count
        if one.predicted == one.true:
            right[one.true] += one.count
    return tuple(
        ClassRates(
            label=label,
            predicted=predicted[label],
            true=true[label],
            precision=right[label] / predicted[label] if predicted[label] else None,
            recall=right[label] / true[label] if true[label] else None,
        )
        for label in labels
    )
