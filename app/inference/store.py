"""The model store: a directory of immutable files named by the SHA-256 of their content."""

import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.errors import ModelError, TooLargeError
from app.values.model import Artifact

_CHUNK = 2**20
_NEW = ".new-"
_ABANDONED_AFTER = 86_400.0
"""Seconds after which a copy that nothing wrote to was left by a process that was killed."""
_MEND = "restore it from a backup, or register the model again"
LEAST_FREE = 64 * 2**20
"""Bytes that must be free for the store to count as usable."""


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A file that was copied in, and has not got its name yet."""

    path: Path
    artifact: Artifact


class ModelStore:
    """Keeps models' files; what is in it never changes. Safe for several processes at once."""

    def __init__(self, directory: Path, *, max_size: int, least_free: int = LEAST_FREE) -> None:
        self._directory = directory
        self._max_size = max_size
        self._least_free = least_free

    def add(self, content: BinaryIO, filename: str) -> Artifact:
        """Copy `content` in; the same content twice is one file, and mends a damaged one.

        Raises TooLargeError, and ModelError if the disk fails.
        """
        with self.incoming(content, filename) as new:
            return self.keep(new)

    @contextmanager
    def incoming(self, content: BinaryIO, filename: str) -> Iterator[Incoming]:
        """Copy `content` in to be looked at; unless it is kept within the block, it goes again.

        The file is on the disk, whole and read-only, before it gets its name. Of `filename` the
        last part is kept, for people. Raises TooLargeError, and ModelError if the disk fails.
        """
        with self._disk_errors():
            self._directory.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._directory, prefix=_NEW)
        try:
            with self._disk_errors(), open(descriptor, "wb") as new:  # noqa: PTH123 - a descriptor
                digest, size = self._copy(content, new)
                new.flush()
                os.fchmod(descriptor, 0o444)
                os.fsync(descriptor)
            artifact = Artifact(digest=digest, filename=Path(filename).name, size=size)
            yield Incoming(path=Path(name), artifact=artifact)
        finally:
            Path(name).unlink(missing_ok=True)

    def keep(self, new: Incoming) -> Artifact:
        """Give a file that came in its name, for good. Raises ModelError if the disk fails."""
        with self._disk_errors():
            written = new.path.stat().st_mtime
            new.path.replace(self._directory / new.artifact.digest)
            self._sync()
        self._sweep(before=written - _ABANDONED_AFTER)
        return new.artifact

    @contextmanager
    def _disk_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ModelError(
                f"the model store {self._directory} took no file: {error.strerror or error}; "
                "free some space, or let this user write there"
            ) from error

    def _copy(self, content: BinaryIO, new: BinaryIO) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        while chunk := content.read(_CHUNK):
            size += len(chunk)
            if size > self._max_size:
                raise TooLargeError(
                    f"the model's file is larger than models.max_size ({self._max_size} bytes)"
                )
            digest.update(chunk)
            new.write(chunk)
        return digest.hexdigest(), size

    def _sync(self) -> None:
        """Make the new name outlive a power cut: it is written with the directory."""
        directory = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def _sweep(self, before: float) -> None:
        """Remove copies last written to before that time, by the clock of the disk itself."""
        for left in self._directory.glob(f"{_NEW}*"):
            with suppress(OSError):  # another process swept it, or the next sweep will
                if left.lstat().st_mtime < before:
                    left.unlink()

    def verified_path(self, artifact: Artifact) -> Path:
        """Return where the file lies, once its content is shown to be what was registered.

        Raises ModelError if the file is missing, changed, or no plain file of the store.
        """
        if not re.fullmatch(r"[0-9a-f]{64}", artifact.digest):
            raise ModelError(f"{artifact.digest!r} is not a SHA-256 of 64 hexadecimal digits")
        path = self._directory / artifact.digest
        try:
            found = _digest_of(path)
        except OSError as error:
            raise ModelError(
                f"the model store lacks {artifact.filename} ({path}): {error.strerror}; {_MEND}"
            ) from error
        if found != artifact.digest:
            raise ModelError(
                f"{path} was changed since it was registered (its SHA-256 is {found}); {_MEND}"
            )
        return path

    def check(self) -> None:
        """Raise ModelError unless the store can be written to and has room."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._directory):
                free = shutil.disk_usage(self._directory).free
        except OSError as error:
            raise ModelError(
                f"the model store {self._directory} cannot be written to: {error.strerror}; "
                "let this user write there"
            ) from error
        if free < self._least_free:
            raise ModelError(
                f"the model store {self._directory} has {free} bytes left, less than "
                f"{self._least_free}; free some space"
            )


def _digest_of(path: Path) -> str:
    """Return the SHA-256 of a plain file; a link could lead out of the store. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no Path
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is not a plain file")
        return hashlib.file_digest(file, "sha256").hexdigest()
