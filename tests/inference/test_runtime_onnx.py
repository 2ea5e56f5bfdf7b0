"""The runtime onnx: graphs that skl2onnx makes of real estimators, against those estimators."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from app.errors import ModelError
from app.inference.runtimes.onnx_ import load_onnx
from app.inference.runtimes.onnx_graph import class_labels
from app.values.model import Estimator, RuntimeName
from app.values.signature import FieldType, Task
from tests.inference.conftest import Register

skl2onnx = pytest.importorskip("skl2onnx")
pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of skl2onnx itself

Data = tuple[pd.DataFrame, "pd.Series[Any]"]
Convert = Callable[..., Path]


@pytest.fixture
def convert(tmp_path: Path) -> Convert:
    """Return a function that writes an estimator of float32 arrays as an ONNX file."""

    def written(model: Any, rows: pd.DataFrame, **options: Any) -> Path:
        example = rows.to_numpy(dtype=np.float32)[:1]
        graph = skl2onnx.to_onnx(model, example, options={id(model): options} if options else None)
        path = tmp_path / "model.onnx"
        path.write_bytes(graph.SerializeToString())
        return path

    return written


@pytest.mark.parametrize("zipmap", [True, False])
@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(StandardScaler(), LogisticRegression()),
        RandomForestClassifier(21, random_state=1),
    ],
    ids=lambda model: type(model).__name__,
)
def test_a_classifier_answers_as_the_estimator(
    register: Register, convert: Convert, cancer: Data, model: Any, *, zipmap: bool
) -> None:
    """Labels are equal and probabilities within 1e-6, as a tensor and as dictionaries alike."""
    rows, label = cancer
    array = rows.to_numpy(dtype=np.float32)
    model.fit(array, label)
    found = register(convert(model, rows, zipmap=zipmap), rows)
    answer = found.predict(rows)
    assert found.estimator.runtime is RuntimeName.ONNX
    assert found.signature.outputs.classes == (0, 1)
    assert found.signature.input_names == tuple(rows.columns)
    assert answer.labels is not None
    assert answer.labels.tolist() == model.predict(array).tolist()
    assert np.abs(answer.probabilities - model.predict_proba(array)).max() < 1e-6


@pytest.mark.parametrize("zipmap", [True, False])
@pytest.mark.parametrize("model", [LogisticRegression(max_iter=999), RandomForestClassifier(3)])
@pytest.mark.parametrize("names", [("a", "b", "c"), (7, 3, 5), (-1, 0, 2**40)])
def test_the_file_names_the_classes(
    register: Register, convert: Convert, iris: Data, names: Any, model: Any, *, zipmap: bool
) -> None:
    """Texts, and integers that are not 0, 1, 2, are read from the graph's own nodes."""
    rows, species = iris
    label = np.array(names)[pd.factorize(species)[0]]
    model.fit(rows.to_numpy(dtype=np.float32), label)
    found = register(convert(model, rows, zipmap=zipmap), rows)
    assert found.signature.outputs.classes == tuple(sorted(names))


def test_classes_that_the_file_does_not_name_are_refused(
    register: Register, convert: Convert, iris: Data
) -> None:
    """Where no node lists the texts, the error tells to convert with a ZipMap; with one it works."""
    rows, species = iris
    model = GaussianNB().fit(rows.to_numpy(dtype=np.float32), species)
    with pytest.raises(ModelError, match="ZipMap"):
        register(convert(model, rows, zipmap=False), rows)
    numbered = GaussianNB().fit(rows.to_numpy(dtype=np.float32), pd.factorize(species)[0] + 1)
    with pytest.raises(ModelError, match="ZipMap"):
        register(convert(numbered, rows, zipmap=False), rows)
    outputs = register(convert(model, rows, zipmap=True), rows).signature.outputs
    assert outputs.classes == ("setosa", "versicolor", "virginica")


@pytest.mark.parametrize("model", [LinearRegression(), RandomForestRegressor(5)])
@pytest.mark.parametrize("targets", [1, 2])
def test_a_regressor_gives_values(
    register: Register, convert: Convert, diabetes: Data, model: Any, targets: int
) -> None:
    """One target is one value, two are two, within float32."""
    rows, target = diabetes
    array = rows.to_numpy(dtype=np.float32)
    model.fit(array, target if targets == 1 else np.column_stack([target, -target]))
    found = register(convert(model, rows), rows)
    assert found.signature.outputs.values == targets
    assert np.allclose(found.predict(rows).values, model.predict(array), rtol=1e-4)  # type: ignore[arg-type]


