"""The one way from columns to the DataFrame that a model sees.

Showroom, dispatch and command line all come through here, so that the same version gives the same
answer to the last bit.
"""

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


def to_frame(columns: pa.Table, signature: Signature) -> pd.DataFrame:
    """Return the signature's inputs as a DataFrame with the types that `pandas.read_csv` gives.

    Integers with missing values become float64 with NaN; text is pandas' `str` with NaN.
    """
    # One block a type, as pandas itself lays a frame out: linear algebra rounds by the layout.
    frame: pd.DataFrame = columns.select(list(signature.input_names)).to_pandas(
        integer_object_nulls=False, date_as_object=False
    )
    text = [field.name for field in signature.inputs if field.type is FieldType.TEXT]
    return frame.astype(dict.fromkeys(text, "str")) if text else frame
