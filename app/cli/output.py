"""Files that commands write: whole, or not there."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from app.cli.parts import err
from app.errors import ConfigurationError


def write_out(pieces: Iterator[bytes], file: Path | None) -> None:
    """Write pieces to a file that is there only if it is whole; None is standard output.

    Raises ConfigurationError for a place that cannot be written to.
    """
    if file is None or str(file) == "-":
        return _write(pieces, sys.stdout.buffer)
    partial = file.with_name(f"{file.name}.partial")
    try:
        with partial.open("wb") as target:
            _write_or_remove(pieces, target, partial)
        partial.replace(file)
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written: {error.strerror}") from error
    return err.print(f"{file} is written", markup=False)


def _write(pieces: Iterator[bytes], target: BinaryIO) -> None:
    target.writelines(pieces)
    target.flush()


def _write_or_remove(pieces: Iterator[bytes], target: BinaryIO, partial: Path) -> None:
    try:
        _write(pieces, target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
