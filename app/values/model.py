"""A model and its versions."""

from enum import StrEnum
from pathlib import Path

from app.values.base import Instant, Name, Value
from app.values.serving import Serving
from app.values.signature import FieldType, Signature


class RuntimeName(StrEnum):
    """What loads and runs a version."""

    SKLEARN = "sklearn"
    SKOPS = "skops"
    ONNX = "onnx"
    PYTHON = "python"


SAFE_OVER_HTTP = frozenset({RuntimeName.SKOPS, RuntimeName.ONNX})
"""Runtimes whose files run no code when loaded, and so may be uploaded."""


class Artifact(Value):
    """A file in the model store, addressed by the SHA-256 of its content (64 hex digits)."""

    digest: str
    filename: str
    size: int


class Estimator(Value):
    """What a file holds, read from the file itself at registration."""

    runtime: RuntimeName
    class_name: str
    entry_point: str | None = None
    """`module:Class`, for the runtime `python` alone."""
    trusted: tuple[str, ...] = ()
    """Types that a skops file may hold beside those that skops trusts itself."""
    trained_with: dict[str, str] = {}
    """Library and release with which the estimator was trained, where the file tells."""
    warnings: tuple[str, ...] = ()


class VersionState(StrEnum):
    """Whether a version may be used."""

    REGISTERED = "registered"
    RETIRED = "retired"


class Version(Value):
    """An immutable registration of an estimator under a model's name."""

    model: Name
    number: int
    state: VersionState
    live: bool
    artifact: Artifact
    estimator: Estimator
    signature: Signature
    registered_at: Instant


class Model(Value):
    """A name with its versions; `live` is the number of the one that is used by default."""

    name: Name
    live: int | None
    versions: int
    created_at: Instant
    serving: Serving = Serving()


class Registration(Value):
    """What registering takes besides the file."""

    name: Name
    filename: str
    runtime: RuntimeName | None = None
    sample: Path | None = None
    entry_point: str | None = None
    trusted: tuple[str, ...] = ()
    """Types that a skops file may hold beside those that skops trusts itself."""
    accept_version_difference: bool = False
    types: dict[str, FieldType] = {}
    """Types of inputs, where something beside the file tells them."""
    required: frozenset[str] = frozenset()
    """Inputs that may not be missing, by the same."""
