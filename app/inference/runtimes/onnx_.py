"""ONNX files, through ONNX Runtime (the extra `onnx`)."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from app.errors import ModelError
from app.inference.predictions import Predictions
from app.inference.runtimes.base import model_errors

_TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(string)": np.object_,
    "tensor(bool)": np.bool_,
}


def load_onnx(path: Path) -> "OnnxModel":
    """Load an ONNX file, which runs no code of its own."""
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError(
            "the runtime onnx needs ONNX Runtime; run `pip install 'disparo[onnx]'`"
        ) from error
    with model_errors(f"{path.name} does not load"):
        return OnnxModel(
            onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        )


class OnnxModel:
    """An ONNX graph with one 2-D tensor of inputs, or one input a column."""

    def __init__(self, session: Any) -> None:
        self.estimator = session
        self.trained_with: dict[str, str] = {}
        self._inputs = session.get_inputs()

    def predict(self, frame: pd.DataFrame) -> Predictions:
        """Answer each row. A classifier's graph has two outputs, a regressor's one."""
        with model_errors("the model failed to predict"):
            answers = self.estimator.run(None, self._feed(frame))
            if len(answers) == 1:
                return Predictions(
                    values=np.squeeze(np.asarray(answers[0]), axis=1)
                    if answers[0].shape[1:] == (1,)
                    else answers[0]
                )
            return Predictions(labels=answers[0], probabilities=_dense(answers[1]))

    def _feed(self, frame: pd.DataFrame) -> dict[str, Any]:
        if len(self._inputs) == 1:
            only = self._inputs[0]
            return {only.name: frame.to_numpy(dtype=_TYPES[only.type])}
        return {
            one.name: frame[one.name].to_numpy(dtype=_TYPES[one.type]).reshape(-1, 1)
            for one in self._inputs
        }


def _dense(probabilities: Any) -> np.ndarray[Any, Any]:
    if isinstance(probabilities, np.ndarray):
        return probabilities
    return np.array([list(row.values()) for row in probabilities])
