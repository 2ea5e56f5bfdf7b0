"""Collect: the rows of a query, checked against the signature before anything is predicted."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from app.errors import DataRefusedError, SourceError
from app.sources.connection import Connection, Query, Rows
from app.values.signature import FieldType, InputField, Signature

LONGEST_KEY = 255
"""Characters of the longest text key: what an index of every database holds."""

LONGEST_SHOWN = 80
"""Characters of a value that an error shows."""

_TARGETS = {
    FieldType.INTEGER: pa.int64(),
    FieldType.NUMBER: pa.float64(),
    FieldType.BOOLEAN: pa.bool_(),
    FieldType.TEXT: pa.string(),
    FieldType.TIMESTAMP: pa.timestamp("us"),
}


def collect(
    connection: Connection, query: Query, signature: Signature, *, limit: int | None = None
) -> Iterator[pa.Table]:
    """Yield the key and the signature's inputs in bounded batches, typed exactly.

    Raises DataRefusedError naming column, key and value for what does not fit, before the batch
    that holds it is predicted.
    """
    rows = _read(connection, query, signature)
    require_columns(rows.columns, query.key, signature)
    left = limit
    for batch in rows.batches:
        part = batch if left is None else batch.slice(0, left)
        if part.num_rows:
            yield checked(part, query.key, signature)
        if left is not None and (left := left - part.num_rows) <= 0:
            return


def faults(batch: pa.Table, key: str, signature: Signature) -> dict[str, DataRefusedError]:
    """Return what is wrong with each column of a batch that has the key: all at once."""
    found: dict[str, DataRefusedError] = {}
    keys = batch.column(key).combine_chunks()
    try:
        keys = _checked_keys(keys, key)
    except DataRefusedError as error:
        found[key] = error
    for field in signature.inputs:
        try:
            if field.name in batch.column_names:
                _checked_input(batch.column(field.name).combine_chunks(), field, keys)
        except DataRefusedError as error:
            found[field.name] = error
    return found


def require_once(found: Sequence[str], wanted: Sequence[str]) -> None:
    """Raise DataRefusedError for a wanted column that the query gives twice."""
    if twice := [name for name in wanted if list(found).count(name) > 1]:
        raise DataRefusedError(f"the query gives column {twice[0]!r} twice; name each once")


def _read(connection: Connection, query: Query, signature: Signature) -> Rows:
    """Run the query. Of one that cannot be ordered, what it lacks is told by its plain columns."""
    try:
        return connection.read(query)
    except SourceError:
        if query.is_ordered:
            connection.rollback()
            plain = connection.read(replace(query, is_ordered=False))
            require_columns(plain.columns, query.key, signature)
        raise


def require_columns(found: Sequence[str], key: str, signature: Signature) -> None:
    """Raise DataRefusedError unless the query gives the key and the inputs, each once."""
    wanted = (key, *signature.input_names)
    if missing := [name for name in wanted if name not in found]:
        near = difflib.get_close_matches(missing[0], found, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        role = "key" if missing == [key] else "input" if key not in missing else "key and input"
        raise DataRefusedError(
            f"the query lacks the {role} column{'s' if len(missing) > 1 else ''} "
            f"{', '.join(map(repr, missing))}; it gives {', '.join(map(repr, found))}{hint}",
            missing=missing,
            found=list(found),
        )
    require_once(found, wanted)


def checked(batch: pa.Table, key: str, signature: Signature) -> pa.Table:
    """Return one batch with its key and inputs, typed; raise DataRefusedError."""
    keys = _checked_keys(batch.column(key).combine_chunks(), key)
    columns = [
        _checked_input(batch.column(field.name).combine_chunks(), field, keys)
        for field in signature.inputs
    ]
    names = [field.name for field in signature.inputs]
    if key in names:
        return pa.table(columns, names=names)
    return pa.table([keys, *columns], names=[key, *names])


def _checked_keys(keys: pa.Array, name: str) -> pa.Array:
    keys = _normal_key(keys, name)
    if keys.null_count:
        raise DataRefusedError(
            f"key column {name!r} is NULL in a row; a key must identify each row", column=name
        )
    if pc.count_distinct(keys).as_py() != len(keys):
        counts = pc.value_counts(keys)
        twice = next(one for one in counts.to_pylist() if one["counts"] > 1)
        raise duplicate_key(name, twice["values"])
    if pa.types.is_string(keys.type):
        _check_text_keys(keys, name)
    return keys


def _normal_key(keys: pa.Array, name: str) -> pa.Array:
    try:
        return _cast_keys(keys, name)
    except pa.ArrowInvalid as error:
        raise DataRefusedError(
            f"key column {name!r} does not fit: {error}; cast it in the query", column=name
        ) from error


def _cast_keys(keys: pa.Array, name: str) -> pa.Array:
    kind = keys.type
    if pa.types.is_integer(kind) or pa.types.is_null(kind):
        return keys.cast(pa.int64())
    if pa.types.is_timestamp(kind):
        return keys.cast(pa.timestamp("us"))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return keys.cast(pa.string())
    if pa.types.is_date(kind):
        return keys.cast(pa.date32())
    if pa.types.is_decimal(kind):
        return keys.cast(pa.decimal128(38, max(0, kind.scale)))
    raise DataRefusedError(
        f"key column {name!r} has type {kind}; "
        "a key is an integer, a text, a date, a time stamp or a decimal",
        column=name,
    )


def _check_text_keys(keys: pa.Array, name: str) -> None:
    longest = pc.max(pc.utf8_length(keys)).as_py()
    if longest > LONGEST_KEY:
        raise DataRefusedError(
            f"key column {name!r} holds a text of {longest} characters; "
            f"the longest key has {LONGEST_KEY}",
            column=name,
        )
    if pc.any(pc.match_substring(keys, "\0")).as_py():
        raise DataRefusedError(
            f"key column {name!r} holds a text with a NUL character, "
            "which not every database keeps",
            column=name,
        )


def duplicate_key(name: str, key: object) -> DataRefusedError:
    """Return the error for a key that two rows have."""
    return DataRefusedError(
        f"key {key!r} of column {name!r} comes twice; a key must identify each row",
        column=name,
        key=str(key),
    )


def _checked_input(values: pa.Array, field: InputField, keys: pa.Array) -> pa.Array:
    if values.null_count and not field.nullable:
        at = pc.index(values.is_null(), value=True).as_py()
        raise _refused(
            field,
            keys[at].as_py(),
            None,
            "is NULL, but the model was not trained with missing values there",
        )
    try:
        return _without_nan(_cast(values, field.type), field, keys)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        at = next(n for n in range(len(values)) if not _casts(values[n : n + 1], field.type))
        value = values[at].as_py()
        raise _refused(
            field,
            keys[at].as_py(),
            value,
            f"is {_short(value)} ({values.type}), which is no {field.type}",
        ) from None


def _without_nan(values: pa.Array, field: InputField, keys: pa.Array) -> pa.Array:
    """Refuse a NaN, which a model takes for a missing value, as a NULL is refused."""
    if field.nullable or not pa.types.is_floating(values.type):
        return values
    if (at := pc.index(pc.is_nan(values), value=True).as_py()) >= 0:
        problem = "is NaN, but the model was not trained with missing values there"
        raise _refused(field, keys[at].as_py(), float("nan"), problem)
    return values


def _cast(values: pa.Array, target: FieldType) -> pa.Array:
    """Cast without loss, and only where the meaning stays: text is never a number."""
    kind, is_text = (
        values.type,
        pa.types.is_string(values.type) or pa.types.is_large_string(values.type),
    )
    if pa.types.is_null(kind):
        return values.cast(_TARGETS[target])
    if is_text and target not in {FieldType.TEXT, FieldType.TIMESTAMP}:
        raise pa.ArrowInvalid
    if target is FieldType.TEXT and not is_text:
        raise pa.ArrowInvalid
    if target is FieldType.BOOLEAN and pa.types.is_integer(kind):
        if not pc.all(pc.is_in(values, pa.array([0, 1, None], kind))).as_py():
            raise pa.ArrowInvalid
    elif target is FieldType.BOOLEAN and not pa.types.is_boolean(kind):
        raise pa.ArrowInvalid
    if pa.types.is_decimal(kind) and target is FieldType.NUMBER:
        values = values.cast(pa.string())  # Arrow's own cast is off by a bit for every second one
    return values.cast(_TARGETS[target])


def _casts(value: pa.Array, target: FieldType) -> bool:
    try:
        _cast(value, target)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    return True


def _refused(field: InputField, key: object, value: object, problem: str) -> DataRefusedError:
    return DataRefusedError(
        f"input {field.name!r} of the row with key {key!r} {problem}; "
        "correct the data or the query",
        column=field.name,
        key=str(key),
        value=_short(value),
    )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
