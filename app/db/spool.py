"""The spool: a file in which entries of the prediction log are safe while the database is away.

Each process appends to a file of its own, which it keeps locked as long as it lives; so a file
whose lock can be had belongs to nobody, and any process may take it over. A line is a checksum and
an entry as JSON. An entry's answer leaves after its line is synchronised to the disk; so a line
that is torn was never answered, and is passed over.
"""

import contextlib
import fcntl
import logging
import os
import threading
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import uuid_utils

from app.db.prediction_entries import Entry

_log = logging.getLogger(__name__)
_ENDING = ".jsonl"
_REFUSED = "refused.lines"
"""Entries that the database does not take: kept for a person to look at."""
_NEVER = float("inf")


class _Line(msgspec.Struct, array_like=True):
    id: str
    model: str
    version: int
    caller: str
    received_at: datetime
    queue_seconds: float
    infer_seconds: float
    inputs: list[str]
    outputs: list[str]
    labels: list[str | None]
    shadow_of: str | None
    replay_of: str | None
    trial: bool = False


_DECODER = msgspec.json.Decoder(_Line)


class SpoolFile:
    """An open and locked file of entries, of which some may be replayed already."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._using = threading.Lock()
        self._size = os.fstat(descriptor).st_size
        self._replayed = 0

    @property
    def is_replayed(self) -> bool:
        """Whether nothing in it waits."""
        return self._replayed >= self._size

    def append(self, entries: Sequence[Entry], most: int) -> bool:
        """Make entries safe on the disk; False: the file has no room for them below `most` bytes.

        Raises OSError if the disk does not take them; then none is in the file.
        """
        lines = b"".join(map(encoded, entries))
        with self._using:
            if self._size + len(lines) > most:
                return False
            try:
                _write(self._descriptor, lines, self._size)
                os.fsync(self._descriptor)
            except OSError:
                os.ftruncate(self._descriptor, self._size)
                raise
            self._size += len(lines)
        return True

    def next(self, most: int) -> tuple[list[Entry], int]:
        """Return at most so many entries that wait, and where the one after them begins."""
        entries: list[Entry] = []
        place = self._replayed
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            file.seek(place)
            while place < self._size and len(entries) < most:
                line = file.readline()
                place += len(line)
                if not line:
                    break
                if (found := decoded(line)) is not None:
                    entries.append(found)
                else:
                    _log.warning("%s: a torn line before byte %s is passed over", self.path, place)
        return entries, place

    def advance(self, place: int) -> None:
        """Forget what stands before a place: it is committed."""
        with self._using:
            self._replayed = place
            if self._replayed >= self._size:
                os.ftruncate(self._descriptor, 0)
                self._size = self._replayed = 0

    def close(self) -> None:
        """Unlock the file, and remove it if nothing in it waits."""
        if self.is_replayed:
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)


class Spool:
    """The file of this process, made when it is first needed, and those that others left."""

    def __init__(self, directory: Path, most: int) -> None:
        """`most` bytes go into a file."""
        self._directory = directory
        self._most = most
        self.own: SpoolFile | None = None
        self.is_needed = False
        """Set when entries go here instead of to the database, until it is known to be back."""

    def append(self, entries: Sequence[Entry]) -> bool:
        """Make entries safe; False: the file is full, or the disk takes no more."""
        try:
            if self.own is None:
                self.own = self._made()
            is_safe = self.own.append(entries, self._most)
        except Exception:  # noqa: BLE001 - whatever it is: the answers do not leave
            _log.exception("predictions could not be spooled")
            return False
        self.is_needed = self.is_needed or is_safe
        return is_safe

    def _made(self) -> SpoolFile:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = uuid_utils.uuid7().hex
        hidden, path = self._directory / f"{name}.new", self._directory / f"{name}{_ENDING}"
        descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        hidden.rename(path)  # nobody sees it before it is locked
        _synchronise(self._directory)
        return SpoolFile(path, descriptor)

    def orphans(self) -> Iterator[SpoolFile]:
        """Take over the files of processes that are no more, one at a time."""
        for path in sorted(self._directory.glob(f"*{_ENDING}")):
            is_own = self.own is not None and path == self.own.path
            if not is_own and (found := _taken(path)) is not None:
                try:
                    yield found
                finally:
                    found.close()

    def set_aside(self, entry: Entry) -> None:
        """Keep an entry that the database does not take: it was answered."""
        path = self._directory / _REFUSED
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, encoded(entry))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Unlock this process's file: what waits in it is taken over at the next start."""
        if self.own is not None:
            self.own.close()
            self.own = None


def _taken(path: Path) -> SpoolFile | None:
    """Lock a file; None: its process lives, or another has taken it over."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDWR)
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still(path, descriptor):
                return SpoolFile(path, descriptor)
        os.close(descriptor)
    return None


def _is_still(path: Path, descriptor: int) -> bool:
    """Tell whether nobody removed the file between its opening and its lock."""
    return os.path.samestat(path.stat(), os.fstat(descriptor))


def _write(descriptor: int, content: bytes, place: int) -> None:
    left = memoryview(content)
    while left:
        written = os.pwrite(descriptor, left, place)
        left, place = left[written:], place + written


def _synchronise(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def encoded(entry: Entry) -> bytes:
    """Return an entry's line."""
    line = msgspec.json.encode(
        _Line(
            id=entry.id,
            model=entry.model,
            version=entry.version,
            caller=entry.caller,
            received_at=entry.received_at,
            queue_seconds=entry.queue_seconds,
            infer_seconds=entry.infer_seconds,
            inputs=[one.decode() for one in entry.inputs],
            outputs=[one.decode() for one in entry.outputs],
            labels=list(entry.labels),
            shadow_of=entry.shadow_of,
            replay_of=entry.replay_of,
            trial=entry.trial,
        )
    )
    return b"%08x %s\n" % (zlib.crc32(line), line)


def decoded(line: bytes) -> Entry | None:
    """Return a line's entry; None: the line is torn."""
    content = line[9:-1]
    if line[-1:] != b"\n" or line[:9] != b"%08x " % zlib.crc32(content):
        return None
    found = msgspec.structs.asdict(_DECODER.decode(content))
    for name in ("inputs", "outputs"):
        found[name] = [one.encode() for one in found[name]]
    return Entry(**found, commit_by=_NEVER)
