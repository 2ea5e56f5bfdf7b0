"""COPY: the way in which PostgreSQL takes many rows, by psycopg."""

from io import BytesIO
from typing import Any

import pyarrow as pa
from pyarrow import csv

# All values between quotes: a text that is empty is no NULL.
_FORM = csv.WriteOptions(include_header=False, quoting_style="all_valid")


def copy_in(driver: Any, table: str, columns: str, rows: pa.Table) -> None:
    """Insert rows within the connection's transaction. Raises what psycopg raises."""
    text = BytesIO()
    csv.write_csv(rows.combine_chunks(), text, _FORM)  # before an empty chunk it writes zeros
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv, ENCODING 'UTF8')") as copy,
    ):
        copy.write(text.getbuffer())
