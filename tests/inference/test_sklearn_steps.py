"""Steps of scikit-learn computed by hand: the step's own bits, and its own errors."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from app.inference.runtimes.sklearn_steps import Logistic, Transform, encoded, scaled

DRAW = np.random.default_rng(7)
NUMBERS = DRAW.normal(3, 50, (400, 6))
GAPS = np.where(DRAW.random((400, 6)) < 0.2, np.nan, NUMBERS)


def same(found: npt.NDArray[Any], expected: npt.NDArray[Any]) -> None:
    """Check that two arrays have the same bits, and lie alike: the next step's bits hang on it."""
    np.testing.assert_array_equal(found, expected, strict=True)
    assert found.flags.f_contiguous == expected.flags.f_contiguous


@pytest.mark.parametrize("with_mean", [True, False])
@pytest.mark.parametrize("with_std", [True, False])
def test_a_scaler_is_the_same_in_any_layout_and_with_gaps(
    *, with_mean: bool, with_std: bool
) -> None:
    """Row by row, column by column, one row, and none of the input is changed."""
    step = StandardScaler(with_mean=with_mean, with_std=with_std).fit(GAPS)
    for matrix in (NUMBERS, GAPS, np.asfortranarray(GAPS), GAPS[:1], np.asfortranarray(GAPS)[:1]):
        before = matrix.copy()
        same(scaled(step)(matrix), step.transform(matrix))
        np.testing.assert_array_equal(matrix, before)


def texts(*rows: tuple[Any, ...]) -> npt.NDArray[Any]:
    """Return an array of objects."""
    made = np.empty((len(rows), len(rows[0])), dtype=object)
    made[:] = rows
    return made


KINDS = texts(("a", "x"), ("b", np.nan), ("c", "y"), ("a", "x"), ("", "é"))
ODD = texts(("a", "x"), ("z", "y"), ("a ", "x\0"), ("A", None), (np.nan, np.nan), ("", "é"))


@pytest.mark.parametrize(
    "options",
    [
        {"handle_unknown": "use_encoded_value", "unknown_value": -1},
        {"handle_unknown": "use_encoded_value", "unknown_value": np.nan},
        {
            "handle_unknown": "use_encoded_value",
            "unknown_value": -1,
            "encoded_missing_value": -2,
            "dtype": np.int32,
        },
        {"handle_unknown": "use_encoded_value", "unknown_value": -1, "max_categories": 2},
        {"handle_unknown": "use_encoded_value", "unknown_value": -1, "min_frequency": 2},
    ],
    ids=["number", "gap", "integers", "few", "frequent"],
)
def test_an_encoder_is_the_same_for_what_it_knows_and_does_not(options: dict[str, Any]) -> None:
    """Gaps, texts that look alike, and categories that nobody knows."""
    step = OrdinalEncoder(**options).fit(KINDS)
    for matrix in (KINDS, ODD, ODD[1:2]):
        same(encoded(step)(matrix), step.transform(matrix))


def test_an_encoder_that_knows_no_others_refuses_them_in_its_own_words() -> None:
    """The error is the step's."""
    step = OrdinalEncoder().fit(KINDS)
    same(encoded(step)(KINDS), step.transform(KINDS))
    with pytest.raises(ValueError, match="Found unknown categories"):
        encoded(step)(ODD)


def test_an_encoder_of_numbers_is_asked_itself() -> None:
    """Numbers are looked up as scikit-learn does it."""
    numbers = np.array([[1.0], [2.0], [np.nan]])
    step = OrdinalEncoder().fit(numbers)
    same(encoded(step)(numbers), step.transform(numbers))


@pytest.mark.parametrize("classes", [2, 3])
def test_a_logistic_regression_gives_its_own_bits(classes: int) -> None:
    """In batches of each size, far out, and in either layout."""
    model = LogisticRegression().fit(NUMBERS, DRAW.integers(0, classes, 400))
    far = NUMBERS * 1e6
    for matrix in (
        NUMBERS,
        np.asfortranarray(NUMBERS),
        far,
        *(NUMBERS[:size] for size in (1, 2, 7)),
    ):
        same(Logistic(model).predict_proba(matrix), model.predict_proba(matrix))
        same(Logistic(model).predict(matrix), model.predict(matrix))


@pytest.mark.parametrize(
    "step",
    [
        scaled(StandardScaler().fit(NUMBERS)),
        Logistic(LogisticRegression().fit(NUMBERS, NUMBERS[:, 0] > 0)).predict_proba,
    ],
    ids=["scaler", "logistic"],
)
@pytest.mark.parametrize("bad", ["infinite", "narrow"])
def test_what_a_step_refuses_is_refused_in_its_own_words(step: Transform, bad: str) -> None:
    """An infinite number, and a matrix of the wrong width."""
    matrix = np.where(NUMBERS > 0, np.inf, NUMBERS) if bad == "infinite" else NUMBERS[:, :3]
    with pytest.raises(ValueError, match="infinity" if bad == "infinite" else "expecting 6"):
        step(matrix)
