"""What a file does not declare any more stays as it is, and can be edited and removed again."""

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from app.db.declared import DeclaredStore
from app.db.events import EventStore
from app.values.patch import difference


class ReleaseService:
    """The use case of taking something out of a file."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def release(
        self, place: str, declared: Mapping[str, Collection[str]], *, now: datetime
    ) -> list[str]:
        """Let go what the file at `place` declared before; `declared` are its names by noun.

        Returns what it was: `schedule score-day`.
        """
        detail = difference({"declared_in": place}, {})
        with self._engine.begin() as connection:
            store = DeclaredStore(connection)
            gone = [
                (noun, name)
                for noun, names in declared.items()
                for name in store.release(noun, place, names, now=now)
            ]
            EventStore(connection).add_all(
                [f"{noun}:{name}" for noun, name in gone],
                "released",
                now,
                actor=f"file:{place}",
                detail=detail,
            )
        return [f"{noun} {name}" for noun, name in gone]
