"""Copying: a file that a program prints into becomes its dispatch's log, as it grows."""

import codecs
import os

from app.services.logs import LogService

CHARACTER_BYTES = 4
_QUESTION_MARKS = "disparo-question-marks"


class Copying:
    """How far one file is copied. Its offsets are those of the log, less the file's base."""

    def __init__(self, logs: LogService, dispatch: int, descriptor: int, base: int) -> None:
        self._logs = logs
        self._dispatch = dispatch
        self._descriptor = descriptor
        self._base = base
        self.position = max(0, logs.end(dispatch) - base)

    @property
    def end(self) -> int:
        """Return where in the log the next byte goes."""
        return self._base + self.position

    def advance(self, *, is_over: bool) -> None:
        """Copy what is new; `is_over`: nothing more comes, so a broken character is one too."""
        for until in (self._head_end, self._size):
            self._copy(until(), is_over=is_over)

    def _size(self) -> int:
        return os.fstat(self._descriptor).st_size

    def _head_end(self) -> int:
        """Return where the log's first half ends; what comes after it is kept if it is new."""
        return min(self._size(), self._logs.half - self._base)

    def _copy(self, until: int, *, is_over: bool) -> None:
        """Copy in pieces that split no character; pass over what would be left out at once."""
        if self.end > self._logs.half - CHARACTER_BYTES:
            self.position = max(self.position, until - self._logs.half)
        while self.position < until:
            most = min(until - self.position, self._logs.piece)
            data = os.pread(self._descriptor, most, self.position)
            is_last = is_over and self.position + len(data) == self._size()
            data = data if is_last else data[: _whole(data)]
            if not data:
                return
            self._logs.add(self._dispatch, self.end, _text(data))
            self.position += len(data)


def _whole(data: bytes) -> int:
    """Return the length of `data` without the part of a character at its end."""
    for back in range(1, min(CHARACTER_BYTES, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 != 0x80:  # noqa: PLR2004 - not a continuation byte of UTF-8 (RFC 3629)
            length = 1 if byte < 0xC0 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4  # noqa: PLR2004
            return len(data) - back if length > back else len(data)
    return len(data)


def _text(data: bytes) -> str:
    """Decode UTF-8; a byte that does not fit becomes `?`, so that offsets stay those of bytes."""
    return data.decode(errors=_QUESTION_MARKS)


def _question_marks(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - it is used above alone
    return "?" * (error.end - error.start), error.end


codecs.register_error(_QUESTION_MARKS, _question_marks)
