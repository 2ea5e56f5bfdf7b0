"""The board: the Monitor's newest document, in memory, and what has changed since an older one."""

import threading
import uuid
from typing import Any

from pydantic_core import to_json

from app.values.base import Value
from app.values.monitor import MonitorDocument


class Posted(Value):
    """A document as it is sent."""

    version: int
    tag: str
    """Its entity tag, quotes and all."""
    body: bytes


class Board:
    """What was posted last. Reading it waits for nothing."""

    def __init__(self) -> None:
        self._epoch = uuid.uuid4().hex[:12]
        """Tells the versions of this process from those of others."""
        self._lock = threading.Lock()
        self._parts: dict[tuple[str, str], tuple[int, bytes | None]] = {}
        """By noun and name: the version that changed it last, and what it says; None: removed."""
        self._rest = b""
        self._posted: Posted | None = None
        self.asked = threading.Event()
        """Set whenever somebody asks."""

    def post(self, document: MonitorDocument) -> None:
        """Show a document from now on."""
        parts = dict(_parts(document))
        rest = to_json(document.model_dump(exclude={"checks", "schedules"}, mode="json"))
        with self._lock:
            version = 1 if self._posted is None else self._posted.version + 1
            gone = [key for key, (_, text) in self._parts.items() if text and key not in parts]
            new = {key: text for key, text in parts.items() if self._text(key) != text}
            if self._posted is not None and rest == self._rest and not new and not gone:
                return
            self._rest = rest
            self._parts |= {key: (version, text) for key, text in new.items()}
            self._parts |= dict.fromkeys(gone, (version, None))
            body = document.model_dump_json().encode()
            tag = f'"{self._epoch}-{version}"'
            self._posted = Posted(version=version, tag=tag, body=body)

    def read(self) -> Posted | None:
        """Return what was posted last; None: nothing yet."""
        self.asked.set()
        return self._posted

    def version_of(self, tag: str) -> int | None:
        """Return the version that a tag of this process names; None: it names none."""
        epoch, _, number = tag.strip('"').partition("-")
        return int(number) if epoch == self._epoch and number.isdigit() else None

    def since(self, version: int) -> bytes:
        """Return what has changed since a version, as JSON: tiles by noun, names that are gone."""
        with self._lock:
            changed = {key: one for key, one in self._parts.items() if one[0] > version}
            rest = self._rest
        found: dict[str, Any] = {noun: _joined(changed, noun) for noun in ("checks", "schedules")}
        gone = [{"noun": noun, "name": n} for (noun, n), one in changed.items() if one[1] is None]
        return b'{"checks":%b,"schedules":%b,"gone":%b,"rest":%b}' % (
            found["checks"],
            found["schedules"],
            to_json(gone),
            rest,
        )

    def _text(self, key: tuple[str, str]) -> bytes | None:
        return self._parts.get(key, (0, None))[1]


def _parts(document: MonitorDocument) -> list[tuple[tuple[str, str], bytes]]:
    checks = [one for several in document.checks.values() for one in several]
    return [
        *((("checks", one.name), one.model_dump_json().encode()) for one in checks),
        *((("schedules", one.name), one.model_dump_json().encode()) for one in document.schedules),
    ]


def _joined(changed: dict[tuple[str, str], tuple[int, bytes | None]], noun: str) -> bytes:
    texts = [one[1] for key, one in changed.items() if key[0] == noun and one[1]]
    return b"[%b]" % b",".join(texts)
