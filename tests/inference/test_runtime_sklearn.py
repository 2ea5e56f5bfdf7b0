"""The runtime sklearn: answers are those of the estimator itself, to the last bit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC, OneClassSVM
from sklearn.tree import DecisionTreeClassifier

from app.errors import ModelError
from app.inference import runtimes
from app.inference.runtimes.sklearn_ import SklearnModel
from app.values.model import Estimator, RuntimeName
from app.values.signature import FieldType, Task
from tests.inference.conftest import Register
from tests.inference.own_models import Whimsical

Data = tuple[pd.DataFrame, "pd.Series[Any]"]

CLASSIFIERS = [
    make_pipeline(StandardScaler(), LogisticRegression()),
    make_pipeline(StandardScaler(), make_pipeline(RandomForestClassifier(5, random_state=1))),
    HistGradientBoostingClassifier(max_iter=10),
    RandomForestClassifier(10, random_state=1, n_jobs=2),
    ExtraTreesClassifier(10, random_state=1),
    DecisionTreeClassifier(max_depth=2, random_state=1),
    CalibratedClassifierCV(LinearSVC(random_state=1), cv=2),
    FixedThresholdClassifier(DecisionTreeClassifier(max_depth=3), threshold=0.9),
    GridSearchCV(DecisionTreeClassifier(random_state=1), {"max_depth": [1, 2]}, cv=2),
    Whimsical(5, random_state=1),
]


@pytest.mark.parametrize("model", CLASSIFIERS, ids=lambda model: type(model).__name__)
def test_a_classifier_gives_its_own_labels_and_probabilities(
    register: Register, cancer: Data, model: Any
) -> None:
    """Labels equal `predict`, also where that is no argmax, and probabilities `predict_proba`."""
    rows, label = cancer
    model.fit(rows, label)
    found = register(model, rows)
    answer = found.predict(rows)
    assert answer.labels is not None
    assert answer.probabilities is not None
    assert answer.labels.tolist() == model.predict(rows).tolist()
    one_thread = model.set_params(n_jobs=1) if "n_jobs" in model.get_params() else model
    assert (answer.probabilities == one_thread.predict_proba(rows)).all()
    assert found.signature.outputs.task is Task.CLASSIFICATION
    assert found.signature.outputs.classes == (0, 1)


def test_three_classes_give_three_probabilities(register: Register, iris: Data) -> None:
    """Columns of probabilities are named after the classes, in the estimator's order."""
    rows, species = iris
    model = HistGradientBoostingClassifier(max_iter=5).fit(rows, species)
    found = register(model, rows)
    table = found.predict(rows).table(found.signature.outputs)
    assert table.column_names == [
        "label",
        "probability_setosa",
        "probability_versicolor",
        "probability_virginica",
    ]
    assert table["label"].to_pylist() == model.predict(rows).tolist()
    assert table["probability_virginica"].to_pylist() == model.predict_proba(rows)[:, 2].tolist()


def test_a_tie_is_told_apart_by_predict_itself(cancer: Data) -> None:
    """A score just above zero rounds to a half, and is the second class nevertheless."""
    rows, label = cancer
    model = HistGradientBoostingClassifier(max_iter=1).fit(rows, label)
    model._baseline_prediction = np.array([[1e-20]])
    for predictors in model._predictors:
        predictors[0].nodes["value"] = 0.0
    loaded = SklearnModel(model, {})
    answer = loaded.predict(rows)
    assert answer.probabilities is not None
    assert answer.labels is not None
    assert set(answer.probabilities.ravel().tolist()) == {0.5}
    assert set(answer.labels.tolist()) == set(model.predict(rows).tolist()) == {1}


