"""Models: each runtime's way from a file to predictions, and what registration refuses."""

import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import skops.io
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from app.clock import utc_now
from app.errors import AppError, ConfigurationError, ConflictError, ModelError, TooLargeError
from app.factory import Factory
from app.inference.frame import to_frame
from app.inference.store import ModelStore
from app.values.model import Registration, RuntimeName, Version
from app.values.signature import FieldType, Task


def cancer() -> tuple[pd.DataFrame, "pd.Series[Any]"]:
    """Return 30 named numbers and a label of two classes."""
    rows, label = load_breast_cancer(return_X_y=True, as_frame=True)
    return rows, label


def register(
    factory: Factory, file: Path, sample: pd.DataFrame | None = None, **options: Any
) -> Version:
    """Register a file, with a sample beside it."""
    place = None
    if sample is not None:
        place = file.with_suffix(".parquet")
        sample.to_parquet(place)
    asked = Registration(name="m", filename=file.name, sample=place, **options)
    return factory.models.register(file, asked, actor="test", now=utc_now())


def answer(factory: Factory, version: Version, rows: pd.DataFrame) -> pa.Table:
    """Predict the way that a dispatch does."""
    columns = pa.Table.from_pandas(rows, preserve_index=False)
    frame = to_frame(columns, version.signature)
    return factory.models.load(version).predict(frame).table(version.signature.outputs)


def dumped(model: Any, directory: Path) -> Path:
    """Write a model as a joblib file."""
    file = directory / "model.joblib"
    joblib.dump(model, file)
    return file


ESTIMATORS = [
    make_pipeline(StandardScaler(), LogisticRegression()),
    RandomForestClassifier(n_estimators=5, random_state=1),
    CalibratedClassifierCV(make_pipeline(StandardScaler(), LogisticRegression()), cv=2),
    FixedThresholdClassifier(make_pipeline(StandardScaler(), LogisticRegression()), threshold=0.9),
]


@pytest.mark.parametrize("model", ESTIMATORS, ids=lambda model: type(model).__name__)
def test_labels_and_probabilities_are_the_estimators_own(
    factory: Factory, tmp_path: Path, model: Any
) -> None:
    """Labels equal `predict`, also where that is not the argmax; probabilities `predict_proba`.

    Those of linear models to the last digits alone: linear algebra rounds by the frame's layout.
    """
    rows, label = cancer()
    model.fit(rows, label)
    table = answer(factory, register(factory, dumped(model, tmp_path), rows), rows)
    assert table.column("label").to_pylist() == model.predict(rows).tolist()
    expected = model.predict_proba(rows)[:, 1]
    assert np.allclose(table.column("probability_1").to_numpy(), expected, rtol=1e-12, atol=0)


def test_a_skops_file_answers_as_the_estimator(factory: Factory, tmp_path: Path) -> None:
    """A skops file gives the probabilities of the estimator that it was made of."""
    rows, label = cancer()
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, label)
    skops.io.dump(model, tmp_path / "model.skops")
    table = answer(factory, register(factory, tmp_path / "model.skops", rows), rows)
    expected = model.predict_proba(rows)[:, 0]
    assert np.allclose(table.column("probability_0").to_numpy(), expected, rtol=1e-12, atol=0)


def shifted(rows: Any) -> Any:
    """Add one: a function that skops does not know."""
    return rows + 1


def test_an_unknown_type_in_a_skops_file_is_named(factory: Factory, tmp_path: Path) -> None:
    """A skops file with a type of one's own is refused, with the type named."""
    rows, label = cancer()
    model = make_pipeline(FunctionTransformer(shifted), LogisticRegression(max_iter=5000)).fit(
        rows, label
    )
    skops.io.dump(model, tmp_path / "model.skops")
    with pytest.raises(ModelError, match="shifted"):
        register(factory, tmp_path / "model.skops", rows)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_onnx_file_answers_as_the_estimator(factory: Factory, tmp_path: Path) -> None:
    """An ONNX file gives the same labels, and probabilities within 1e-6."""
    skl2onnx = pytest.importorskip("skl2onnx")
    rows, label = load_iris(return_X_y=True, as_frame=True)
    model = RandomForestClassifier(n_estimators=10, random_state=1).fit(rows.to_numpy(), label)
    graph = skl2onnx.to_onnx(model, rows.to_numpy(dtype=np.float32)[:1], options={"zipmap": False})
    (tmp_path / "model.onnx").write_bytes(graph.SerializeToString())
    version = register(factory, tmp_path / "model.onnx", rows)
    table = answer(factory, version, rows)
    assert table.column("label").to_pylist() == model.predict(rows.to_numpy()).tolist()
    expected = model.predict_proba(rows.to_numpy())[:, 2]
    assert np.allclose(table.column("probability_2").to_numpy(), expected, atol=1e-6)


class Doubler:
    """A model of one's own: twice the first column, times what the file says."""

    def load(self, path: Path) -> None:
        """Read the factor."""
        self.factor = float(path.read_text())

    def predict(self, frame: pd.DataFrame) -> Any:
        """Return shape (n,)."""
        return frame.iloc[:, 0].to_numpy(dtype=float) * 2 * self.factor


def test_a_python_class_is_a_model(factory: Factory, tmp_path: Path) -> None:
    """A class of one's own loads its file and predicts."""
    file = tmp_path / "factor.txt"
    file.write_text("1.5")
    rows = pd.DataFrame({"a": [1, 2]})
    options = {"runtime": RuntimeName.PYTHON, "entry_point": "tests.test_models:Doubler"}
    version = register(factory, file, rows, **options)
    assert version.signature.outputs.task is Task.REGRESSION
    assert answer(factory, version, rows).column("value").to_pylist() == [3.0, 6.0]


