"""The publication of a dispatch in parts: what its tasks have staged goes to the target at once."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from app.errors import AppError, ClaimGoneError, DataRefusedError, SourceError
from app.sources.connection import Connection
from app.sources.faults import DuplicateKeyError
from app.sources.ledger import BARRED, PUBLISHED
from app.sources.publish import Identity, Target
from app.sources.runs import Runs
from app.sources.target import stage_table
from app.values.schedule import Deliver
from app.values.signature import Outputs


class StagesGoneError(AppError):
    """What tasks of a dispatch had staged is not there any more."""

    status = 409
    slug = "stages-gone"
    title = "Staged rows are gone"


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a task has staged."""

    partition: int
    run: str
    rows: int


class Publication(Runs):
    """Moves the rows of all tasks of a dispatch to the target, in one transaction."""

    def __init__(
        self,
        connection: Connection,
        spec: Deliver,
        key: str,
        outputs: Outputs,
        identity: Identity,
        parts: Sequence[Part],
    ) -> None:
        super().__init__(connection, outputs)
        self._spec = spec
        self._key = key
        self._identity = identity
        self._parts = parts
        self._filled = [part for part in parts if part.rows]
        self._target = Target(connection, spec, key, self._outputs, identity)

    def publish(self, at: datetime, *, may_overlap: bool) -> int:
        """Publish; a second call changes nothing. Returns the number of rows.

        `may_overlap` says that two tasks may have one key: that is looked for. Raises
        StagesGoneError, DataRefusedError, and ClaimGoneError if another run has taken over.
        """
        if not self._target.is_there(None) and not self._filled:
            return 0
        self._create(self._ledger.table)
        if self._is_published():
            return self.clear()
        self._require_stages()
        if may_overlap and len(self._filled) > 1:
            self._require_apart()
        try:
            self._write_lines(at)
            self._target.fill([self._stage(part) for part in self._filled], at)
        except DuplicateKeyError as error:  # of a line: another publication, or somebody's bar
            self._connection.rollback()
            if not self._is_published():
                raise self._barred() from error
        return self.clear()

    def clear(self) -> int:
        """Remove the stages, whose rows are in the target; return their number."""
        for part in self._parts:
            with suppress(SourceError):  # the rows are in the target, and that is what counts
                self._drop_stage(self._stage(part))
        return sum(part.rows for part in self._parts)

    def _stage(self, part: Part) -> sa.Table:
        return stage_table(part.run, pa.null(), self._outputs)

    def _write_lines(self, at: datetime) -> None:
        """Write the ledger's lines first: they keep two from publishing the same."""
        self._ledger.add(self._identity.run, PUBLISHED, 0, at)
        for part in self._parts:
            self._ledger.add(part.run, PUBLISHED, part.rows, at)

    def _is_published(self) -> bool:
        """Tell whether this was done already, by this run or by another one."""
        own = self._ledger.rows(self._identity.run, PUBLISHED)
        if own == BARRED:
            raise self._barred()
        lines = {part.partition: self._ledger.rows(part.run, PUBLISHED) for part in self._parts}
        if barred := [partition for partition, rows in lines.items() if rows == BARRED]:
            raise _gone(barred)
        return own is not None or None not in lines.values()

    def _barred(self) -> ClaimGoneError:
        return ClaimGoneError(
            f"the publication of dispatch {self._identity.dispatch_id} was given up for lost, and "
            "another one has taken over; this one delivers nothing"
        )

    def _require_stages(self) -> None:
        """Raise unless each task's rows are staged as its record says, with keys of one type."""
        kinds: dict[str, int] = {}
        gone = []
        for part in self._filled:
            columns = self._connection.columns(self._stage(part))
            if columns is None or sum(self._ledger.staged(part.run).values()) != part.rows:
                gone.append(part.partition)
            else:
                kinds.setdefault(columns["row_key"], part.partition)
        if gone:
            raise _gone(gone)
        if len(kinds) > 1:
            (one, first), (other, second), *_ = kinds.items()
            raise DataRefusedError(
                f"key {self._key!r} is a {one} in task {first} and a {other} in task {second}; "
                "cast it to one type in the query",
                column=self._key,
            )

    def _require_apart(self) -> None:
        """Raise DataRefusedError for a key that two tasks have."""
        keys = [sa.select(self._stage(part).columns[0]) for part in self._filled]
        staged = sa.union_all(*keys).subquery("staged")
        twice: sa.Select[Any] = (
            sa.select(staged.c.row_key).group_by(staged.c.row_key).having(sa.func.count() > 1)
        )
        if found := self._connection.fetch(twice.limit(1)):
            raise DataRefusedError(
                f"key {found[0]['row_key']!r} of column {self._key!r} comes in more than one task; "
                "write the query so that each row is in one :partition alone",
                column=self._key,
            )


def _gone(partitions: Sequence[int]) -> StagesGoneError:
    return StagesGoneError(
        f"what the tasks {', '.join(map(str, partitions))} had staged is gone: a later dispatch of "
        "the schedule has removed it, or somebody; run these tasks again",
        partitions=list(partitions),
    )
