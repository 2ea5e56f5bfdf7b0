"""A runtime loads a file and predicts. Nothing more."""

from pathlib import Path
from typing import assert_never

from app.inference.runtimes.base import Loaded, Runtime
from app.values.model import Estimator, RuntimeName


def load(estimator: Estimator, path: Path) -> Loaded:
    """Load the file at `path` with the estimator's runtime.

    A file of the runtimes `sklearn` and `python` runs its own code when it is loaded: give only
    files that you trust. Raises ModelError if the file does not load.
    """
    return _runtime(estimator.runtime)(estimator, path)


def _runtime(name: RuntimeName) -> Runtime:
    """Import a runtime when it is needed: each one's library takes a second or more."""
    match name:
        case RuntimeName.SKLEARN:
            from app.inference.runtimes.sklearn_ import load_joblib

            return load_joblib
        case RuntimeName.SKOPS:
            from app.inference.runtimes.skops_ import load_skops

            return load_skops
        case RuntimeName.ONNX:
            from app.inference.runtimes.onnx_ import load_onnx

            return load_onnx
        case RuntimeName.PYTHON:
            from app.inference.runtimes.python_ import load_python

            return load_python
        case _:
            assert_never(name)