def test_a_regressor_and_several_values(factory: Factory, tmp_path: Path) -> None:
    """A regressor of two targets answers in two columns."""
    rows, target = load_diabetes(return_X_y=True, as_frame=True)
    model = LinearRegression().fit(rows, np.column_stack([target, -target]))
    version = register(factory, dumped(model, tmp_path), rows)
    assert answer(factory, version, rows).column_names == ["value_0", "value_1"]


@pytest.mark.parametrize(
    "model", [IsolationForest(random_state=1), KMeans(3, n_init=1, random_state=1)]
)
def test_labels_without_classes(factory: Factory, tmp_path: Path, model: Any) -> None:
    """Outliers and clusters are labels, not values."""
    rows, _ = cancer()
    model.fit(rows)
    version = register(factory, dumped(model, tmp_path), rows)
    assert version.signature.outputs.task is Task.LABELLING
    assert (
        answer(factory, version, rows).column("label").to_pylist() == model.predict(rows).tolist()
    )


def test_the_signature_tells_types_ranges_and_missing_values(
    factory: Factory, tmp_path: Path
) -> None:
    """Types, ranges and nullability come from the sample."""
    rows, label = load_iris(return_X_y=True, as_frame=True)
    model = LogisticRegression(max_iter=5000).fit(rows, label)
    first, *_ = register(factory, dumped(model, tmp_path), rows).signature.inputs
    assert (first.type, first.nullable, first.minimum, first.maximum) == (
        FieldType.NUMBER,
        False,
        4.3,
        7.9,
    )


def test_a_sample_that_lacks_an_input_is_refused(factory: Factory, tmp_path: Path) -> None:
    """The missing input is named, with a near match among the sample's columns."""
    rows, label = load_iris(return_X_y=True, as_frame=True)
    model = LogisticRegression(max_iter=5000).fit(rows, label)
    wrong = rows.rename(columns={"petal width (cm)": "petal width"})
    with pytest.raises(ModelError, match=r"petal width \(cm\).*did you mean"):
        register(factory, dumped(model, tmp_path), wrong)


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps({"not": "a model"})])
def test_a_file_that_is_no_model_is_refused(
    factory: Factory, tmp_path: Path, content: bytes
) -> None:
    """An empty file, noise, and an object without predict are refused at registration."""
    file = tmp_path / "model.joblib"
    file.write_bytes(content)
    with pytest.raises(ModelError):
        register(factory, file)


def test_another_release_of_scikit_learn_is_reported(
    factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model of another release is refused at registration, or kept with a warning if accepted."""
    rows, label = cancer()
    model = LogisticRegression(max_iter=5000).fit(rows, label)
    with monkeypatch.context() as patch:
        patch.setattr("sklearn.base.__version__", "1.0.2")
        file = dumped(model, tmp_path)
    with pytest.raises(ModelError, match=r"scikit-learn 1\.0\.2"):
        register(factory, file, rows)
    version = register(factory, file, rows, accept_version_difference=True)
    assert "1.0.2" in version.estimator.warnings[0]


def test_versions_are_immutable_and_one_is_live(factory: Factory, tmp_path: Path) -> None:
    """The same file is the same version; another one waits until it is promoted."""
    rows, label = cancer()
    file = dumped(LogisticRegression(max_iter=5000).fit(rows, label), tmp_path)
    first = register(factory, file, rows)
    assert register(factory, file, rows).number == first.number == 1
    second = register(
        factory, dumped(LogisticRegression(max_iter=5000, C=0.5).fit(rows, label), tmp_path), rows
    )
    assert (first.live, second.number, second.live) == (True, 2, False)
    factory.models.promote("m", 2, actor="test", now=utc_now())
    assert factory.models.version("m", None).number == 2
    with pytest.raises(ConflictError, match="is live"):
        factory.models.retire("m", 2, actor="test", now=utc_now())


def test_a_file_that_was_changed_is_not_loaded(
    factory: Factory, tmp_path: Path, state: Path
) -> None:
    """A file of the store that was tampered with is refused by its SHA-256."""
    rows, label = cancer()
    version = register(
        factory, dumped(LogisticRegression(max_iter=5000).fit(rows, label), tmp_path), rows
    )
    stored = state / "models" / version.artifact.digest
    stored.chmod(0o644)
    stored.write_bytes(stored.read_bytes() + b"!")
    with pytest.raises(ModelError, match="was changed"):
        factory.models.load(version)


def test_the_store_keeps_no_file_over_its_limit(tmp_path: Path) -> None:
    """A file over the limit is refused, and nothing of it stays."""
    (tmp_path / "big").write_bytes(b"x" * 11)
    store = ModelStore(tmp_path / "store", max_size=10)
    with (tmp_path / "big").open("rb") as content, pytest.raises(TooLargeError):
        store.add(content, "big")
    assert list((tmp_path / "store").iterdir()) == []


def test_a_pickle_is_not_taken_over_http(factory: Factory, tmp_path: Path) -> None:
    """An upload of a joblib file is refused: loading it would run its code."""
    file = dumped(LinearRegression(), tmp_path)
    asked = Registration(name="m", filename="model.joblib")
    with file.open("rb") as content, pytest.raises(ConfigurationError, match="runs code"):
        factory.models.upload(content, asked, actor="test", now=utc_now())
    with pytest.raises(AppError):
        factory.models.versions("m")
