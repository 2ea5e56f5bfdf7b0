"""Cases that are compared column by column give what they give one by one."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from app.inference.comparing import Comparison
from app.values.prediction import Case, Sample
from app.values.signature import FieldType, InputField, Outputs, Signature, Task

FIELDS = (
    InputField(name="n", type=FieldType.NUMBER, nullable=True),
    InputField(name="c", type=FieldType.TEXT, categories=("a", "b"), nullable=True),
    InputField(name="t", type=FieldType.TIMESTAMP, nullable=True),
    InputField(name="b", type=FieldType.BOOLEAN, nullable=True),
)
SIGNATURE = Signature(
    inputs=FIELDS,
    outputs=Outputs(task=Task.CLASSIFICATION, classes=("late", "on_time"), probabilities=True),
)


def case(number: int) -> Case:
    """Return a case whose inputs are missing, odd or unseen now and then."""
    at = datetime(2013, 11, 28, tzinfo=UTC) + timedelta(hours=number % 50)
    return {
        "n": None if number % 11 == 0 else float(number % 17),
        "c": [None, "a", "b", "unseen"][number % 4],
        "t": None if number % 13 == 0 else at.isoformat(),
        "b": [True, False, None][number % 3],
    }


def label(number: int) -> str | None:
    """Return a case's label; some have none."""
    return ["late", "on_time", "on_time", None][number % 4]


def test_columns_and_cases_tell_the_same() -> None:
    """Rates, intervals, tests and labels are the same, whichever way the cases came."""
    sample = Sample(cases=[case(n) for n in range(100)], answers=[label(n) for n in range(100)])
    one_by_one = Comparison(SIGNATURE, sample, bins=5)
    together = Comparison(SIGNATURE, sample, bins=5)
    cases = [case(n * 3) for n in range(400)]
    labels = [label(n * 5) for n in range(400)]
    for inputs, answer in zip(cases, labels, strict=True):
        one_by_one.add(inputs, answer)
    counted = {field.name: Counter(one[field.name] for one in cases).items() for field in FIELDS}
    together.add_counted(len(cases), counted, Counter(labels).items())
    assert together.cases == one_by_one.cases == 400
    assert together.inputs() == one_by_one.inputs()
    assert together.answers() == one_by_one.answers()
    assert together.labels() == one_by_one.labels()
