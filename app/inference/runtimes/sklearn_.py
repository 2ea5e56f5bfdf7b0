"""scikit-learn estimators from joblib and pickle files."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import numpy.typing as npt
import pandas as pd
import sklearn
from sklearn.base import is_classifier, is_regressor
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from app.errors import ModelError
from app.inference.predictions import Predictions
from app.inference.runtimes.base import PREDICTING, KnownInputs, model_errors
from app.inference.runtimes.sklearn_inputs import known_inputs
from app.inference.runtimes.sklearn_parts import Parts, parts
from app.inference.runtimes.sklearn_plain import CannotTakeApartError, Columns, PlainModel
from app.values.model import Estimator

LIBRARY = "scikit-learn"

_LABEL_IS_ARGMAX = frozenset(
    {
        DecisionTreeClassifier,
        ExtraTreesClassifier,
        HistGradientBoostingClassifier,
        LogisticRegression,
        RandomForestClassifier,
    }
)
"""Classes whose `predict` takes the likeliest class, so that `predict_proba` is enough.

Only these very classes: a subclass may predict otherwise.
"""

_DOUBT = 1e-9
"""Two classes whose probabilities are nearer than this are told apart by `predict` itself.

HistGradientBoostingClassifier compares scores before it makes probabilities of them: two scores
that differ can round to one probability.
"""


def load_joblib(_estimator: Estimator, path: Path) -> "SklearnModel":
    """Load a joblib or pickle file. THIS RUNS WHATEVER CODE THE FILE HOLDS.

    Raises ModelError for a file that is damaged, holds no estimator, or needs a missing module.
    """
    with noted_releases() as releases, model_errors("the file does not load with joblib"):
        estimator = joblib.load(path)
    return SklearnModel(estimator, releases)


@contextmanager
def noted_releases() -> Iterator[dict[str, str]]:
    """Note the release of scikit-learn that a file loaded inside was made with, if not ours.

    Where loading fails, a differing release is the likely reason, and the error says so.
    """
    releases: dict[str, str] = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield releases
        except ModelError as error:
            releases |= _releases(caught)
            if releases:
                raise ModelError(
                    f"{error.detail} (it was trained with {LIBRARY} {releases[LIBRARY]}, "
                    f"this is {sklearn.__version__})",
                    **error.facts,
                ) from error
            raise
        releases |= _releases(caught)


def _releases(caught: list[warnings.WarningMessage]) -> dict[str, str]:
    for warning in caught:
        if isinstance(warning.message, InconsistentVersionWarning):
            return {LIBRARY: str(warning.message.original_sklearn_version)}
    return {}


class SklearnModel:
    """A fitted scikit-learn estimator, or an object that has its methods."""

    def __init__(self, estimator: Any, releases: dict[str, str]) -> None:
        if not callable(getattr(estimator, "predict", None)):
            raise ModelError(
                f"the file holds a {type(estimator).__name__}, which has no predict; "
                "save the fitted estimator or Pipeline itself"
            )
        self.estimator = estimator
        is_own = type(estimator).__module__.startswith("sklearn.")
        self.trained_with = releases or ({LIBRARY: sklearn.__version__} if is_own else {})
        self._label_is_argmax = type(_last_step(estimator)) in _LABEL_IS_ARGMAX
        self._is_regressor = _is(is_regressor, estimator)

    @cached_property
    def inputs(self) -> KnownInputs:
        """What the estimator tells of its inputs."""
        return known_inputs(self.estimator)

    @cached_property
    def _is_of_array(self) -> bool:
        return self.inputs.names is None and self.inputs.width is not None

    @cached_property
    def _classes(self) -> npt.NDArray[Any] | None:
        # Read once the estimator has predicted: it was fitted then, so it has all its attributes.
        classes = getattr(self.estimator, "classes_", None)
        if isinstance(classes, list):
            raise ModelError(
                "the model gives several labels a row; register one model for each label"
            )
        return None if classes is None else np.asarray(classes)

    def predict(self, frame: pd.DataFrame) -> Predictions:
        """Answer each row; labels are always exactly what the estimator's `predict` gives."""
        return self._answers(self.estimator, self._laid(frame))

    def _laid(self, frame: pd.DataFrame) -> Any:
        return _matrix(frame) if self._is_of_array else frame

    def parts(self, names: Sequence[str]) -> Parts:
        """Return the model's last step, and what this sees of frames with columns `names`.

        Raises UnknownOriginError where it cannot be told what comes from which input.
        """
        return parts(self.estimator, names, self._laid)

    def plain(self, names: Sequence[str]) -> "Callable[[Columns], Predictions] | None":
        """Return what answers columns as `predict` answers frames of them, only faster.

        None for a model that cannot be taken apart. Whether the answers are the same is for the
        caller to try.
        """
        with suppress(CannotTakeApartError, AttributeError, ValueError, TypeError):
            plain = PlainModel(self.estimator, names, is_of_array=self._is_of_array)
            return partial(self._answers, plain)
        return None

    def _answers(self, estimator: Any, rows: Any) -> Predictions:
        # One thread: a forest adds its trees up in the order in which its threads end, so that
        # the last bits of its answers would differ from call to call.
        with model_errors(PREDICTING), joblib.parallel_config(backend="sequential"):
            if not self._is_regressor and hasattr(estimator, "predict_proba"):
                return self._chances(estimator, rows)
            answer = np.asarray(estimator.predict(rows))
            if self._is_value(answer):
                return Predictions(values=answer)
            return Predictions(labels=_one_a_row(answer), classes=self._classes)

    def _chances(self, estimator: Any, rows: Any) -> Predictions:
        chances = estimator.predict_proba(rows)
        if self._classes is None or not isinstance(chances, np.ndarray):
            return Predictions(labels=_one_a_row(np.asarray(estimator.predict(rows))))
        if self._label_is_argmax:
            labels = self._likeliest(estimator, rows, chances, self._classes)
        else:
            labels = np.asarray(estimator.predict(rows))
        return Predictions(labels=_one_a_row(labels), probabilities=chances, classes=self._classes)

    def _likeliest(
        self,
        estimator: Any,
        rows: Any,
        chances: npt.NDArray[Any],
        classes: npt.NDArray[Any],
    ) -> npt.NDArray[Any]:
        labels: npt.NDArray[Any] = classes.take(np.argmax(chances, axis=1))
        if chances.shape[1] > 1:
            first, second = _two_likeliest(chances).T
            doubtful = np.flatnonzero(np.abs(first - second) < _DOUBT)
            if len(doubtful):
                some = rows.iloc[doubtful] if isinstance(rows, pd.DataFrame) else rows[doubtful]
                labels[doubtful] = estimator.predict(some)
        return labels

    def _is_value(self, answer: npt.NDArray[Any]) -> bool:
        if self._is_regressor:
            return True
        is_labelled = self._classes is not None or _is(is_classifier, self.estimator)
        return answer.dtype.kind == "f" and not is_labelled


def _two_likeliest(chances: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the two largest chances of each row, in any order: shape (n, 2)."""
    if chances.shape[1] == 2:  # noqa: PLR2004 - they are all that there are
        return chances
    return np.partition(chances, (-2, -1), axis=1)[:, -2:]


def _last_step(estimator: Any) -> Any:
    return _last_step(estimator.steps[-1][1]) if type(estimator) is Pipeline else estimator


def _is(kind: Any, estimator: Any) -> bool:
    """Ask for an estimator's tags; one that is no scikit-learn estimator may have none."""
    try:
        return bool(kind(estimator))
    except (AttributeError, TypeError):
        return False


def _matrix(frame: pd.DataFrame) -> npt.NDArray[Any]:
    """Return what a model that was fitted on an array was fitted on: rows that lie together."""
    return np.ascontiguousarray(frame.to_numpy())


def _one_a_row(labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if labels.ndim != 1:
        raise ModelError("the model gives several labels a row; register one model for each label")
    return labels
