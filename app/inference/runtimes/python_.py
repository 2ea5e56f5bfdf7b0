"""A Python class of the user's own: `module:Class` with `load(path)` and `predict(frame)`."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from app.errors import ModelError
from app.inference.predictions import Predictions
from app.inference.runtimes.base import PREDICTING, KnownInputs, model_errors
from app.inference.runtimes.sklearn_inputs import known_inputs
from app.values.model import Estimator

_PREFIX = "probability_"


def load_python(estimator: Estimator, path: Path) -> "PythonModel":
    """Import the class, make one with no arguments, and let it load the file.

    THIS RUNS THE CLASS'S CODE, whose module must be importable where the service runs. Raises
    ModelError for a module or class that is not there, and a class without load or predict.
    """
    entry_point = estimator.entry_point or ""
    with model_errors(f"{entry_point} does not load"):
        model = _found(entry_point)()
        model.load(path)
    return PythonModel(model)


def _found(entry_point: str) -> Any:
    module, _, name = entry_point.partition(":")
    if not (module and name):
        raise ModelError("the runtime python needs an entry point of the form module:Class")
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError as error:
        raise ModelError(
            f"there is no module {error.name!r} for {entry_point}; install it into the service's "
            "environment, or put its directory on PYTHONPATH"
        ) from error
    if not callable(found):
        raise ModelError(f"module {module!r} has no class {name!r}")
    for method in ("load", "predict"):
        if not callable(getattr(found, method, None)):
            raise ModelError(f"{entry_point} has no method {method}; it needs load and predict")
    return found


class PythonModel:
    """A user's object.

    Its `predict` gives, for a frame of n rows, one of

    - a DataFrame of output columns: `label` and `probability_…`, or `value`, or `value_0`…;
    - an array (n, k) of probabilities, if the object has k `classes_`; the label is the likeliest;
    - labels (n,): anything but floats, or whatever it is if the object has `classes_`;
    - values (n,) or (n, m): floats, if it has none.

    It may have scikit-learn's `feature_names_in_` or `n_features_in_` to tell its inputs.
    """

    def __init__(self, model: Any) -> None:
        self.estimator = model
        self.trained_with: dict[str, str] = {}

    @property
    def inputs(self) -> KnownInputs:
        """What the object tells of its inputs."""
        return known_inputs(self.estimator)

    def predict(self, frame: pd.DataFrame) -> Predictions:
        """Answer each row with what the object's `predict` gives."""
        with model_errors(PREDICTING):
            answer = self.estimator.predict(frame)
            if isinstance(answer, pd.DataFrame):
                return _from_frame(answer)
            return _from_array(np.asarray(answer), getattr(self.estimator, "classes_", None))


def _from_array(answer: npt.NDArray[Any], known: Any) -> Predictions:
    if known is None:
        is_value = answer.dtype.kind == "f"
        return Predictions(values=answer) if is_value else Predictions(labels=_flat(answer))
    classes = np.asarray(known)
    if answer.ndim == 1:
        return Predictions(labels=answer, classes=classes)
    if answer.ndim != 2 or answer.shape[1] != len(classes):  # noqa: PLR2004 - two dimensions
        raise ModelError(
            f"predict gave shape {answer.shape} for {len(classes)} classes; "
            "give labels (n,) or a probability for each class"
        )
    labels = classes.take(np.argmax(answer, axis=1))
    return Predictions(labels=labels, probabilities=answer, classes=classes)


def _flat(labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if labels.ndim != 1:
        raise ModelError(f"predict gave labels of shape {labels.shape}; give one for each row")
    return labels


def _from_frame(answer: pd.DataFrame) -> Predictions:
    names = [str(name) for name in answer.columns]
    values = _value_names(names)
    if values:
        return Predictions(values=answer[values].to_numpy(dtype=float))
    chances = [name for name in names if name.startswith(_PREFIX)]
    if sorted(names) != sorted(["label", *chances]):
        raise ModelError(
            f"predict gave the columns {', '.join(names)}; give `label` with or without "
            "`probability_…`, or `value`, or `value_0`, `value_1`…"
        )
    labels = np.asarray(answer["label"])
    if not chances:
        return Predictions(labels=labels)
    classes = _classes([name.removeprefix(_PREFIX) for name in chances], labels)
    probabilities = answer[chances].to_numpy(dtype=float)
    return Predictions(labels=labels, probabilities=probabilities, classes=classes)


def _value_names(names: list[str]) -> list[str]:
    """Return the names of values in the order of the signature, if it is values that are given."""
    expected = ["value"] if names == ["value"] else [f"value_{n}" for n in range(len(names))]
    return expected if sorted(names) == sorted(expected) else []


def _classes(names: list[str], labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the classes that columns are named after, in the type of the labels."""
    convert: dict[str, Any] = {"i": int, "u": int, "f": float, "b": lambda name: name == "True"}
    return np.asarray([convert.get(labels.dtype.kind, str)(name) for name in names])
