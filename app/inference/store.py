"""The model store: a directory of immutable files named by the SHA-256 of their content."""

import hashlib
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path
from typing import BinaryIO

from app.errors import ModelError, TooLargeError
from app.values.model import Artifact

_CHUNK = 2**20
_MEND = "restore it from a backup, or register the model again"
LEAST_FREE = 64 * 2**20
"""Bytes that must be free for the store to count as usable."""


class ModelStore:
    """Keeps models' files; what is in it never changes. Safe for several processes at once."""

    def __init__(self, directory: Path, *, max_size: int, least_free: int = LEAST_FREE) -> None:
        self._directory = directory
        self._max_size = max_size
        self._least_free = least_free

    def add(self, content: BinaryIO, filename: str) -> Artifact:
        """Copy `content` in; the same content twice is one file, and mends a damaged one.

        The file is on the disk, whole and read-only, before it gets its name. Of `filename` the
        last part is kept, for people. Raises TooLargeError, and ModelError if the disk fails.
        """
        try:
            return self._add(content, Path(filename).name)
        except OSError as error:
            raise ModelError(
                f"the model store {self._directory} took no file: {error.strerror or error}; "
                "free some space, or let this user write there"
            ) from error

    def _add(self, content: BinaryIO, filename: str) -> Artifact:
        self._directory.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._directory, prefix=".new-", delete=False) as new:
            try:
                digest, size = self._copy(content, new)
                new.flush()
                os.fchmod(new.fileno(), 0o444)
                os.fsync(new.fileno())
                Path(new.name).replace(self._directory / digest)
            except BaseException:
                Path(new.name).unlink(missing_ok=True)
                raise
        self._sync()
        return Artifact(digest=digest, filename=filename, size=size)

    def _copy(
        self, content: BinaryIO, new: "tempfile._TemporaryFileWrapper[bytes]"
    ) -> tuple[str, int]:
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
