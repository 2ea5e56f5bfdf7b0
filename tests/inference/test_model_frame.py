"""The one way from columns to the frame that a model sees."""

from pathlib import Path

import numpy as np
import pandas as pd
import pandas.testing
import pyarrow as pa
import pytest
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from app.inference.frame import to_columns, to_frame
from app.values.signature import FieldType, InputField, Outputs, Signature, Task

FILE = """i,n,b,t,when,i_gap,n_gap,b_gap,t_gap,when_gap
1,0.1,True,x,2013-01-01 05:15:00,1,0.5,True,x,2013-01-01
2,0.2,False,"a ""b"", é",2013-01-02 05:15:00,,,,,
9007199254740993,-1e300,True,,2013-01-03 05:15:00,3,1.5,False,z,2013-01-03
"""
TYPES = {
    "i": FieldType.INTEGER,
    "n": FieldType.NUMBER,
    "b": FieldType.BOOLEAN,
    "t": FieldType.TEXT,
    "when": FieldType.TIMESTAMP,
}


def signature_of(names: list[str]) -> Signature:
    """Return a signature whose types are told by the names."""
    inputs = tuple(InputField(name=name, type=TYPES[name.partition("_")[0]]) for name in names)
    return Signature(inputs=inputs, outputs=Outputs(task=Task.REGRESSION))


@pytest.fixture
def read(tmp_path: Path) -> pd.DataFrame:
    """Return the file as a data scientist reads it."""
    path = tmp_path / "rows.csv"
    path.write_text(FILE)
    return pd.read_csv(path, parse_dates=["when", "when_gap"])


def columns_of(frame: pd.DataFrame, signature: Signature) -> pa.Table:
    """Return columns of the signature's types, values for a database's NULLs left out."""
    return to_columns(frame, signature)


def test_a_frame_is_what_read_csv_gives(read: pd.DataFrame) -> None:
    """Types, values, NaNs, names and index are equal, for all types, with gaps and without."""
    signature = signature_of(list(read.columns))
    found = to_frame(columns_of(read, signature), signature)
    pandas.testing.assert_frame_equal(found, read, check_exact=True)
    assert found["b_gap"].isna().tolist() == [False, True, False]
    assert found["b_gap"][1] is not None
    assert str(found["i"].dtype) == "int64"
    assert str(found["i_gap"].dtype) == "float64"
    assert str(found["t"].dtype) == "str"


def test_columns_come_in_the_order_of_the_signature(read: pd.DataFrame) -> None:
    """Whatever the query's order, the model sees its own, and nothing besides."""
    columns = columns_of(read, signature_of(["t", "i", "n"]))
    assert list(to_frame(columns, signature_of(["n", "t"])).columns) == ["n", "t"]


def test_a_column_of_a_near_type_becomes_the_field_s(read: pd.DataFrame) -> None:
    """Narrow integers, large text and milliseconds make the frame that the exact types make."""
    signature = signature_of(["i_gap", "n", "t_gap", "when"])
    exact = columns_of(read, signature)
    near = exact.cast(
        pa.schema(
            [
                ("i_gap", pa.int8()),
                ("n", pa.float64()),
                ("t_gap", pa.large_string()),
                ("when", pa.timestamp("ms")),
            ]
        )
    )
    pandas.testing.assert_frame_equal(to_frame(near, signature), to_frame(exact, signature))


def test_a_value_that_its_type_cannot_hold_is_an_error() -> None:
    """Half of an integer is not cut off."""
    with pytest.raises(pa.ArrowInvalid):
        to_frame(pa.table({"i": [1.5]}), signature_of(["i"]))


def test_a_frame_of_chunks_is_the_frame_of_the_whole(read: pd.DataFrame) -> None:
    """How columns are cut into chunks changes nothing."""
    signature = signature_of(list(read.columns))
    whole = columns_of(read, signature)
    chunks = pa.concat_tables([whole.slice(0, 1), whole.slice(1)])
    pandas.testing.assert_frame_equal(to_frame(chunks, signature), to_frame(whole, signature))


def test_numbers_are_not_copied() -> None:
    """A column of floats without gaps is Arrow's own memory."""
    column = pa.array(np.arange(10.0))
    frame = to_frame(pa.table({"n": column}), signature_of(["n"]))
    address = frame["n"].to_numpy().__array_interface__["data"][0]
    assert address == column.buffers()[1].address


@pytest.mark.parametrize(
    "encoder",
    [
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
        ),
        OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=np.nan
        ),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    ],
)
def test_encoders_do_as_with_a_frame_from_a_file(
    read: pd.DataFrame, encoder: OrdinalEncoder | OneHotEncoder
) -> None:
    """Known, unknown and missing texts and booleans are encoded alike."""
    names = ["t", "t_gap", "b", "b_gap"]
    signature = signature_of(names)
    rows = read[names].replace("x", "never seen")
    encoder.fit(read[names])
    found = encoder.transform(to_frame(columns_of(rows, signature), signature))
    np.testing.assert_array_equal(found, encoder.transform(rows))