def test_distances_to_clusters_are_no_probabilities(
    register: Register, convert: Convert, iris: Data
) -> None:
    """A clusterer's second output is left out; what is left are labels."""
    rows, _ = iris
    array = rows.to_numpy(dtype=np.float32)
    model = KMeans(3, n_init=1, random_state=1).fit(array)
    found = register(convert(model, rows), rows)
    assert found.signature.outputs.task is Task.LABELLING
    labels = found.predict(rows).labels
    assert labels is not None
    assert labels.tolist() == model.predict(array).tolist()


@pytest.fixture
def by_column(flights: pd.DataFrame, tmp_path: Path) -> Path:
    """Write a graph with one input for each column, of three types."""
    from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType

    encoded = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = ColumnTransformer([("c", encoded, ["origin"])], remainder="passthrough")
    rows = flights[["origin", "hour", "wind"]].fillna({"wind": 0})
    model = make_pipeline(columns, LogisticRegression(max_iter=999)).fit(rows, flights["outcome"])
    types = [StringTensorType([None, 1]), Int64TensorType([None, 1]), FloatTensorType([None, 1])]
    graph = skl2onnx.to_onnx(model, initial_types=list(zip(rows.columns, types, strict=True)))
    path = tmp_path / "model.onnx"
    path.write_bytes(graph.SerializeToString())
    return path


def test_one_input_for_each_column(
    register: Register, by_column: Path, flights: pd.DataFrame
) -> None:
    """Names and types come from the graph, which needs no sample then."""
    found = register(by_column)
    assert [(field.name, field.type) for field in found.signature.inputs] == [
        ("origin", FieldType.TEXT),
        ("hour", FieldType.INTEGER),
        ("wind", FieldType.NUMBER),
    ]
    assert not {f.name: f.nullable for f in found.signature.inputs}["hour"]
    rows = flights.fillna({"wind": 0})
    assert len(found.predict(rows).probabilities) == len(rows)  # type: ignore[arg-type]


def test_what_an_integer_tensor_cannot_hold_is_refused(
    register: Register, by_column: Path, flights: pd.DataFrame
) -> None:
    """A missing hour, or half an hour, is not silently cut to an integer."""
    loaded = register(by_column).loaded
    rows = flights[["origin", "hour", "wind"]].head(3).fillna({"wind": 0})
    for hour, said in ((np.nan, "'hour' is missing"), (5.5, "'hour' holds numbers")):
        with pytest.raises(ModelError, match=said):
            loaded.predict(rows.assign(hour=[1.0, hour, 2.0]))


def test_without_a_sample_inputs_are_numbered(
    register: Register, convert: Convert, iris: Data
) -> None:
    """A tensor of four columns has the inputs x0 to x3."""
    rows, _ = iris
    model = LogisticRegression(max_iter=999).fit(rows.to_numpy(dtype=np.float32), iris[1])
    assert register(convert(model, rows)).signature.input_names == ("x0", "x1", "x2", "x3")


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path, register: Register) -> None:
    """Noise is a ModelError with ONNX Runtime's own words."""
    path = tmp_path / "model.onnx"
    path.write_bytes(b"noise")
    with pytest.raises(ModelError, match="does not load with ONNX Runtime"):
        register(path)


def test_a_truncated_graph_is_refused(register: Register, convert: Convert, iris: Data) -> None:
    """Half a file does not load."""
    rows, species = iris
    model = RandomForestClassifier(3).fit(rows.to_numpy(dtype=np.float32), species)
    path = convert(model, rows)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ModelError, match="does not load with ONNX Runtime"):
        register(path)


def test_without_onnx_runtime_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is the command that installs it."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match=r"pip install disparo\[onnx\]"):
        load_onnx(Estimator(runtime=RuntimeName.ONNX, class_name=""), tmp_path / "model.onnx")


def test_threads_are_an_option(convert: Convert, iris: Data) -> None:
    """One thread by default; more are asked for."""
    rows, species = iris
    path = convert(LogisticRegression(max_iter=999).fit(rows.to_numpy(), species), rows)
    estimator = Estimator(runtime=RuntimeName.ONNX, class_name="")
    for threads in (1, 2):
        session = load_onnx(estimator, path, threads=threads).estimator
        assert session.get_session_options().intra_op_num_threads == threads


def test_bytes_that_are_no_graph_hold_no_classes() -> None:
    """Reading a graph's bytes ends, whatever they are."""
    assert class_labels(b"") == []
    with pytest.raises((ValueError, IndexError)):
        class_labels(b"\x3f\xff\xff")
