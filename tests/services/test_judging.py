"""How good a prediction was: as scikit-learn measures it, whatever the classes are."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from app.services.judging import as_outcome, judge
from app.values.outcome import Judgement
from app.values.signature import ClassLabel, FieldType, Outputs, Task

NUMBER = Outputs(task=Task.REGRESSION)


def classes(*labels: ClassLabel, kind: FieldType = FieldType.TEXT) -> Outputs:
    """Return the outputs of a classifier that gives probabilities."""
    return Outputs(task=Task.CLASSIFICATION, classes=labels, probabilities=True, label_type=kind)


def test_two_classes_are_judged_by_the_last_one() -> None:
    """Chance and hit are of the last class, whichever was answered."""
    two = classes("early", "late")
    output = {"label": "early", "probabilities": {"early": 0.75, "late": 0.25}}
    shared = {"label": "early", "chance": 0.25}
    assert judge(output, "late", two) == Judgement(**shared, truth="late", hit=True, brier=0.5625)
    assert judge(output, "early", two) == Judgement(
        **shared, truth="early", hit=False, brier=0.0625
    )


def test_of_several_classes_the_answered_one_is_judged() -> None:
    """Chance and hit are of the label."""
    three = classes("a", "b", "c")
    output = {"label": "b", "probabilities": {"a": 0.25, "b": 0.5, "c": 0.25}}
    hit = judge(output, "b", three)
    assert (hit.chance, hit.hit, hit.brier) == (0.5, True, 0.375)
    missed = judge(output, "c", three)
    assert (missed.chance, missed.hit, missed.brier) == (0.5, False, 0.875)


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=6), st.data())
def test_the_brier_score_is_scikit_learns(weights: list[float], data: st.DataObject) -> None:
    """Of two classes within [0, 1], of more within [0, 2]."""
    chances = np.array(weights) / sum(weights)
    labels = [f"c{n}" for n in range(len(weights))]
    truth = data.draw(st.sampled_from(labels))
    output = {"label": labels[0], "probabilities": dict(zip(labels, chances.tolist(), strict=True))}
    found = judge(output, truth, classes(*labels)).brier
    proba = chances[None, :] if len(labels) > 2 else chances[None, 1]
    kwargs: dict[str, Any] = {"labels": labels} | ({"pos_label": "c1"} if len(labels) == 2 else {})
    assert found == pytest.approx(brier_score_loss([truth], proba, **kwargs), abs=1e-12)


def test_a_class_is_what_the_model_calls_so() -> None:
    """Numbers, texts and truth values are told apart, and given in the model's own type."""
    ints = classes(0, 1, kind=FieldType.INTEGER)
    output = {"label": 1, "probabilities": {"0": 0.25, "1": 0.75}}
    assert as_outcome(1.0, ints) == 1
    assert as_outcome("1", ints, is_text=True) == 1
    judged = judge(output, as_outcome(1.0, ints), ints)
    assert (judged.label, judged.truth, judged.hit) == ("1", "1", True)
    bools = classes(*(False, True), kind=FieldType.BOOLEAN)
    assert as_outcome("true", bools, is_text=True) is True
    floats = classes(0.5, 2.0, kind=FieldType.NUMBER)
    output = {"label": 2.0, "probabilities": {"0.5": 0.25, "2.0": 0.75}}
    judged = judge(output, as_outcome(2, floats), floats)
    assert (judged.label, judged.truth, judged.hit) == ("2.0", "2.0", True)
    for wrong, outputs in (("1", ints), (True, ints), (2, ints), (1, bools), ("x", floats)):
        with pytest.raises(ValueError, match="none of the model's classes"):
            as_outcome(wrong, outputs)


def test_a_label_alone_is_right_or_wrong() -> None:
    """Without probabilities there is nothing to be calibrated."""
    groups = Outputs(task=Task.LABELLING, label_type=FieldType.INTEGER)
    assert judge({"label": -1}, as_outcome(1, groups), groups) == Judgement(label="-1", truth="1")
    numbers = Outputs(task=Task.LABELLING, label_type=FieldType.NUMBER)
    judged = judge({"label": 1.0}, as_outcome(1, numbers), numbers)
    assert (judged.label, judged.truth) == ("1.0", "1.0")
    for wrong in ("x", 2.5, 2**63, -(10**30), 1e30):
        with pytest.raises(ValueError, match="is no integer"):
            as_outcome(wrong, groups)
    assert as_outcome(-(2**63), groups) == -(2**63)


def test_a_value_is_judged_by_its_error() -> None:
    """The prediction less the outcome, and no more than its square can be kept of."""
    assert judge({"value": 2.5}, as_outcome(4, NUMBER), NUMBER) == Judgement(error=-1.5)
    worst = judge({"value": 1.7e308}, -1e150, NUMBER).error
    assert worst == 1e150
    assert math.isfinite(worst**2)


@pytest.mark.parametrize("wrong", [True, "4", 1.1e150, -(10**200), 10**400, math.nan, math.inf])
def test_what_is_no_value_is_no_outcome(wrong: Any) -> None:
    """Texts, truth values, what is not finite, and what is beyond a double's square."""
    with pytest.raises(ValueError, match=r"no number|within 1e"):
        as_outcome(wrong, NUMBER)


def test_of_several_values_none_is_known_alone() -> None:
    """A model that gives several has no outcome that is one number."""
    with pytest.raises(ValueError, match="gives 2 values"):
        as_outcome(1, Outputs(task=Task.REGRESSION, values=2))


def test_a_class_that_a_version_does_not_know_makes_it_wrong() -> None:
    """As may be with a shadow: no probability is judged, and no value by a word."""
    output = {"label": "a", "probabilities": {"a": 0.5, "b": 0.5}}
    assert judge(output, "c", classes("a", "b")) == Judgement(label="a", truth="c")
    assert judge({"value": 1.0}, "c", NUMBER) == Judgement()
