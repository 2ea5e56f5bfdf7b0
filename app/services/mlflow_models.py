"""Directories that MLflow wrote: which file is the model, and what they tell of its inputs.

https://mlflow.org/docs/latest/ml/model/#storage-format
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from app.errors import ConfigurationError, ModelError
from app.services.bounded_yaml import bounded_yaml
from app.values.model import Registration, RuntimeName
from app.values.signature import FieldType

MANIFEST = "MLmodel"
_MOST_BYTES = 2**20
_RUNTIMES = {
    "pickle": RuntimeName.SKLEARN,
    "cloudpickle": RuntimeName.SKLEARN,
    "skops": RuntimeName.SKOPS,
}
_TYPES = {
    "boolean": FieldType.BOOLEAN,
    "integer": FieldType.INTEGER,
    "long": FieldType.INTEGER,
    "float": FieldType.NUMBER,
    "double": FieldType.NUMBER,
    "string": FieldType.TEXT,
    "datetime": FieldType.TIMESTAMP,
}


@dataclass(frozen=True, kw_only=True)
class MlflowModel:
    """What a directory holds."""

    file: Path
    runtime: RuntimeName
    types: dict[str, FieldType]
    """Of the inputs that its signature names, in their order."""
    required: frozenset[str]
    """Inputs that the signature says may not be missing."""


def is_mlflow(path: Path) -> bool:
    """Tell whether a path is a directory that MLflow wrote."""
    return (path / MANIFEST).is_file()


def chosen(directory: Path, asked: Registration) -> tuple[Path, Registration]:
    """Return the file of a directory, and how it is registered. Raises ModelError.

    What a skops file may hold beside what skops trusts is for who registers it to say, whatever
    whoever saved it trusted.
    """
    if asked.runtime is not None or asked.entry_point is not None:
        raise ConfigurationError(f"{directory} tells its runtime itself; leave it out")
    found = read(directory)
    update = {
        "filename": found.file.name,
        "runtime": found.runtime,
        "types": found.types,
        "required": found.required,
    }
    return found.file, asked.model_copy(update=update)


def read(directory: Path) -> MlflowModel:
    """Return what a directory holds. Raises ModelError, ConfigurationError."""
    manifest = _manifest(directory / MANIFEST)
    flavors = manifest.get("flavors")
    flavor = flavors.get("sklearn") if isinstance(flavors, dict) else None
    if not isinstance(flavor, dict):
        found = ", ".join(map(str, flavors)) if isinstance(flavors, dict) else "none"
        raise ModelError(
            f"{directory / MANIFEST} has no flavour sklearn (it has {found}); save the model with "
            "mlflow.sklearn, or as ONNX and register that file"
        )
    serialization = flavor.get("serialization_format", "cloudpickle")
    if serialization not in _RUNTIMES:
        raise ModelError(
            f"{directory / MANIFEST}: the serialization format {str(serialization)[:50]!r} is not "
            f"known; there are {', '.join(_RUNTIMES)}"
        )
    if flavor.get("code"):
        raise ModelError(
            f"{directory / MANIFEST}: the model comes with code of its own; install that as a "
            "package, and save the model without code_paths"
        )
    types, required = _inputs(manifest)
    return MlflowModel(
        file=_inside(directory, flavor.get("pickled_model")),
        runtime=_RUNTIMES[serialization],
        types=types,
        required=required,
    )


def _manifest(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        text = file.read(_MOST_BYTES + 1)
    if len(text) > _MOST_BYTES:
        raise ModelError(f"{path} has more than {_MOST_BYTES} bytes, which no MLmodel has")
    try:
        found = bounded_yaml(text.decode())
    except (yaml.YAMLError, ValueError, RecursionError):
        raise ModelError(f"{path} is no YAML; it is written by mlflow.sklearn.save_model") from None
    if not isinstance(found, dict):
        raise ModelError(f"{path} is no MLmodel: it must be a mapping")
    return found


def _inside(directory: Path, name: object) -> Path:
    """Return a file of the directory; its name may lead nowhere else."""
    if not isinstance(name, str) or not name:
        raise ModelError(f"{directory / MANIFEST}: it names no pickled_model")
    path = (directory / name).resolve()
    if not path.is_relative_to(directory.resolve()):
        raise ConfigurationError(f"{directory / MANIFEST}: {name[:100]!r} is not in the directory")
    return path


def _inputs(manifest: dict[str, Any]) -> tuple[dict[str, FieldType], frozenset[str]]:
    """Return the types of named inputs, and which of them are required; without a signature none.

    A tensor names no inputs: these are those of the model itself.
    """
    signature = manifest.get("signature")
    text = signature.get("inputs") if isinstance(signature, dict) else None
    try:
        columns = json.loads(text) if isinstance(text, str) else []
        named = [one for one in columns if "name" in one and one.get("type") != "tensor"]
        unknown = sorted({str(one["type"]) for one in named} - set(_TYPES))
        if unknown:
            raise ModelError(
                f"the signature has inputs of type {', '.join(unknown)[:200]}; there are "
                f"{', '.join(_TYPES)}"
            )
        types = {str(one["name"]): _TYPES[one["type"]] for one in named}
        required = (str(one["name"]) for one in named if one.get("required", True))
        return types, frozenset(required)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ModelError("the signature of the MLmodel cannot be read") from None
