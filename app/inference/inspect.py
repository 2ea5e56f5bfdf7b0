"""What registration looks at, so that nothing is left to fail at the first real prediction."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import sklearn

from app.errors import ModelError
from app.inference import runtimes
from app.inference.frame import ARROW_TYPES, to_frame
from app.inference.runtimes.base import Loaded
from app.inference.signature import derive_inputs, make_signature, synthetic_row
from app.values.model import Estimator, RuntimeName
from app.values.signature import InputField, Outputs, Signature, Task

_RUNTIME_OF_SUFFIX = {
    ".joblib": RuntimeName.SKLEARN,
    ".pkl": RuntimeName.SKLEARN,
    ".pickle": RuntimeName.SKLEARN,
    ".skops": RuntimeName.SKOPS,
    ".onnx": RuntimeName.ONNX,
}
TRIED_ROWS = 1000


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
    runtime: RuntimeName,
    *,
    sample: pd.DataFrame | None = None,
    entry_point: str | None = None,
    accept_version_difference: bool = False,
) -> tuple[Estimator, Signature]:
    """Load the file, derive its signature, and try it on the sample or on one made-up row.

    Raises ModelError if the file does not load, was trained with another release of scikit-learn
    (unless that is accepted), or does not predict.
    """
    loaded = runtimes.load(_bare(runtime, entry_point), path)
    warnings = _version_warnings(loaded, accept=accept_version_difference)
    inputs = derive_inputs(loaded.estimator, sample)
    signature = _try(loaded, inputs, sample)
    estimator = Estimator(
        runtime=runtime,
        class_name=_class_name(loaded),
        entry_point=entry_point,
        trained_with=loaded.trained_with,
        warnings=warnings,
    )
    return estimator, signature


def _bare(runtime: RuntimeName, entry_point: str | None) -> Estimator:
    return Estimator(runtime=runtime, class_name="", entry_point=entry_point)


def _class_name(loaded: Loaded) -> str:
    steps = getattr(loaded.estimator, "steps", None)
    last = steps[-1][1] if steps else loaded.estimator
    return type(last).__name__


def _version_warnings(loaded: Loaded, *, accept: bool) -> tuple[str, ...]:
    trained = loaded.trained_with.get("scikit-learn")
    if trained is None or trained == sklearn.__version__:
        return ()
    words = f"trained with scikit-learn {trained}, this is {sklearn.__version__}"
    if not accept:
        raise ModelError(
            f"the model was {words}, and may answer differently here; train it again, install that "
            "release, or accept the difference with --accept-version-difference",
            trained_with=trained,
            installed=sklearn.__version__,
        )
    return (words,)


def _try(loaded: Loaded, inputs: tuple[InputField, ...], sample: pd.DataFrame | None) -> Signature:
    """Predict the way that a dispatch will, from typed columns, and check every answer."""
    rows = synthetic_row(inputs) if sample is None else sample.head(TRIED_ROWS)
    if rows.empty:
        raise ModelError("the sample holds no rows; give one with some typical inputs")
    schema = pa.schema([pa.field(field.name, ARROW_TYPES[field.type]) for field in inputs])
    names = [field.name for field in inputs]
    columns = pa.Table.from_pandas(rows[names], schema=schema, preserve_index=False)
    asked = Signature(inputs=inputs, outputs=Outputs(task=Task.LABELLING))
    answer = loaded.predict(to_frame(columns, asked))
    answer.check(pa.array(range(len(rows))))
    signature = make_signature(loaded.estimator, inputs, answer)
    answer.table(signature.outputs)
    return signature
