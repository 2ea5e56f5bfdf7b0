"""Files on their way in: on disk where they are large, and bounded while they arrive."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, SpooledTemporaryFile
from typing import BinaryIO, cast

from app.errors import TooLargeError

_IN_MEMORY = 2**20


class Upload:
    """A file that is received piece by piece, of `most` bytes at the most."""

    def __init__(self, file: BinaryIO, *, most: int) -> None:
        self.file = file
        self._most = most
        self._size = 0

    def write(self, piece: bytes) -> None:
        """Take a piece. Raises TooLargeError."""
        self._size += len(piece)
        if self._size > self._most:
            raise TooLargeError(
                f"the file has more bytes than showroom.import_bytes allows ({self._most}); "
                "import it in parts"
            )
        self.file.write(piece)

    def whole(self) -> BinaryIO:
        """Return the file, to be read from its beginning."""
        self.file.seek(0)
        return self.file


@contextmanager
def upload(pieces: Iterable[bytes] = (), *, most: int) -> Iterator[Upload]:
    """Give a file that takes pieces, and is gone afterwards."""
    with SpooledTemporaryFile(_IN_MEMORY) as file:
        found = Upload(cast("BinaryIO", file), most=most)
        for piece in pieces:
            found.write(piece)
        yield found


def save_upload(content: BinaryIO, suffix: str) -> Path:
    """Write an uploaded sample to a temporary file; the caller removes it."""
    with NamedTemporaryFile(suffix=suffix, delete=False) as file:
        while chunk := content.read(2**20):
            file.write(chunk)
        return Path(file.name)
