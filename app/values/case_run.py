"""What versions answer to stored cases, beside what was expected and beside each other."""

from typing import Any

from app.values.base import Name, Value
from app.values.case import Expected

Output = dict[str, Any]
"""`label` and `probabilities` by class, or `value`, or `values`."""


class CaseAnswer(Value):
    """What one version answered to a case."""

    version: int
    output: Output | None
    """None: it gave no answer, and `error` says why."""
    error: str | None = None
    agrees: bool | None = None
    """Whether it is the expected answer; None: none is known."""
    moved: float | None = None
    """How far it is from the first version's: the largest change of a probability, or of a value
    as a share of it. None for the first version, and where there is nothing to compare."""
    label_changed: bool = False
    """Whether its label is another than the first version's."""


class CaseResult(Value):
    """One case, with the answer of each version."""

    id: int
    title: str
    tags: tuple[str, ...]
    expected: Expected | None
    answers: tuple[CaseAnswer, ...]


class VersionTotal(Value):
    """One version's answers, counted."""

    version: int
    agree: int
    """As expected."""
    disagree: int
    """Not as expected; a case without an answer counts here too."""
    unanswered: int
    labels_changed: int
    """Other labels than the first version's."""
    moved_most: float | None
    """The largest move of a case; None for the first version."""


class CaseRun(Value):
    """A run of cases. Nothing of it is recorded among the live predictions."""

    model: Name
    tolerance: float
    """How far a value may be from the expected one, as a share of it, to agree."""
    cases: tuple[CaseResult, ...]
    versions: tuple[VersionTotal, ...]


def agrees(output: Output, expected: Expected, tolerance: float) -> bool:
    """Tell whether an answer is the expected one; a value, within a share of it."""
    if "label" in output:
        return _same(output["label"], expected)
    value = output.get("value")
    if value is None or isinstance(expected, str):
        return False
    return bool(abs(value - expected) <= tolerance * abs(expected))


def _same(one: object, other: object) -> bool:
    """Compare labels: unlike in Python, true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def label_changed(before: Output, after: Output) -> bool:
    """Tell whether two answers have different labels."""
    return not _same(before.get("label"), after.get("label"))


def moved(before: Output, after: Output) -> float | None:
    """Return how far an answer is from another, None where they have nothing in common.

    The largest difference of a class's probability (a class that one of them does not have counts
    as 0), or the largest difference of a value as a share of the one before.
    """
    if "probabilities" in before and "probabilities" in after:
        old, new = before["probabilities"], after["probabilities"]
        return max(
            (abs(new.get(one, 0.0) - old.get(one, 0.0)) for one in {**old, **new}), default=0
        )
    old, new = _values(before), _values(after)
    if not old or len(old) != len(new):
        return None
    return max(_share(one, other) for one, other in zip(old, new, strict=True))


def _values(output: Output) -> list[float]:
    return [output["value"]] if "value" in output else output.get("values", [])


def _share(before: float, after: float) -> float:
    if before == after:
        return 0.0
    return min(abs(after - before) / abs(before), 1e9) if before else 1e9  # JSON has no infinity
