"""Sources: add, list, change, test, remove, connect."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from pydantic import SecretStr

from app.connection_string import redacted
from app.db.engine import AWAY, reading
from app.db.events import EventStore
from app.db.sources import SourceStore, unchanged
from app.db.vault import Vault
from app.errors import ConfigurationError, ConflictError, DatabaseAwayError, NotFoundError
from app.sources import Connection, Limits, connect
from app.sources.probe import probe
from app.values.patch import difference
from app.values.source import Probe, Source


class SourceService:
    """The use cases of sources."""

    def __init__(self, engine: sa.Engine, vault: Vault, limits: Limits) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._vault = vault
        self._limits = limits
        self._seen: dict[str, Source] = {}

    def all(self) -> list[Source]:
        """Return all sources."""
        with self._reading.begin() as connection:
            return SourceStore(connection, self._vault).all()

    def get(self, name: str) -> Source:
        """Return one source. Raises NotFoundError."""
        with self._reading.begin() as connection:
            found = SourceStore(connection, self._vault).get(name)
        if found is None:
            raise NotFoundError(
                f"there is no source {name!r}; `disparo sources list` shows them", source=name
            )
        return found

    def add(
        self, name: str, connection_string: str, description: str, *, actor: str, now: datetime
    ) -> Source:
        """Add a source. Raises ConflictError if there is one of that name."""
        _require_some(name, connection_string)
        source = Source(
            name=name,
            connection=SecretStr(connection_string),
            description=description,
            created_at=now,
            updated_at=now,
        )
        with self._engine.begin() as connection:
            store = SourceStore(connection, self._vault)
            if store.get(name) is not None:
                raise ConflictError(f"there is a source {name!r} already; remove it first")
            store.put(source)
            _note(connection, name, "added", None, source, actor=actor, now=now)
        return source

    def change(
        self,
        name: str,
        connection_string: str | None,
        description: str | None,
        *,
        actor: str,
        now: datetime,
    ) -> Source:
        """Change a source; None: that stays as it is.

        Raises NotFoundError, and ConflictError for one that a file declares.
        """
        old = self.get(name)
        refuse_declared("source", name, old.declared_in)
        changes: dict[str, object] = {}
        if connection_string is not None:
            _require_some(name, connection_string)
            changes["connection"] = SecretStr(connection_string)
        if description is not None:
            changes["description"] = description
        new = old.model_copy(update=changes | {"updated_at": now})
        if unchanged(old, new):
            return old
        with self._engine.begin() as connection:
            SourceStore(connection, self._vault).put(new)
            _note(connection, name, "changed", old, new, actor=actor, now=now)
        return new

    def declare(self, source: Source, *, now: datetime) -> bool:
        """Make the source be as a file declares it; return whether that changed anything."""
        with self._engine.begin() as connection:
            store = SourceStore(connection, self._vault)
            old, actor = store.get(source.name), f"file:{source.declared_in}"
            if unchanged(old, source):
                return False
            store.put(source)
            _note(connection, source.name, "declared", old, source, actor=actor, now=now)
            return True

    def remove(self, name: str, *, actor: str, now: datetime) -> None:
        """Remove a source. Raises NotFoundError, and ConflictError for one that a file declares."""
        old = self.get(name)
        refuse_declared("source", name, old.declared_in)
        with self._engine.begin() as connection:
            SourceStore(connection, self._vault).remove(name)
            _note(connection, name, "removed", old, None, actor=actor, now=now)

    def test(self, name: str) -> Probe:
        """Try every step of a connection to the source."""
        return probe(self.get(name), self._limits)

    def connect(self, name: str, *, write: bool = False) -> Connection:
        """Connect to the source; the caller closes."""
        source = self.get(name)
        return connect(name, source.connection.get_secret_value(), self._limits, write=write)

    def prepare(self) -> None:
        """Load the drivers, so that the first look at a source does not take their time too."""
        import app.sources.alchemy  # noqa: F401

    def session(self, name: str, seconds: float, *, rows: int | None = None) -> Connection:
        """Connect to the source for a look, which waits for nothing longer; the caller closes.

        `rows` are read at once.
        """
        source = self._known(name)
        limits = replace(
            self._limits,
            connect_timeout=seconds,
            lock_timeout=seconds,
            answer_timeout=seconds,
            batch_rows=rows or self._limits.batch_rows,
        )
        return connect(name, source.connection.get_secret_value(), limits)

    def _known(self, name: str) -> Source:
        """Return the source, as it was last seen while Disparo's own database is away."""
        try:
            found = self._seen[name] = self.get(name)
        except AWAY:
            if name in self._seen:
                return self._seen[name]
            raise DatabaseAwayError(
                f"source {name!r} cannot be looked at: Disparo's own database, which knows how to "
                "reach it, is away",
                step="own",
            ) from None
        return found


def _require_some(name: str, connection_string: str) -> None:
    if not connection_string.strip():
        raise ConfigurationError(
            f"source {name!r} needs a connection string: an SQLAlchemy URL or an ODBC string"
        )


def _note(
    connection: sa.Connection,
    name: str,
    event: str,
    before: Source | None,
    after: Source | None,
    *,
    actor: str,
    now: datetime,
) -> None:
    detail = difference(_document(before), _document(after))
    if not (detail["before"] or detail["after"]):
        detail = {"before": {"secrets": "some"}, "after": {"secrets": "others"}}
    EventStore(connection).add(f"source:{name}", event, now, actor=actor, detail=detail)


def _document(source: Source | None) -> dict[str, object]:
    """Return what events tell of a source: of its connection string all but the secrets."""
    if source is None:
        return {}
    shown = source.model_dump(
        mode="json", exclude_defaults=True, exclude={"name", "kind", "created_at", "updated_at"}
    )
    return shown | {"connection": redacted(source.connection.get_secret_value())}


def refuse_declared(noun: str, name: str, declared_in: str | None) -> None:
    """Raise ConflictError for a thing that a file declares."""
    if declared_in is not None:
        raise ConflictError(
            f"{noun} {name!r} is declared in {declared_in}; change it there and run "
            f"`disparo apply {declared_in}`; what is taken out of the file can be edited and "
            "removed again",
            file=declared_in,
        )
