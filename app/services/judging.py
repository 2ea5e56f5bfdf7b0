"""How good a prediction was, in the light of what turned out to be true."""

import math
from typing import assert_never

from app.services.expected import as_expected, same
from app.values.outcome import MOST, Judgement, Outcome, Output
from app.values.signature import ClassLabel, FieldType, Outputs, Task

_TWO = 2


def as_outcome(value: Outcome, outputs: Outputs, *, is_text: bool = False) -> Outcome:
    """Return an outcome of the type that the model's answers have; `is_text`: it is read as text.

    Raises ValueError, which says what is wrong.
    """
    found = as_expected(value, outputs, is_text=is_text)
    if outputs.task is Task.CLASSIFICATION or isinstance(found, (bool, str)):
        return found
    if abs(found) > MOST:
        message = f"an outcome must be within {MOST:g} of 0; check its unit"
        raise ValueError(message)
    return float(found) if outputs.label_type is FieldType.NUMBER else found


def judge(output: Output, outcome: Outcome, outputs: Outputs) -> Judgement:
    """Return how good an answer was that a version with these `outputs` gave.

    `outcome` comes from `as_outcome`, maybe of another version: a class that this one does not know
    makes its label wrong and judges no probability, and what is no number judges no value.
    """
    match outputs.task:
        case Task.REGRESSION:
            return _of_value(output, outcome)
        case Task.CLASSIFICATION | Task.LABELLING:
            return _of_label(output, outcome, outputs)
        case _:
            assert_never(outputs.task)


def _of_value(output: Output, outcome: Outcome) -> Judgement:
    value = output.get("value")
    if value is None or isinstance(outcome, (bool, str)):
        return Judgement()
    # A prediction beyond all bounds is as wrong as can be told.
    return Judgement(error=min(max(value - outcome, -MOST), MOST))


def _of_label(output: Output, outcome: Outcome, outputs: Outputs) -> Judgement:
    label = output["label"]
    truth = label if same(_as_label(label, outputs), outcome) else outcome
    found = Judgement(label=str(label)[:255], truth=str(truth)[:255])
    chances, true_class = output.get("probabilities"), str(outcome)
    if chances is None or true_class not in chances:
        return found
    chance, hit = chances.get(str(label)), same(truth, label)
    if len(chances) == _TWO:
        last = list(chances)[-1]
        chance, hit = chances[last], true_class == last
    brier = brier_score(chances, true_class)
    return found.model_copy(update={"chance": chance, "hit": hit, "brier": brier})


def _as_label(label: ClassLabel, outputs: Outputs) -> ClassLabel:
    return str(label) if outputs.label_type is FieldType.TEXT else label


def brier_score(chances: dict[str, float], truth: str) -> float:
    """Return the Brier score of one prediction.

    Of two classes it is halved, and so within [0, 1]; of more it is within [0, 2] (Brier 1950:
    Verification of forecasts expressed in terms of probability).
    """
    squares = ((chance - (name == truth)) ** 2 for name, chance in chances.items())
    return math.fsum(squares) / (2 if len(chances) == _TWO else 1)
