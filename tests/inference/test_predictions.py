"""What a model answered: the check of every answer, and the columns in which it travels."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from app.errors import ModelError
from app.inference.predictions import Predictions
from app.values.signature import FieldType, Outputs, Task

KEYS = pa.array(["LH400", "LH401", "LH402"])
TWO = Outputs(
    task=Task.CLASSIFICATION,
    classes=("no", "yes"),
    probabilities=True,
    label_type=FieldType.TEXT,
)
CLASSES = np.array(["no", "yes"])


def answer(second: Any, **others: Any) -> Predictions:
    """Return three rows of labels and probabilities, the second row's first one as given."""
    chances = np.array([[0.25, 0.75], [second, 0.5], [1.0, 0.0]])
    whole = {"labels": np.array(["yes", "no", "no"]), "probabilities": chances, "classes": CLASSES}
    return Predictions(**{**whole, **others})


def test_good_answers_pass() -> None:
    """Finite numbers for all rows raise nothing, rounding of float32 included."""
    answer(0.5).check(KEYS)
    answer(np.float32(1.0000001)).check(KEYS)
    Predictions(values=np.array([[1.0, -2.0], [1e300, 0.0], [0.0, 0.0]])).check(KEYS)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, -0.1, 1.1])
def test_a_probability_that_is_none_names_the_row(bad: float) -> None:
    """NaN, infinity, and what lies outside [0, 1]."""
    with pytest.raises(ModelError, match=r"a probability that cannot be used.*'LH401'") as caught:
        answer(bad).check(KEYS)
    assert caught.value.facts["key"] == "LH401"


@pytest.mark.parametrize(
    "values", [np.array([1.0, 2.0, np.nan]), np.array([[1.0], [2.0], [np.inf]])]
)
def test_a_value_that_is_no_number_names_the_row(values: Any) -> None:
    """NaN and infinity, in one column or several."""
    with pytest.raises(ModelError, match=r"a value that cannot be used.*'LH402'"):
        Predictions(values=values).check(KEYS)


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["a", None, "b"], dtype=object),
        np.array([1.0, np.nan, 2.0]),
        np.array([1, np.inf, 2]),
    ],
)
def test_a_missing_label_names_the_row(labels: Any) -> None:
    """None and NaN are no labels."""
    with pytest.raises(ModelError, match=r"a label that cannot be used.*'LH401'"):
        Predictions(labels=labels).check(KEYS)


@pytest.mark.parametrize("rows", [0, 2, 4])
def test_an_answer_for_another_number_of_rows_is_refused(rows: int) -> None:
    """Fewer or more answers than rows cannot be matched to keys."""
    with pytest.raises(ModelError, match=f"answered {rows} rows where 3"):
        Predictions(values=np.zeros(rows)).check(KEYS)


def test_a_table_has_the_columns_of_the_signature() -> None:
    """Names, order and types are those of `Outputs.columns()`."""
    table = answer(0.5).table(TWO)
    assert table.column_names == [column.name for column in TWO.columns()]
    assert table.schema.types == [pa.string(), pa.float64(), pa.float64()]
    assert table["probability_yes"].to_pylist() == [0.75, 0.5, 0.0]


@pytest.mark.parametrize(
    ("labels", "kind", "expected"),
    [
        (np.array([1, 0, 1], dtype=np.int32), FieldType.INTEGER, [1, 0, 1]),
        (np.array([True, False, True]), FieldType.BOOLEAN, [True, False, True]),
        (np.array([True, False, True], dtype=object), FieldType.BOOLEAN, [True, False, True]),
        (np.array([1.0, 0.5, 1.0], dtype=np.float32), FieldType.NUMBER, [1.0, 0.5, 1.0]),
        (np.array(["é", "", "b"], dtype=object), FieldType.TEXT, ["é", "", "b"]),
    ],
)
def test_labels_travel_in_their_own_type(labels: Any, kind: FieldType, expected: Any) -> None:
    """Whatever NumPy's width or kind, a label's column has the signature's type."""
    outputs = Outputs(task=Task.LABELLING, label_type=kind)
    assert Predictions(labels=labels).table(outputs)["label"].to_pylist() == expected


@pytest.mark.parametrize(
    "other",
    [
        Predictions(labels=np.array(["yes"])),
        Predictions(values=np.zeros(1)),
        Predictions(
            labels=np.array(["yes"]),
            probabilities=np.zeros((1, 2)),
            classes=np.array(["yes", "no"]),
        ),
        Predictions(
            labels=np.array(["yes"]),
            probabilities=np.zeros((1, 3)),
            classes=np.array(["no", "yes", "maybe"]),
        ),
    ],
)
def test_an_answer_that_the_signature_does_not_foresee_is_refused(other: Predictions) -> None:
    """Columns missing or added, and classes in another order, are never delivered mislabelled."""
    with pytest.raises(ModelError, match="otherwise than its signature says"):
        other.table(TWO)


def test_a_label_of_another_type_is_refused() -> None:
    """A text where integers were promised is a ModelError."""
    outputs = Outputs(task=Task.LABELLING, label_type=FieldType.INTEGER)
    with pytest.raises(ModelError, match="which is no integer"):
        Predictions(labels=np.array(["one"])).table(outputs)
