"""The rows of a MySQL result, taken from PyMySQL's connection column by column.

PyMySQL makes a Python object of every value, row by row, which takes most of a dispatch's time and
the lock that its other stages wait for. Here only the lengths of packets are looked at one by one;
the values of a column are found and converted all together. Rows have the text protocol's form:
https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset.html
"""

import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pymysql.constants import CR, FIELD_TYPE
from pymysql.err import OperationalError
from pymysql.protocol import MysqlPacket

from app.errors import DataRefusedError

_Positions = npt.NDArray[np.int64]
_READ_BYTES = 2**20
_unpack = struct.Struct("<I").unpack_from
_HEADER = 4
_LARGEST_PACKET = 2**24 - 1
"""A packet of this length goes on in the next one."""
_SHORT_PACKET = 9
"""What begins as an end of the rows is none in a packet of this length or more."""
_END, _ERROR = 0xFE, 0xFF
_NULL, _TWO, _THREE, _EIGHT = 0xFB, 0xFC, 0xFD, 0xFE
"""First bytes of a value that is NULL, or whose length has two, three or eight bytes."""
_BINARY = 63
"""The number of the character set of bytes."""
_UNSIGNED = 32
"""The flag of a column whose numbers have no sign."""
_MOST_DIGITS = 38
_SHORT = 64
"""Bytes of a column's values, on average, up to which they are short."""

_INTEGERS = (
    FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.INT24, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG,
    FIELD_TYPE.YEAR,
)  # fmt: skip
_TEXTS = (
    FIELD_TYPE.VARCHAR, FIELD_TYPE.VAR_STRING, FIELD_TYPE.STRING, FIELD_TYPE.ENUM, FIELD_TYPE.SET,
    FIELD_TYPE.TINY_BLOB, FIELD_TYPE.BLOB, FIELD_TYPE.MEDIUM_BLOB, FIELD_TYPE.LONG_BLOB,
)  # fmt: skip
_ARROW_TYPES: dict[int, pa.DataType] = {
    **dict.fromkeys(_INTEGERS, pa.int64()),
    **dict.fromkeys(_TEXTS, pa.string()),
    **dict.fromkeys((FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE), pa.float64()),
    **dict.fromkeys((FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP), pa.timestamp("us")),
    FIELD_TYPE.DATE: pa.date32(),
}
"""What Arrow itself converts; PyMySQL's own converters do the rest."""


def is_readable(driver: Any) -> bool:
    """Tell whether a connection has a result of PyMySQL that is not read yet, in UTF-8."""
    result = getattr(driver, "_result", None)
    return getattr(result, "unbuffered_active", False) and driver.encoding in {"utf8", "utf8mb4"}


def batches(driver: Any, rows: int) -> Iterator[pa.Table]:
    """Yield the rows of the connection's open result, `rows` of them to a table.

    Raises what PyMySQL raises, and DataRefusedError naming the column of a value that does not fit.
    """
    stream = _Stream(driver)
    fields = driver._result.fields  # noqa: SLF001 - PyMySQL has no other way to its protocol
    convert = list(map(_converter, fields, driver._result.converters))  # noqa: SLF001
    names = [field.name for field in fields]
    while len(starts := stream.next_rows(rows)):
        columns = _split(stream.taken, starts, len(names))
        yield pa.table([
            _converted(name, how, values)
            for name, how, values in zip(names, convert, columns, strict=True)
        ], names=names)  # fmt: skip


