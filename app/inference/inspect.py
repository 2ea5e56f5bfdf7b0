"""What registration looks at, so that nothing is left to fail at the first real prediction."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import sklearn

from app.errors import ConfigurationError, ModelError
from app.inference import runtimes
from app.inference.runtimes.base import KnownInputs, Loaded, default_names
from app.inference.signature import derive_signature
from app.values.model import Estimator, RuntimeName
from app.values.signature import FieldType, Signature

_RUNTIME_OF_SUFFIX = {
    ".joblib": RuntimeName.SKLEARN,
    ".pkl": RuntimeName.SKLEARN,
    ".pickle": RuntimeName.SKLEARN,
    ".skops": RuntimeName.SKOPS,
    ".onnx": RuntimeName.ONNX,
}
_SKLEARN = "scikit-learn"


class Told(NamedTuple):
    """What is told of inputs beside the file."""

    types: Mapping[str, FieldType] = {}
    required: frozenset[str] = frozenset()

    def added(self, known: KnownInputs) -> KnownInputs:
        """Return what is known of inputs, with this; what the file itself tells goes before it."""
        names = known.names
        if names is None and known.width == len(self.types) > 0:
            names = tuple(self.types)
        if names is None:
            return known
        keys = dict(zip(known.names or default_names(len(names)), names, strict=True))
        own = {keys[key]: kind for key, kind in known.types.items() if key in keys}
        types = {name: kind for name, kind in self.types.items() if name in names} | own
        optional = set(self.types) - self.required
        return replace(
            known,
            names=names,
            types=types,
            categories={keys.get(key, key): found for key, found in known.categories.items()},
            missing=_renamed(known.missing, keys) | optional.intersection(names),
            never_missing=_renamed(known.never_missing, keys) | self.required.intersection(names),
        )


def _renamed(found: frozenset[str], keys: Mapping[str, str]) -> frozenset[str]:
    return frozenset(keys.get(key, key) for key in found)


class Inspected(NamedTuple):
    """What registration found in a file."""

    estimator: Estimator
    signature: Signature
    loaded: Loaded


def guess_runtime(filename: str) -> RuntimeName:
    """Return the runtime of a file by its suffix. Raises ModelError for one that tells nothing."""
    try:
        return _RUNTIME_OF_SUFFIX[Path(filename).suffix.lower()]
    except KeyError:
        raise ModelError(
            f"{filename}: the suffix tells no runtime; use one of {', '.join(_RUNTIME_OF_SUFFIX)}, "
            "or name the runtime"
        ) from None


def inspect(
    path: Path,
    runtime: RuntimeName | None = None,
    *,
    sample: pd.DataFrame | None = None,
    entry_point: str | None = None,
    trusted: tuple[str, ...] = (),
    accept_version_difference: bool = False,
    told: Told = Told(),  # noqa: B008 - it is a tuple
) -> Inspected:
    """Load the file, derive its signature, and try it on the sample or on one made-up row.

    LOADING A FILE OF THE RUNTIMES `sklearn` AND `python` RUNS ITS CODE. Without a runtime the
    suffix tells it, or `entry_point`, which only `python` has. `trusted` are types that a skops
    file may hold beside those that skops trusts. Raises ModelError if the file does not load, was
    trained with another release of scikit-learn (unless that is accepted: then it is a warning), or
    does not give usable predictions.
    """
    runtime = runtime or (RuntimeName.PYTHON if entry_point else guess_runtime(path.name))
    if trusted and runtime is not RuntimeName.SKOPS:
        raise ConfigurationError(f"only skops files take --trust; this one is of runtime {runtime}")
    estimator = Estimator(
        runtime=runtime,
        class_name="",
        entry_point=entry_point,
        trusted=trusted,
    )
    loaded = _loaded(estimator, path)
    warnings = _version_warnings(loaded, accept=accept_version_difference)
    signature = derive_signature(loaded, sample, told.added(loaded.inputs))
    found = {
        "class_name": _class_name(loaded),
        "trained_with": loaded.trained_with,
        "warnings": (*warnings, *_ignored(sample, signature)),
    }
    return Inspected(estimator.model_copy(update=found), signature, loaded)


def _loaded(estimator: Estimator, path: Path) -> Loaded:
    try:
        return runtimes.load(estimator, path)
    except MemoryError:
        raise ModelError(
            "the file needs more memory than there is to be loaded; see what it says of the sizes "
            "of its arrays"
        ) from None


def _class_name(loaded: Loaded) -> str:
    steps = getattr(loaded.estimator, "steps", None)
    last = steps[-1][1] if steps else loaded.estimator
    return type(last).__name__


def _version_warnings(loaded: Loaded, *, accept: bool) -> tuple[str, ...]:
    trained = loaded.trained_with.get(_SKLEARN)
    if trained is None or trained == sklearn.__version__:
        return ()
    words = f"trained with {_SKLEARN} {trained}, this is {sklearn.__version__}"
    if not accept:
        raise ModelError(
            f"the model was {words}, and may answer differently here; train it again, install that "
            "release, or accept the difference with --accept-version-difference",
            trained_with=trained,
            installed=sklearn.__version__,
        )
    return (words,)


def _ignored(sample: pd.DataFrame | None, signature: Signature) -> tuple[str, ...]:
    columns = () if sample is None else map(str, sample.columns)
    if ignored := [name for name in columns if name not in signature.input_names]:
        return (f"columns of the sample that are no inputs were ignored: {', '.join(ignored)}",)
    return ()
