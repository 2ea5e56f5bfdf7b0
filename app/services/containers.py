"""What a service does at its start where it is the inside of another cloud's container."""

import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from app.errors import ConfigurationError
from app.services import mlflow_models
from app.services.models import ModelService
from app.values.model import Registration, Version

NAME = "model"
"""What the model is called where the settings name none."""
_SUFFIXES = (".joblib", ".pkl", ".pickle", ".skops", ".onnx")
_SAMPLES = ("sample.parquet", "sample.csv")
_log = logging.getLogger(__name__)


def register_found(models: ModelService, directory: Path, name: str, *, now: datetime) -> Version:
    """Register the model of a directory, unless it is, and make it live.

    It is a directory that MLflow wrote, or holds one, or one file of a model; a `sample.csv` or
    `sample.parquet` beside it is its sample. Raises ConfigurationError, ModelError.
    """
    path = _model(directory)
    sample = next((one for one in (directory / found for found in _SAMPLES) if one.is_file()), None)
    asked = Registration(name=name or NAME, filename=path.name, sample=sample)
    version = models.register(path, asked, actor="container", now=now)
    if not version.live:
        version = models.promote(
            version.model, version.number, actor="container", now=now, force=True
        )
    _log.info("%s version %d answers, of %s", version.model, version.number, path)
    return version


def _model(directory: Path) -> Path:
    found = list(_models(directory))
    if len(found) != 1:
        told = ", ".join(one.name for one in found[:10]) or "nothing that is one"
        raise ConfigurationError(
            f"protocols.model_directory: {directory} must hold one model, and has {told}; a model "
            f"is a file ({', '.join(_SUFFIXES)}) or a directory that MLflow wrote"
        )
    return found[0]


def _models(directory: Path) -> Iterator[Path]:
    if mlflow_models.is_mlflow(directory):
        yield directory
    elif directory.is_dir():
        for one in sorted(directory.iterdir()):
            if one.suffix.lower() in _SUFFIXES or mlflow_models.is_mlflow(one):
                yield one
