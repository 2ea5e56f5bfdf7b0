"""Bounds on one connection to a source."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds on one connection."""

    connect_timeout: float = 10.0
    """Seconds."""
    answer_timeout: float | None = None
    """Seconds that the server may be silent, or take for a statement; None: as long as it likes."""
    lock_timeout: float = 60.0
    """Seconds to wait for another's lock on a table."""
    batch_rows: int = 20_000
    max_text: int = 4096
    """Bytes of the longest text of a column that is collected over ODBC."""
