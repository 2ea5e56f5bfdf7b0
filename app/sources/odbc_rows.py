"""The rows of a user's query over ODBC: as a stream, or in pages by key where no driver streams."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pyarrow as pa

from app.errors import AppError, DataRefusedError, SourceError
from app.sources.connection import Parameter, Query, Rows
from app.sources.exact import may_be_unsigned
from app.sources.faults import is_cut_text, source_errors
from app.sources.odbc_handle import AnyReader, Handle

_LARGEST = 2**63 - 1
"""What an integer column holds at most; MySQL's BIGINT UNSIGNED can hold more."""


def count(handle: Handle, query: Query) -> int:
    """Return the number of rows of a user's query."""
    text = f"SELECT COUNT(*) AS n FROM ({query.text}\n) AS counted"
    with source_errors(handle.name, "counting the query's rows"):
        return int(handle.table(*handle.compile(text, query.parameters)).column("n")[0].as_py())


def stream(handle: Handle, query: Query) -> Rows:
    """Read the rows while the database still produces them."""
    # PostgreSQL's driver puts its own words behind ours, which a comment at the end would swallow.
    reader = handle.reader(*handle.compile(f"{query.text}\n", query.parameters))
    return Rows(columns=tuple(reader.schema.names), batches=_gathered(handle, query, reader))


def _gathered(handle: Handle, query: Query, reader: AnyReader) -> Iterator[pa.Table]:
    """Yield full batches; the driver's are smaller than ours where texts may be long."""
    parts: list[pa.Table] = []
    while (part := _next(handle, query, reader)) is not None:
        parts.append(part)
        if sum(one.num_rows for one in parts) >= handle.limits.batch_rows:
            yield pa.concat_tables(parts)
            parts = []
    if parts:
        yield pa.concat_tables(parts)


def _next(handle: Handle, query: Query, reader: AnyReader) -> pa.Table | None:
    with _whole(handle, query, reader.schema):
        return next(reader, None)


def pages(handle: Handle, query: Query) -> Rows:
    """Read all pages in one snapshot, and compare their rows with the number counted in it.

    A page begins behind the last key, so that a key that is NULL, comes twice, or equals another
    by the database's collation could be passed over: the comparison refuses that.
    """
    handle.raw.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    text = f"SELECT * FROM ({query.text}\n) AS page LIMIT 0"
    empty = handle.reader(*handle.compile(text, query.parameters))
    columns = tuple(empty.schema.names)
    if query.key not in columns:
        return Rows(columns=columns, batches=iter(()))
    return Rows(columns=columns, batches=_pages(handle, query))


def _pages(handle: Handle, query: Query) -> Iterator[pa.Table]:
    expected, seen, page = count(handle, query), 0, _page(handle, query, None)
    signed: set[str] = set()
    while page.num_rows:
        _require_signed(handle, query, page, signed)
        seen += page.num_rows
        yield page
        last = page.column(query.key)[-1].as_py()
        if page.num_rows < handle.limits.batch_rows or last is None or seen > expected:
            break
        page = _page(handle, query, last)
    if seen != expected:
        raise DataRefusedError(
            f"the query gives {expected} rows, but paging by key {query.key!r} found {seen}: "
            "some keys are NULL, come twice, or are equal by the column's collation; choose a "
            "key that is unique",
            column=query.key,
        )


def _page(handle: Handle, query: Query, last: Parameter) -> pa.Table:
    key = handle.quoted(query.key)
    after = "" if last is None else f"WHERE page.{key} > :disparo_last"
    order = f"ORDER BY page.{key} LIMIT {handle.limits.batch_rows}"
    text = f"SELECT * FROM ({query.text}\n) AS page {after} {order}"
    with source_errors(handle.name, "running the query"):
        reader = handle.reader(*handle.compile(text, {**query.parameters, "disparo_last": last}))
    with _whole(handle, query, reader.schema):
        batches = list(reader)
    return pa.concat_tables(batches) if batches else reader.schema.empty_table()


def _require_signed(handle: Handle, query: Query, page: pa.Table, signed: set[str]) -> None:
    """Refuse numbers over 2**63 - 1: the driver makes them negative without a word."""
    for name in may_be_unsigned(page):
        if name in signed:
            continue
        too_large = f"WHERE q.{handle.quoted(name)} > {_LARGEST}"
        text = f"SELECT 1 FROM ({query.text}\n) AS q {too_large}"
        if count(handle, Query(text=text, parameters=query.parameters, key="")):
            raise DataRefusedError(
                f"column {name!r} holds a number over {_LARGEST}; cast it in the query, e.g. to "
                "DOUBLE or DECIMAL(20, 0)",
                column=name,
            )
        signed.add(name)


@contextmanager
def _whole(handle: Handle, query: Query, schema: pa.Schema) -> Iterator[None]:
    """Refuse what the driver would cut, naming its column and key."""
    try:
        with source_errors(handle.name, "reading the query's rows"):
            yield
    except SourceError as error:
        if not is_cut_text(error):
            raise
        raise _too_long(handle, query, schema) from error


def _too_long(handle: Handle, query: Query, schema: pa.Schema) -> DataRefusedError:
    limit = handle.limits.max_text
    for name in (field.name for field in schema if pa.types.is_string(field.type)):
        with suppress(AppError):  # the search only makes the message better
            if (key := _find_long(handle, query, name)) is not None:
                return DataRefusedError(
                    f"column {name!r} of the row with key {key!r} is longer than "
                    f"sources.max_text ({limit} bytes); cut it in the query, or raise the setting",
                    column=name,
                    key=key,
                )
    return DataRefusedError(
        f"a text is longer than sources.max_text ({limit} bytes), or a number has more digits "
        "than can be kept exactly; cut or cast it in the query, or raise the setting"
    )


def _find_long(handle: Handle, query: Query, column: str) -> str | None:
    """Return the beginning of the key of the first row whose text is too long."""
    key, value = f"q.{handle.quoted(query.key)}", f"q.{handle.quoted(column)}"
    as_text, size = f"CONCAT({key}, '')", f"OCTET_LENGTH({value})"
    if handle.dialect.name == "sqlite":  # which has these functions since 3.43 only
        as_text, size = f"CAST({key} AS TEXT)", f"LENGTH(CAST({value} AS BLOB))"
    text = (
        f"SELECT SUBSTR({as_text}, 1, 80) AS k FROM ({query.text}\n) AS q "
        f"WHERE {size} > {handle.limits.max_text} LIMIT 1"
    )
    with source_errors(handle.name, "looking for a long text"):
        found = handle.table(*handle.compile(text, query.parameters)).to_pylist()
    return str(found[0]["k"]) if found else None
