"""ONNX files, through ONNX Runtime (the extra `onnx`)."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from app.errors import ModelError
from app.inference.predictions import Predictions
from app.inference.runtimes.base import PREDICTING, KnownInputs, default_names, model_errors
from app.inference.runtimes.onnx_graph import class_labels
from app.values.model import Estimator
from app.values.signature import FieldType

_TYPES: Mapping[str, tuple[type, FieldType]] = {
    "tensor(float16)": (np.float16, FieldType.NUMBER),
    "tensor(float)": (np.float32, FieldType.NUMBER),
    "tensor(double)": (np.float64, FieldType.NUMBER),
    "tensor(int32)": (np.int32, FieldType.INTEGER),
    "tensor(int64)": (np.int64, FieldType.INTEGER),
    "tensor(string)": (np.object_, FieldType.TEXT),
    "tensor(bool)": (np.bool_, FieldType.BOOLEAN),
}
_LABELS = frozenset({"tensor(int32)", "tensor(int64)", "tensor(string)", "tensor(bool)"})
_VALUES = frozenset({"tensor(float16)", "tensor(float)", "tensor(double)"})
_HOLD_NO_MISSING = frozenset({FieldType.INTEGER, FieldType.BOOLEAN})
_ONE_COLUMN = 2
"""The rank of a tensor of rows."""


def load_onnx(_estimator: Estimator, path: Path, *, threads: int = 1) -> "OnnxModel":
    """Load an ONNX file, which runs no code of its own.

    `threads` work on one call. Raises ModelError for a file that is no graph, or one whose inputs
    are neither one tensor (n, columns) nor a tensor (n, 1) for each column.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError(
            "the runtime onnx needs ONNX Runtime; run `pip install disparo[onnx]`"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors: they are raised too
    with model_errors("the file does not load with ONNX Runtime"):
        content = path.read_bytes()  # so that a graph cannot name other files for its weights
        session = onnxruntime.InferenceSession(
            content, sess_options=options, providers=["CPUExecutionProvider"]
        )
        return OnnxModel(session, class_labels(content))


class OnnxModel:
    """An ONNX graph. A classifier's gives labels and probabilities, a regressor's one tensor."""

    trained_with: dict[str, str] = {}

    def __init__(self, session: Any, classes: list[tuple[int, ...] | tuple[str, ...]]) -> None:
        self.estimator = session
        self._fed = session.get_inputs()
        self._named_classes = classes
        self._is_matrix = len(self._fed) == 1
        for one in self._fed:
            _refuse_strange(one, is_only=self._is_matrix)
        outputs = session.get_outputs()
        self._label = _first(outputs, lambda one: one.type in _LABELS)
        if self._label:
            asked = [self._label, _first(outputs, _is_probability)]
        else:
            asked = [_first(outputs, lambda one: one.type in _VALUES)]
        self._asked = [name for name in asked if name]
        if not self._asked:
            raise ModelError("the graph has no output that is a tensor of labels or of values")

    @cached_property
    def inputs(self) -> KnownInputs:
        """What the graph tells of its inputs."""
        names = tuple(one.name for one in self._fed)
        kinds = [_TYPES[one.type][1] for one in self._fed]
        width = _width(self._fed[0]) if self._is_matrix else len(names)
        if self._is_matrix:
            names, kinds = default_names(width or 0), kinds * (width or 0)
        types = dict(zip(names, kinds, strict=True))
        return KnownInputs(
            names=None if self._is_matrix else names,
            width=width,
            types=types,
            never_missing=frozenset(one for one in names if types[one] in _HOLD_NO_MISSING),
        )

    def predict(self, frame: pd.DataFrame) -> Predictions:
        """Answer each row, in the graph's own precision."""
        with model_errors(PREDICTING):
            first, *rest = self.estimator.run(self._asked, self._feed(frame))
            if not self._label:
                return Predictions(values=_narrow(first))
            labels = np.asarray(first).reshape(len(frame))
            return self._classified(labels, rest[0]) if rest else Predictions(labels=labels)

    def _feed(self, frame: pd.DataFrame) -> dict[str, npt.NDArray[Any]]:
        if self._is_matrix:
            kind = self._fed[0].type
            columns = [_column(frame.iloc[:, n], kind) for n in range(frame.shape[1])]
            return {self._fed[0].name: np.stack(columns, axis=1)}
        return {one.name: _column(frame[one.name], one.type).reshape(-1, 1) for one in self._fed}

    def _classified(self, labels: npt.NDArray[Any], chances: Any) -> Predictions:
        if isinstance(chances, list):  # of a ZipMap: one dict a row
            classes = list(chances[0])
            block = np.array([[row[one] for one in classes] for row in chances])
            return Predictions(labels=labels, probabilities=block, classes=np.array(classes))
        classes = self._classes_of(labels, chances.shape[1])
        return Predictions(labels=labels, probabilities=chances, classes=np.array(classes))

    def _classes_of(self, labels: npt.NDArray[Any], width: int) -> list[Any]:
        kind = str if labels.dtype.kind in "OU" else int
        found = {
            one for one in self._named_classes if len(one) == width and isinstance(one[0], kind)
        }
        if len(found) == 1:
            return list(found.pop())
        if not found and kind is int and set(labels.tolist()) <= set(range(width)):
            return list(range(width))  # as most frameworks number their classes
        raise ModelError(
            "the ONNX file does not tell which class each probability belongs to; convert it with "
            "a ZipMap (skl2onnx does so unless told otherwise)"
        )


def _width(one: Any) -> int | None:
    return one.shape[1] if len(one.shape) > 1 and isinstance(one.shape[1], int) else None


def _refuse_strange(one: Any, *, is_only: bool) -> None:
    if one.type not in _TYPES:
        raise ModelError(
            f"the graph's input {one.name!r} is a {one.type}; it can be one of {', '.join(_TYPES)}"
        )
    if len(one.shape) != _ONE_COLUMN or not (is_only or _width(one) == 1):
        raise ModelError(
            f"the graph's input {one.name!r} has shape {one.shape}; give the graph one input of "
            "shape (n, columns), or one of shape (n, 1) for each column"
        )


def _first(outputs: list[Any], accepts: Any) -> str | None:
    return next((str(one.name) for one in outputs if accepts(one)), None)


def _is_probability(output: Any) -> bool:
    # A clusterer's second output has the same shape and holds distances: only the name tells.
    return output.type.startswith("seq(map(") or (
        output.type not in _LABELS and "prob" in output.name.lower()
    )


def _column(values: "pd.Series[Any]", kind: str) -> npt.NDArray[Any]:
    target, field = _TYPES[kind]
    if field in _HOLD_NO_MISSING and values.isna().any():
        raise ModelError(f"input {values.name!r} is missing in a row, but the graph takes a {kind}")
    if field is FieldType.TEXT:
        values = values.fillna("")  # ONNX has no missing text; skl2onnx writes it so
    converted = values.to_numpy(dtype=target)
    if field in _HOLD_NO_MISSING and not (converted == values.to_numpy()).all():
        raise ModelError(f"input {values.name!r} holds numbers that a {kind} cannot hold")
    return converted


def _narrow(values: Any) -> npt.NDArray[Any]:
    block = np.asarray(values)
    return block[:, 0] if block.ndim > 1 and block.shape[1] == 1 else block
