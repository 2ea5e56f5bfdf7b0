"""What came of a rotation of the key that encrypts secrets."""

from pathlib import Path

from app.values.base import Value


class Rotation(Value):
    """All secrets are encrypted by the new key alone."""

    secrets: int
    """Those that were encrypted anew, each once."""
    unreadable: tuple[str, ...] = ()
    """Whose secrets no key could read, before as after."""
    key_file: Path | None = None
    """Where the key is, and the old one was; None: in the settings, which a person edits."""
