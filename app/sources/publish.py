"""Publishing: staged rows go to the target, in the transaction of whoever has staged them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from app.errors import DataRefusedError
from app.sources.connection import Connection
from app.sources.faults import DuplicateKeyError
from app.sources.ledger import naive
from app.sources.overwriting import may_overwrite, overwrite
from app.sources.target import differences, target_table
from app.values.schedule import Deliver, Mode
from app.values.signature import OutputColumn


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Which dispatch delivers: what each delivered row says of its origin."""

    run: str
    """32 hexadecimal digits, unique among all dispatches of all services."""
    dispatch_id: int
    schedule: str
    slot: datetime
    model: str
    version: int


class Target:
    """The table that a dispatch delivers to."""

    def __init__(
        self,
        connection: Connection,
        spec: Deliver,
        key: str,
        outputs: Sequence[OutputColumn],
        identity: Identity,
    ) -> None:
        self._connection = connection
        self._spec = spec
        self._key = key
        self._outputs = outputs
        self._identity = identity

    def table(self, key_type: pa.DataType | None = None) -> sa.Table:
        """Return the table as Disparo makes it."""
        spec = self._spec
        return target_table(spec.table, self._key, key_type or pa.null(), self._outputs, spec.mode)

    def is_there(self, key_type: pa.DataType | None) -> bool:
        """Tell whether there is such a table. Raises DataRefusedError for another schema."""
        target = self.table(key_type)
        found = self._connection.columns(target)
        if found is not None:
            self._require_columns(target, found, with_key=key_type is not None)
        return found is not None

    def fill(self, stages: Sequence[sa.Table], at: datetime) -> None:
        """Move the rows of stages over, in place of those that the mode says, and commit.

        Raises DataRefusedError, after a rollback, for a key that the target has already.
        """
        target = self.table()
        try:
            for statement in self._statements(target, stages, at):
                self._connection.execute(statement)
            self._connection.commit()
        except DuplicateKeyError as error:
            self._connection.rollback()
            raise self._taken_key(error) from error

    def _taken_key(self, error: DuplicateKeyError) -> DataRefusedError:
        return DataRefusedError(
            f"table {self._spec.table!r} has a unique key that holds a key of these rows already, "
            f"and mode {self._spec.mode.value!r} leaves that row alone; deliver to another table, "
            f"or choose another mode ({error.detail})",
            table=self._spec.table,
        )

    def _statements(
        self, target: sa.Table, stages: Sequence[sa.Table], at: datetime
    ) -> Iterator[sa.Insert | sa.Delete]:
        if self._spec.mode is Mode.UPSERT and may_overwrite(
            self._connection, target, stages, self._key
        ):
            for stage in stages:
                yield overwrite(target, *self._staged(target, stage, at))
            return
        yield from self._make_room(target, stages)
        yield from (self._move(target, stage, at) for stage in stages)

    def _make_room(self, target: sa.Table, stages: Sequence[sa.Table]) -> list[sa.Delete]:
        match self._spec.mode:
            case Mode.APPEND:
                return []
            case Mode.REPLACE_SLOT:
                same = (
                    target.c.schedule == self._identity.schedule,
                    target.c.slot == naive(self._identity.slot),
                )
                return [sa.delete(target).where(*same)]
            case Mode.UPSERT:
                return [self._remove_keys(target, stage) for stage in stages]

    def _remove_keys(self, target: sa.Table, stage: sa.Table) -> sa.Delete:
        key, staged = target.c[self._key], stage.columns[0]
        if self._connection.dialect.name == "sqlite":
            return sa.delete(target).where(key.in_(sa.select(staged)))
        # A join: MariaDB before 11 would run the subquery for each row of the target.
        return sa.delete(target).where(key == staged)

    def _move(self, target: sa.Table, stage: sa.Table, at: datetime) -> sa.Insert:
        return target.insert().from_select(*self._staged(target, stage, at))

    def _staged(
        self, target: sa.Table, stage: sa.Table, at: datetime
    ) -> tuple[list[str], sa.Select[Any]]:
        """Return the target's columns, and the staged rows with where they come from."""
        origin = self._origin(at)
        constants = [sa.literal(value, target.c[name].type) for name, value in origin.items()]
        names = [self._key, *(column.name for column in self._outputs), *origin]
        return names, sa.select(*stage.columns, *constants)

    def _origin(self, at: datetime) -> dict[str, object]:
        return {
            "model": self._identity.model,
            "version": self._identity.version,
            "schedule": self._identity.schedule,
            "dispatch_id": self._identity.dispatch_id,
            "slot": naive(self._identity.slot),
            "predicted_at": naive(at),
        }

    def _require_columns(self, target: sa.Table, found: dict[str, str], *, with_key: bool) -> None:
        known = found if with_key else {**found, self._key: "other"}
        if problems := differences(target, known, self._connection.dialect):
            raise DataRefusedError(
                f"table {self._spec.table!r} has another schema: it {', '.join(problems)}; "
                "deliver to another table, or change this one",
                table=self._spec.table,
            )
