"""Rows as the parameters of a prepared INSERT, through PyMySQL's connection.

PyMySQL has the text protocol alone, in which the server parses every value. As parameters numbers
travel by their bits and texts by their bytes: nothing has to be quoted, and the server spends less.
The bytes are made column by column: no loop in Python goes over rows. Their form:
https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_execute.html
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pymysql.constants import COMMAND, FIELD_TYPE
from pymysql.err import MySQLError

from app.sources.exact import storable

_MOST_PARAMETERS = 65_535
_MOST_ROWS = 1000
"""To prepare longer statements takes the server more than they spare."""
_PREPARED = struct.Struct("<xIHH")
"""Of the answer to a preparation: the statement's number, its columns and its parameters."""
_EXECUTION = struct.Struct("<IBI")
"""The statement's number, no cursor, once."""
_AHEAD = 1
"""Executions that are sent while the server is at another one."""
_TYPES_FOLLOW = b"\x01"
_SHORT, _TWO, _THREE, _EIGHT = 0xFB, b"\xfc", b"\xfd", b"\xfe"
"""A text's length is one byte, below the first of these, or as many as the others say."""


def insert(driver: Any, head: str, rows: pa.Table, most_bytes: int) -> None:
    """Insert rows; `head` is the statement up to its values. Raises what PyMySQL raises.

    `most_bytes` is about what one execution has at most; one row is never divided.
    """
    columns = [_parameters(column) for column in rows.columns]
    kinds = b"".join(struct.pack("<H", kind) for kind, _ in columns)
    values = [column for _, column in columns]
    absent = np.column_stack([column.is_null().to_numpy(zero_copy_only=False) for column in values])
    lines = pc.binary_join_element_wise(*values, b"", null_handling="replace", null_replacement=b"")
    step = _rows_of_a_statement(lines, len(columns), most_bytes)
    for count, starts in _alike(len(lines), step):
        markers = ",".join(["({})".format(",".join("?" * len(columns)))] * count)
        typed = _TYPES_FOLLOW + kinds * count
        slices = (slice(start, start + count) for start in starts)
        parameters = (_bits(absent[some]) + typed + _bytes_of(lines, some) for some in slices)
        with _prepared(driver, head + markers) as number:
            _execute(driver, number, parameters)


def _alike(rows: int, step: int) -> Iterator[tuple[int, range]]:
    """Yield how many rows a statement has, and where the rows of each of its executions begin."""
    rest = rows % step
    if rows >= step:
        yield step, range(0, rows - rest, step)
    if rest:
        yield rest, range(rows - rest, rows, rest)


def _rows_of_a_statement(lines: pa.Array, columns: int, most_bytes: int) -> int:
    size = pc.sum(pc.binary_length(lines)).as_py() or 0
    by_size = len(lines) * most_bytes // max(1, size)
    return max(1, min(_MOST_ROWS, _MOST_PARAMETERS // columns, by_size))


@contextmanager
def _prepared(driver: Any, statement: str) -> Iterator[int]:
    """Prepare a statement, and give its number. One that fails ends with its connection."""
    driver._execute_command(COMMAND.COM_STMT_PREPARE, statement)  # noqa: SLF001 - see above
    number, _, parameters = _PREPARED.unpack_from(driver._read_packet().get_all_data())  # noqa: SLF001
    for _ in range(parameters + bool(parameters)):  # what they are, and the end of that
        driver._read_packet()  # noqa: SLF001
    yield number
    driver._execute_command(COMMAND.COM_STMT_CLOSE, struct.pack("<I", number))  # noqa: SLF001


def _execute(driver: Any, number: int, parameters: Iterator[bytes]) -> None:
    """Execute a statement with each of the parameters, which are sent before the last answer.

    So the server need not wait for this program, whose other stages hold the interpreter's lock.
    Raises the first failure, when no answer is due any more.
    """
    due, failures = 0, list[Exception]()
    for each in parameters:
        execution = _EXECUTION.pack(number, 0, 1) + each
        driver._execute_command(COMMAND.COM_STMT_EXECUTE, execution)  # noqa: SLF001
        due += 1
        if due > _AHEAD:
            failures += _answered(driver)
            due -= 1
        if failures:
            break
    while due and driver.open:
        failures += _answered(driver)
        due -= 1
    if failures:
        raise failures[0]


def _answered(driver: Any) -> list[Exception]:
    """Read the answer to an execution; return its failure, if it is one."""
    driver._next_seq_id = 1  # noqa: SLF001 - each answer counts its packets anew
    try:
        driver._read_packet()  # noqa: SLF001
    except MySQLError as error:
        return [error]
    return []


def _bits(absent: npt.NDArray[np.bool_]) -> bytes:
    return np.packbits(absent, bitorder="little").tobytes()


def _bytes_of(lines: pa.Array, some: slice) -> bytes:
    """Return the bytes of some lines, which lie behind one another."""
    _, offsets, data = lines.buffers()
    ends = np.frombuffer(offsets, np.int32)[lines.offset :]
    found: bytes = data[int(ends[some.start]) : int(ends[some.stop])].to_pybytes()
    return found


def _parameters(column: pa.ChunkedArray) -> tuple[int, pa.Array]:
    """Return the type that a column's parameters have, and the bytes of each."""
    kept = storable(column).combine_chunks()
    if pa.types.is_integer(kept.type):
        return FIELD_TYPE.LONGLONG, _fixed(kept.cast(pa.int64()))
    if pa.types.is_floating(kept.type):
        return FIELD_TYPE.DOUBLE, _fixed(kept.cast(pa.float64()))
    # As bytes a text is kept as it is, whatever the connection's character set.
    is_text = pa.types.is_string(column.type)
    return FIELD_TYPE.BLOB if is_text else FIELD_TYPE.VAR_STRING, _texts(kept)


def _fixed(numbers: pa.Array) -> pa.Array:
    plain = pa.Array.from_buffers(
        pa.binary(8), len(numbers), numbers.buffers(), offset=numbers.offset
    )
    return plain.cast(pa.binary())


def _texts(texts: pa.Array) -> pa.Array:
    """Labels are few and come often: each is made once."""
    coded = texts.dictionary_encode()
    made = [_with_length(text.encode()) for text in coded.dictionary.to_pylist()]
    return pa.array(made, pa.binary()).take(coded.indices)


def _with_length(text: bytes) -> bytes:
    size = len(text)
    if size < _SHORT:
        return bytes([size]) + text
    if size < 2**16:
        return _TWO + struct.pack("<H", size) + text
    if size < 2**24:
        return _THREE + struct.pack("<I", size)[:3] + text
    return _EIGHT + struct.pack("<Q", size) + text
