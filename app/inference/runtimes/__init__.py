"""A runtime loads a file and predicts. Nothing more."""

from pathlib import Path

from app.inference.runtimes.base import Loaded
from app.values.model import Estimator, RuntimeName


def load(estimator: Estimator, path: Path) -> Loaded:
    """Load the file at `path` with the estimator's runtime.

    A file of the runtimes `sklearn` and `python` runs its own code when it is loaded. Raises
    ModelError if the file does not load.
    """
    match estimator.runtime:
        case RuntimeName.SKLEARN:
            from app.inference.runtimes.sklearn_ import load_joblib

            return load_joblib(path)
        case RuntimeName.SKOPS:
            from app.inference.runtimes.sklearn_ import load_skops

            return load_skops(path)
        case RuntimeName.ONNX:
            from app.inference.runtimes.onnx_ import load_onnx

            return load_onnx(path)
        case RuntimeName.PYTHON:
            from app.inference.runtimes.python_ import load_python

            return load_python(path, estimator.entry_point)
