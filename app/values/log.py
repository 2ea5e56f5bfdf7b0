"""What the program of a dispatch prints."""

from app.values.base import Value
from app.values.dispatch import DispatchState


class LogPiece(Value):
    """A piece of the output, which begins `start` bytes into the whole."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """Where the next piece begins, if nothing was left out."""
        return self.start + len(self.text.encode())


class LogPart(Value):
    """What a reader gets at once."""

    text: str
    end: int
    """The offset from which to read on, in bytes of the whole output."""
    state: DispatchState
    """How the dispatch stands."""
    is_over: bool
    """Whether nothing comes after it."""


def joined(pieces: list[LogPiece], after: int) -> str:
    """Return the text from the byte `after` on, with a line wherever bytes were left out."""
    text = ""
    for piece in pieces:
        new = piece.text
        if piece.start < after:
            new = piece.text.encode()[after - piece.start :].decode(errors="replace")
        elif piece.start > after:
            line = "" if not text or text.endswith("\n") else "\n"
            text += f"{line}[{piece.start - after} bytes left out]\n"
        text += new
        after = max(after, piece.end)
    return text
