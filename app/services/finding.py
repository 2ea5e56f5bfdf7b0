"""What a look at Disparo's own records finds, before its time is known."""

from typing import Any

from app.values.base import Value
from app.values.check import Scalar


class Finding(Value):
    """A reading without its seconds."""

    ok: bool
    detail: str
    warning: str | None = None
    failed_step: str | None = None
    facts: dict[str, Scalar] = {}

    @classmethod
    def good(cls, detail: str, *, warning: str | None = None, **facts: Any) -> "Finding":
        """Return that all is well, or nearly."""
        return cls(ok=True, detail=detail, warning=warning, facts=facts)

    @classmethod
    def bad(cls, step: str, detail: str, **facts: Any) -> "Finding":
        """Return what is wrong, and what to do."""
        return cls(ok=False, detail=detail, failed_step=step, facts=facts)
