"""The one way from columns to the DataFrame that a model sees.

Showroom, dispatch and command line all come through here, so that the same version gives the same
answer to the last bit.
"""

import numpy as np
import pandas as pd
import pyarrow as pa

from app.values.signature import FieldType, Signature

ARROW_TYPES = {
    FieldType.INTEGER: pa.int64(),
    FieldType.NUMBER: pa.float64(),
    FieldType.BOOLEAN: pa.bool_(),
    FieldType.TEXT: pa.string(),
    FieldType.TIMESTAMP: pa.timestamp("us"),
}
"""The type in which a field's column travels."""


def to_frame(columns: pa.Table, signature: Signature) -> pd.DataFrame:
    """Return the signature's inputs, in its order, typed as `pandas.read_csv` types them.

    Where a value is missing there is NaN (NaT in a time stamp), whatever the type: integers become
    float64, booleans become objects, as they do in a file that someone trained on. Text is pandas'
    own `str`. Columns are not copied where pandas can read Arrow's memory. Raises KeyError for an
    input that `columns` lacks, and pyarrow.ArrowInvalid for one that is not of its field's type.
    """
    inputs = columns.select(list(signature.input_names)).cast(_schema(signature))
    frame: pd.DataFrame = inputs.to_pandas(split_blocks=True, ignore_metadata=True)
    for field in signature.inputs:
        if field.type is FieldType.BOOLEAN and inputs.column(field.name).null_count:
            # Arrow leaves None here, which scikit-learn's encoders tell from the NaN of a file.
            frame[field.name] = frame[field.name].where(frame[field.name].notna(), np.nan)
    return frame


def _schema(signature: Signature) -> pa.Schema:
    return pa.schema([pa.field(field.name, ARROW_TYPES[field.type]) for field in signature.inputs])


def to_columns(frame: pd.DataFrame, signature: Signature) -> pa.Table:
    """Return a frame's inputs as columns of the signature's types: the way in for samples.

    Raises pyarrow.ArrowInvalid or pyarrow.ArrowTypeError for a value that its type cannot hold.
    """
    inputs = frame[list(signature.input_names)]
    return pa.Table.from_pandas(inputs, schema=_schema(signature), preserve_index=False)
