"""A task's share of a dispatch: which rows are its own, fixed when the dispatch is split."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from app.values.base import Instant, Value

Key = int | float | Decimal | datetime | date | str
"""The value of a key, as a driver gives and takes it."""


class KeyKind(StrEnum):
    """Of which type a key is."""

    INTEGER = "integer"
    FLOAT = "float"
    DECIMAL = "decimal"
    TIME = "time"
    DATE = "date"
    TEXT = "text"


class Bound(Value):
    """A key at which one range ends and the next begins; as text, so that nothing is rounded."""

    kind: KeyKind
    text: str

    @classmethod
    def of(cls, key: Key) -> Self:
        """Return the bound of a key. Raises TypeError for what is no key."""
        for kind, (of_type, _, written) in _FORMS.items():
            if isinstance(key, of_type):
                return cls(kind=kind, text=written(key))
        raise TypeError(type(key).__name__)

    @property
    def key(self) -> Key:
        """Return the key again."""
        return _FORMS[self.kind][1](self.text)


_FORMS: dict[KeyKind, tuple[type, Callable[[str], Key], Callable[[Any], str]]] = {
    KeyKind.INTEGER: (int, int, lambda key: str(int(key))),
    KeyKind.FLOAT: (float, float, repr),
    KeyKind.DECIMAL: (Decimal, Decimal, lambda key: format(key, "f")),
    # A time is a date too, to Python.
    KeyKind.TIME: (datetime, datetime.fromisoformat, datetime.isoformat),
    KeyKind.DATE: (date, date.fromisoformat, date.isoformat),
    KeyKind.TEXT: (str, str, str),
}
"""Of each kind: the type, how it is read, and how it is written."""


class Share(Value):
    """What a task is to do of its dispatch."""

    partition: int | None
    """Its number, from 0; None: it is the publication of what the others have staged."""
    partitions: int
    """How many there are."""
    version: int
    """All tasks of a dispatch use the same one."""
    last_success: Instant | None = None
    """What `:last_success` is to all of them."""
    above: Bound | None = None
    """Its rows have keys above this one; None: there is no such bound."""
    upto: Bound | None = None
    """Its rows have keys up to this one."""
    rows: int | None = None
    """How many these were when the dispatch was split."""

    @property
    def is_publication(self) -> bool:
        """Whether it moves what the others have staged."""
        return self.partition is None
