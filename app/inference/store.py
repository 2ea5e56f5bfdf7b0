"""The model store: a directory of immutable files named by the SHA-256 of their content."""

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

from app.errors import ModelError, TooLargeError
from app.values.model import Artifact

_CHUNK = 2**20


class ModelStore:
    """Keeps models' files; what is in it never changes."""

    def __init__(self, directory: Path, *, max_size: int) -> None:
        self._directory = directory
        self._max_size = max_size

    def add(self, content: BinaryIO, filename: str) -> Artifact:
        """Copy `content` in; the same content twice is one file. Raises TooLargeError."""
        self._directory.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._directory, prefix=".new-", delete=False) as new:
            try:
                digest, size = self._copy(content, new)
                new.flush()
                os.fsync(new.fileno())
                Path(new.name).chmod(0o444)
                Path(new.name).replace(self._directory / digest)
            except BaseException:
                Path(new.name).unlink(missing_ok=True)
                raise
        return Artifact(digest=digest, filename=Path(filename).name, size=size)

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

    def verified_path(self, artifact: Artifact) -> Path:
        """Return where the file lies, once its content is shown to be what was registered."""
        if not re.fullmatch(r"[0-9a-f]{64}", artifact.digest):
            raise ModelError(f"{artifact.digest!r} is not a SHA-256")
        path = self._directory / artifact.digest
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(
                f"the model store lacks {artifact.filename} ({path}): {error.strerror}; "
                "restore it from a backup, or register the model again"
            ) from error
        if found != artifact.digest:
            raise ModelError(
                f"{path} was changed since it was registered (its SHA-256 is {found}); "
                "restore it from a backup, or register the model again"
            )
        return path

    def check(self) -> None:
        """Raise ModelError unless the store can be written to."""
        self._directory.mkdir(parents=True, exist_ok=True)
        if not os.access(self._directory, os.W_OK | os.X_OK):
            raise ModelError(f"the model store {self._directory} cannot be written to")
