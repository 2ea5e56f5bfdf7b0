"""Upsert into MariaDB: rows are written over only where that is the same as to delete and insert."""

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from app.errors import DataRefusedError
from app.values.schedule import Mode
from tests.conftest import Place
from tests.sources.helpers import ALL, connected, deliver, predictions, rows

on_mariadb = pytest.mark.parametrize("place", ["mariadb", "mariadb-odbc"], indirect=True)
Run = dict[str, Any]


def upsert(place: Place, keys: Sequence[object], run: str) -> None:
    """Deliver these keys."""
    with connected(place, write=True) as connection:
        facts: Run = {"run": run, "dispatch_id": ord(run), "mode": Mode.UPSERT}
        deliver(connection, [predictions(keys)], **facts)


def change(place: Place, *statements: str) -> None:
    """Change the database as its owner would."""
    with place.engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


@on_mariadb
def test_rows_that_refer_to_a_target_outlive_an_upsert(place: Place) -> None:
    """A row of the same key is written over where it stands; it is never gone in between."""
    upsert(place, [1, 2], "a")
    change(
        place,
        "CREATE TABLE calls (id BIGINT, FOREIGN KEY (id) REFERENCES predictions (id) "
        "ON DELETE CASCADE)",
        "INSERT INTO calls VALUES (1), (2)",
    )
    upsert(place, [2, 3], "b")
    assert [(row[0], row[3]) for row in rows(place, ALL)] == [(1, 97), (2, 98), (3, 98)]
    assert rows(place, "SELECT id FROM calls ORDER BY id") == [(1,), (2,)]


@on_mariadb
def test_a_column_of_somebody_else_begins_anew(place: Place) -> None:
    """A mark on the old prediction is not left on the new one."""
    upsert(place, [1, 2], "a")
    change(
        place,
        "ALTER TABLE predictions ADD COLUMN seen_by VARCHAR(10) NOT NULL DEFAULT 'nobody'",
        "UPDATE predictions SET seen_by = 'Ana'",
    )
    upsert(place, [2], "b")
    assert rows(place, "SELECT id, seen_by FROM predictions ORDER BY id") == [
        (1, "Ana"),
        (2, "nobody"),
    ]


REFUSED: dict[str, tuple[str, object, object]] = {
    "another unique key": ("ADD UNIQUE (label)", 1, 2),
    "a key without regard to case": (
        "MODIFY id VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
        "score",
        "Score",
    ),
    "the beginning of a key": ("DROP PRIMARY KEY, ADD UNIQUE (id(1))", "ab", "ac"),
}


@on_mariadb
@pytest.mark.parametrize(("change_to", "old", "new"), REFUSED.values(), ids=REFUSED)
def test_a_row_of_another_key_is_never_written_over(
    place: Place, change_to: str, old: object, new: object
) -> None:
    """What a unique key of the owner's holds for the same row is refused, as in other modes."""
    upsert(place, [old], "a")
    change(place, f"ALTER TABLE predictions {change_to}")
    with pytest.raises(DataRefusedError):
        upsert(place, [new], "b")
    assert [(row[0], row[3]) for row in rows(place, ALL)] == [(old, 97)]
