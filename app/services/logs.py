"""Logs: what the programs of dispatches print, kept within a bound and followed live."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.db.dispatches import DispatchStore
from app.db.engine import reading
from app.db.logs import LogStore
from app.errors import NotFoundError
from app.values.dispatch import Claim, Dispatch
from app.values.log import LogPart, joined
from app.values.slurm import Launcher

_PIECE_BYTES = 16_384
_CHARACTER_BYTES = 4
_LATE = {Launcher.LOCAL: timedelta(seconds=5), Launcher.SLURM: timedelta(seconds=20)}
"""How long after a dispatch's end the last of its output may come. What no launcher has started has
no log at all."""

_LAUNCHERS = frozenset(map(str, Launcher))


class LogService:
    """Of each log the first and the last half of `most` bytes are kept.

    A piece without text closes a log: the program that printed has ended.
    """

    def __init__(self, engine: sa.Engine, *, most: int) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self.half = most // 2
        self.piece = max(_CHARACTER_BYTES, min(_PIECE_BYTES, self.half // 4))
        """The most bytes of one piece."""

    def begin(self, dispatch_id: int) -> int:
        """Open a log for the output of a program; return where that begins in the whole."""
        with self._engine.begin() as connection:
            store = LogStore(connection)
            last = store.last(dispatch_id)
            if last is not None and not last.text:
                store.remove(dispatch_id, last.start, last.start + 1)
        return last.end if last else 0

    def end(self, dispatch_id: int) -> int:
        """Return how long the whole output is, as far as it has come."""
        with self._reading.begin() as connection:
            last = LogStore(connection).last(dispatch_id)
        return last.end if last else 0

    def add(self, dispatch_id: int, start: int, text: str) -> None:
        """Append a piece, at most `piece` bytes; leave out what is in the middle by now."""
        newest = start + len(text.encode()) - self.half
        with self._engine.begin() as connection:
            store = LogStore(connection)
            store.remove(dispatch_id, start, start + 1)  # the same, should it be there already
            store.add(dispatch_id, start, text)
            store.remove(dispatch_id, self.half - _CHARACTER_BYTES, newest)

    def close(self, claim: Claim, end: int) -> None:
        """Note that the program has ended, unless it handed the dispatch back: more will come."""
        with self._engine.begin() as connection:
            if DispatchStore(connection).last_claim(claim.dispatch) == claim:
                LogStore(connection).remove(claim.dispatch, end, end + 1)
                LogStore(connection).add(claim.dispatch, end, "")

    def part(self, dispatch_id: int, *, after: int, now: datetime, limit: int = 100) -> LogPart:
        """Return what there is from the byte `after` on, a bounded part. Raises NotFoundError."""
        with self._reading.begin() as connection:
            dispatch = DispatchStore(connection).get(dispatch_id)
            pieces = LogStore(connection).read(dispatch_id, after=after, limit=limit)
        if dispatch is None:
            raise NotFoundError(f"there is no dispatch {dispatch_id}")
        is_closed = bool(pieces) and not pieces[-1].text
        return LogPart(
            text=joined(pieces, after),
            end=max([after, *(piece.end for piece in pieces)]),
            state=dispatch.state,
            is_over=len(pieces) < limit and _is_over(dispatch, now, is_closed=is_closed),
        )

    def whole(self, dispatch_id: int, *, now: datetime) -> str:
        """Return all that is kept. Raises NotFoundError."""
        text, after = "", 0
        while True:
            part = self.part(dispatch_id, after=after, now=now)
            text += part.text
            if part.end == after:
                return text
            after = part.end


def _is_over(dispatch: Dispatch, now: datetime, *, is_closed: bool) -> bool:
    """Tell whether nothing more is printed: what the launcher did not start has no log at all."""
    if dispatch.finished_at is None or not dispatch.state.is_final:
        return False
    late = _LATE.get(Launcher(dispatch.launcher)) if dispatch.launcher in _LAUNCHERS else None
    return is_closed or late is None or now > dispatch.finished_at + late
