"""What the program of a dispatch prints."""

from app.values.base import Value


class LogPiece(Value):
    """A piece of the output, which begins `start` bytes into the whole."""

    start: int
    text: str