def test_trees_predict_once(cancer: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a forest, labels come from the probabilities: its `predict` is not called."""
    rows, label = cancer
    forest = RandomForestClassifier(3, random_state=1).fit(rows, label)
    expected = forest.predict(rows).tolist()
    monkeypatch.setattr(RandomForestClassifier, "predict", None)
    monkeypatch.setattr(forest, "predict", lambda _rows: pytest.fail("called"), raising=False)
    labels = SklearnModel(forest, {}).predict(rows).labels
    assert labels is not None
    assert labels.tolist() == expected


@pytest.mark.parametrize("classes", [(False, True), (3, 7), (0.0, 1.0), ("no", "yes")])
def test_classes_keep_their_type(register: Register, cancer: Data, classes: Any) -> None:
    """Booleans, integers, floats and texts are labels of their own type, also as read back."""
    rows, label = cancer
    found = register(DecisionTreeClassifier().fit(rows, np.array(classes)[label]), rows)
    table = found.predict(rows).table(found.signature.outputs)
    assert table["label"].to_pylist() == np.array(classes)[label].tolist()
    assert table.column_names[1:] == [f"probability_{one}" for one in classes]
    again = type(found.signature).model_validate_json(found.signature.model_dump_json())
    assert [type(one) for one in again.outputs.classes] == [type(one) for one in classes]


@pytest.mark.parametrize(
    "model",
    [
        LinearRegression(),
        HistGradientBoostingRegressor(max_iter=5),
        RandomForestRegressor(5, random_state=1),
    ],
    ids=lambda model: type(model).__name__,
)
def test_a_regressor_gives_values(register: Register, diabetes: Data, model: Any) -> None:
    """A regressor's answer is one column of values."""
    rows, target = diabetes
    model.fit(rows, target)
    found = register(model, rows)
    table = found.predict(rows).table(found.signature.outputs)
    assert table.column_names == ["value"]
    assert table["value"].to_pylist() == model.predict(rows).tolist()


def test_a_regressor_of_two_targets_gives_two_values(register: Register, diabetes: Data) -> None:
    """Each target has its column."""
    rows, target = diabetes
    model = LinearRegression().fit(rows, np.column_stack([target, -target]))
    found = register(model, rows)
    table = found.predict(rows).table(found.signature.outputs)
    assert table.column_names == ["value_0", "value_1"]
    assert table["value_1"].to_pylist() == model.predict(rows)[:, 1].tolist()


@pytest.mark.parametrize(
    "model",
    [
        IsolationForest(n_estimators=10, random_state=1),
        KMeans(3, n_init=1, random_state=1),
        OneClassSVM(),
    ],
    ids=lambda model: type(model).__name__,
)
def test_outliers_and_clusters_are_labels(register: Register, iris: Data, model: Any) -> None:
    """An estimator without classes labels rows with integers of 64 bits."""
    rows, _ = iris
    model.fit(rows)
    found = register(model, rows)
    outputs = found.signature.outputs
    assert (outputs.task, outputs.label_type) == (Task.LABELLING, FieldType.INTEGER)
    table = found.predict(rows).table(outputs)
    assert str(table["label"].type) == "int64"
    assert table["label"].to_pylist() == model.predict(rows).tolist()


def test_a_classifier_without_probabilities_gives_labels(register: Register, iris: Data) -> None:
    """A LinearSVC knows classes but no probabilities."""
    rows, species = iris
    found = register(LinearSVC(random_state=1).fit(rows, species), rows)
    assert found.signature.outputs.task is Task.CLASSIFICATION
    assert found.predict(rows).table(found.signature.outputs).column_names == ["label"]


@pytest.mark.parametrize(
    "model", [HistGradientBoostingClassifier(max_iter=10), RandomForestClassifier(20)]
)
def test_batches_answer_as_all_rows_at_once(register: Register, cancer: Data, model: Any) -> None:
    """Probabilities are equal to the last bit, one by one, in batches or all at once."""
    rows, label = cancer
    found = register(model.fit(rows, label), rows)
    whole = found.predict(rows).probabilities
    assert whole is not None
    for size, number in ((1, 10), (7, 10), (100, 3)):
        for start in range(0, size * number, size):
            part = found.predict(rows.iloc[start : start + size]).probabilities
            assert part is not None
            assert np.array_equal(part, whole[start : start + size])


def test_a_pipeline_of_named_columns_answers_as_by_hand(
    register: Register, flights: pd.DataFrame, flight_model: Pipeline
) -> None:
    """Categories, missing values and an unseen carrier: the answer is that of a frame from a file."""
    rows = flights.assign(carrier=flights["carrier"].replace("UA", "ZZ"))
    found = register(flight_model, flights)
    answer = found.predict(rows)
    assert (answer.probabilities == flight_model.predict_proba(rows)).all()
    assert (answer.labels == flight_model.predict(rows)).all()


def test_an_estimator_that_was_fitted_on_an_array_needs_no_names(
    register: Register, cancer: Data
) -> None:
    """Inputs without names are taken by their order, and no warning is raised."""
    rows, label = cancer
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows.to_numpy(), label)
    answer = register(model, rows).predict(rows)
    array = np.ascontiguousarray(rows.to_numpy())
    assert (answer.probabilities == model.predict_proba(array)).all()


@pytest.mark.parametrize(
    "content", [b"", b"no pickle at all", b"PK\x03\x04 no archive", b"\x80\x05."]
)
def test_a_file_that_is_no_pickle_is_refused(tmp_path: Path, content: bytes) -> None:
    """A corrupt file is a ModelError, with the library's own words and its error as the cause."""
    path = tmp_path / "model.joblib"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="does not load with joblib") as caught:
        runtimes.load(Estimator(runtime=RuntimeName.SKLEARN, class_name=""), path)
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused(
    dump: Callable[[Any], Path], flight_model: Pipeline, part: float
) -> None:
    """However much of the file is there, what is not whole does not load."""
    path = dump(flight_model)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(ModelError, match="does not load with joblib"):
        runtimes.load(Estimator(runtime=RuntimeName.SKLEARN, class_name=""), path)


def test_an_object_without_predict_is_refused(dump: Callable[[Any], Path]) -> None:
    """A file with a dictionary says what it holds."""
    with pytest.raises(ModelError, match="holds a dict, which has no predict"):
        runtimes.load(Estimator(runtime=RuntimeName.SKLEARN, class_name=""), dump({"a": 1}))


def test_a_module_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A pickle of a class whose module is not installed names the module."""
    path = tmp_path / "model.joblib"
    path.write_bytes(b"cnot_installed_anywhere\nModel\n.")
    with pytest.raises(ModelError, match="not_installed_anywhere"):
        runtimes.load(Estimator(runtime=RuntimeName.SKLEARN, class_name=""), path)


def test_several_labels_a_row_are_refused(register: Register, iris: Data) -> None:
    """A multi-label classifier is told to become one model a label."""
    rows, species = iris
    both = np.column_stack([species, species])
    model = MultiOutputClassifier(DecisionTreeClassifier()).fit(rows, both)
    with pytest.raises(ModelError, match="one model for each label"):
        register(model, rows)


def test_a_compressed_file_loads(register: Register, cancer: Data, tmp_path: Path) -> None:
    """Joblib's own compression needs no other runtime."""
    rows, label = cancer
    path = tmp_path / "model.pkl"
    joblib.dump(DecisionTreeClassifier().fit(rows, label), path, compress=3)
    assert register(path, rows).estimator.runtime is RuntimeName.SKLEARN
