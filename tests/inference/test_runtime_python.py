"""The runtime python: a class of the user's own, and what is wrong with it."""

from pathlib import Path

import pandas as pd
import pytest

from app.errors import ModelError
from app.values.model import RuntimeName
from app.values.signature import Task
from tests.inference.conftest import Register

ROWS = pd.DataFrame({"a": [1, 2, 9]})


@pytest.fixture
def factor(tmp_path: Path) -> Path:
    """Write the file that the classes load."""
    path = tmp_path / "factor.txt"
    path.write_text("2")
    return path


def point(name: str) -> dict[str, str]:
    """Return the entry point of one of our classes."""
    return {"entry_point": f"tests.inference.own_models:{name}"}


@pytest.mark.parametrize(
    ("name", "task", "expected"),
    [
        ("Values", Task.REGRESSION, {"value": [2.0, 4.0, 18.0]}),
        ("Pairs", Task.REGRESSION, {"value_0": [2.0, 4.0, 18.0], "value_1": [-2.0, -4.0, -18.0]}),
        ("ValueFrames", Task.REGRESSION, {"value_0": [1.0, 2.0, 9.0], "value_1": [2.0, 4.0, 18.0]}),
        ("Labels", Task.LABELLING, {"label": ["low", "high", "high"]}),
        (
            "Chances",
            Task.CLASSIFICATION,
            {
                "label": ["low", "low", "high"],
                "probability_low": [0.9, 0.8, pytest.approx(0.1)],
                "probability_high": [0.1, 0.2, 0.9],
            },
        ),
        (
            "Frames",
            Task.CLASSIFICATION,
            {
                "label": [0, 0, 1],
                "probability_1": [0.1, 0.2, 0.9],
                "probability_0": [0.9, 0.8, pytest.approx(0.1)],
            },
        ),
    ],
)
def test_a_class_may_answer_in_these_ways(
    register: Register, factor: Path, name: str, task: Task, expected: dict[str, object]
) -> None:
    """Values, labels, probabilities, or a frame of the output columns."""
    found = register(factor, ROWS, **point(name))
    assert found.estimator.runtime is RuntimeName.PYTHON
    assert found.signature.outputs.task is task
    assert found.predict(ROWS).table(found.signature.outputs).to_pydict() == expected


@pytest.mark.parametrize(
    ("entry_point", "said"),
    [
        (None, "module:Class"),
        ("tests.inference.own_models", "module:Class"),
        ("no_such_module:Model", "no module 'no_such_module'"),
        ("tests.inference.own_models:Absent", "no class 'Absent'"),
        ("tests.inference.own_models:NoPredict", "no method predict"),
        ("json:JSONDecoder", "no method load"),
    ],
)
def test_an_entry_point_that_is_wrong_is_told(
    register: Register, factor: Path, entry_point: str | None, said: str
) -> None:
    """No form, no module, no class, no method: each has its own words."""
    with pytest.raises(ModelError, match=said):
        register(factor, ROWS, runtime=RuntimeName.PYTHON, entry_point=entry_point)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Raises", "failed to predict: RuntimeError: the tank is empty"),
        ("Exits", "failed to predict: SystemExit: 3"),
        ("TooFew", "answered 2 rows where 3 were asked"),
        ("StrangeFrames", "gave the columns score"),
    ],
)
def test_a_class_that_misbehaves_is_refused_at_registration(
    register: Register, factor: Path, name: str, said: str
) -> None:
    """What it raises becomes a ModelError with its own words, and ends nothing else."""
    with pytest.raises(ModelError, match=said):
        register(factor, ROWS, **point(name))


def test_a_class_that_fails_to_load_its_file_keeps_the_cause(
    register: Register, factor: Path
) -> None:
    """The error that the class raised is chained."""
    factor.write_text("two")
    with pytest.raises(ModelError, match="could not convert string to float") as caught:
        register(factor, ROWS, **point("Values"))
    assert isinstance(caught.value.__cause__, ValueError)


def test_inputs_that_a_class_does_not_tell_need_a_sample(register: Register, factor: Path) -> None:
    """Without one the error asks for it; a class with `feature_names_in_` needs none."""
    with pytest.raises(ModelError, match="give a sample"):
        register(factor, **point("Values"))
    assert register(factor, **point("Chances")).signature.input_names == ("a",)