class _Stream:
    """What the server sends, cut into rows."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self._result = driver._result  # noqa: SLF001
        self._left = b""
        self.taken: npt.NDArray[np.uint8] = np.empty(0, np.uint8)
        """The bytes in which the positions of the last rows are."""

    def next_rows(self, most: int) -> _Positions:
        """Return where the next rows begin in `taken`: none at the end of the result."""
        starts: list[int] = []
        data, at = bytearray(self._left), 0
        while len(starts) < most and self._result.unbuffered_active:
            at = self._scan(data, at, starts, most)
            if len(starts) < most and self._result.unbuffered_active:
                data += self._received()
        self._left = bytes(data[at:])
        self.taken = np.frombuffer(bytes(data[:at]), np.uint8)
        return np.asarray(starts, np.int64)

    def _scan(self, data: bytearray, at: int, starts: list[int], most: int) -> int:
        """Add where the rows begin that are there whole; return where what is left begins."""
        size, found = len(data), len(starts)
        while at + _HEADER <= size and found < most:
            length: int = _unpack(data, at)[0] & _LARGEST_PACKET
            end = at + _HEADER + length
            if end > size:
                break
            first = data[at + _HEADER]
            if first == _ERROR or (first == _END and length < _SHORT_PACKET):
                self._finish(bytes(data[at + _HEADER : end]))
                return end
            if length == _LARGEST_PACKET:
                raise DataRefusedError("a row has more than 16 MB; select less of it in the query")
            starts.append(at + _HEADER)
            found += 1
            at = end
        return at

    def _finish(self, packet: bytes) -> None:
        """End the result as PyMySQL does, which takes the next command then."""
        last = MysqlPacket(packet, self._driver.encoding)
        self._result.unbuffered_active = False
        if last.is_error_packet():
            last.raise_for_error()
        self._result.connection = None

    def _received(self) -> bytes:
        """Wait for more bytes. Raises OperationalError where the connection is lost."""
        try:
            more: bytes = self._driver._rfile.read1(_READ_BYTES)  # noqa: SLF001
        except OSError as error:
            more, cause = b"", f" ({error})"
        else:
            cause = ""
        if not more:
            self._result.unbuffered_active = False
            self._driver._force_close()  # noqa: SLF001
            raise OperationalError(
                CR.CR_SERVER_LOST, f"Lost connection to MySQL server during query{cause}"
            )
        return more


class _Values:
    """The values of one column: where each begins, how long it is, and which are NULL."""

    def __init__(self, data: npt.NDArray[np.uint8], at: _Positions) -> None:
        first = data[at].astype(np.int64)
        self.data, self.is_null = data, first == _NULL
        self.starts, self.lengths = at + 1, np.where(self.is_null, 0, first)
        for mark, size in ((_TWO, 2), (_THREE, 3), (_EIGHT, 8)):
            for row in np.flatnonzero(first == mark):
                length = data[at[row] + 1 : at[row] + 1 + size].tobytes()
                self.lengths[row] = int.from_bytes(length, "little")
                self.starts[row] += size
        self.ends = self.starts + self.lengths

    def binary(self) -> pa.Array:
        """Return the values as bytes."""
        offsets = np.zeros(len(self.lengths) + 1, np.int64)
        np.cumsum(self.lengths, out=offsets[1:])
        together = self._together(offsets)
        valid = pa.array(~self.is_null).buffers()[1] if self.is_null.any() else None
        buffers = [valid, pa.py_buffer(offsets), pa.py_buffer(together)]
        return pa.Array.from_buffers(pa.large_binary(), len(self.lengths), buffers)

    def _together(self, offsets: _Positions) -> bytes | npt.NDArray[np.uint8]:
        """Return the values in a row; an index of each byte pays for short ones alone."""
        if offsets[-1] > _SHORT * len(self.lengths):
            whole = self.data.data
            pairs = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
            return b"".join([whole[start:end] for start, end in pairs])
        shift = np.repeat(self.starts - offsets[:-1], self.lengths)
        found: npt.NDArray[np.uint8] = self.data[np.arange(offsets[-1]) + shift]
        return found


def _split(data: npt.NDArray[np.uint8], at: _Positions, columns: int) -> Iterator[_Values]:
    for _ in range(columns):
        values = _Values(data, at)
        yield values
        at = values.ends


_Converter = Callable[[pa.Array], pa.Array]


def _converter(field: Any, by_driver: tuple[str | None, Callable[[Any], Any] | None]) -> _Converter:
    """Return what makes a column's values of their bytes, to the types that PyMySQL would give."""
    kind = _ARROW_TYPES.get(field.type_code)
    if kind == pa.string() and field.charsetnr == _BINARY:
        kind = pa.binary()
    if field.type_code == FIELD_TYPE.NEWDECIMAL and _digits(field) <= _MOST_DIGITS:
        kind = pa.decimal128(_MOST_DIGITS, field.scale)
    if kind is None:
        return lambda values: pa.array([_by_driver(one, *by_driver) for one in values.to_pylist()])
    if pa.types.is_binary(kind):
        return lambda values: values.cast(kind)
    return lambda values: values.cast(pa.large_string()).cast(kind)


def _digits(field: Any) -> int:
    """Return the digits of a decimal; its length counts a sign and a point too."""
    signs = (not field.flags & _UNSIGNED) + (field.scale > 0)
    return int(field.length) - int(signs)


def _by_driver(
    value: bytes | None, encoding: str | None, converter: Callable[[Any], Any] | None
) -> Any:
    if value is None:
        return None
    text = value if encoding is None else value.decode(encoding)
    return text if converter is None else converter(text)


def _converted(name: str, convert: _Converter, values: _Values) -> pa.Array:
    if values.is_null.all():
        return pa.nulls(len(values.is_null))  # of whatever type is wanted
    try:
        return convert(values.binary())
    except (pa.ArrowException, OverflowError, UnicodeDecodeError) as error:
        raise DataRefusedError(
            f"column {name!r} holds a value that cannot be read: {error}; cast it in the query",
            column=name,
        ) from error
