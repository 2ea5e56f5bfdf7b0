"""Collected rows are cut into batches by what the stages took for those before."""

from collections.abc import Iterator

import pyarrow as pa

from app.inference.pacing import Pacing
from app.values.dispatch import Stage
from app.values.pace import Pace

PACE = Pace(least=64, most=1024, seconds=2.0)


def tables(*sizes: int) -> Iterator[pa.Table]:
    """Yield tables of a number that counts on."""
    start = 0
    for size in sizes:
        yield pa.table({"n": range(start, start + size)})
        start += size


def test_every_row_comes_once_and_in_order() -> None:
    """However batches grow and shrink, they are the tables' rows; an empty table is no batch."""
    pacing, found = Pacing(PACE), []
    for batch in pacing.cut(tables(1000, 0, 5000, 1, 999)):
        assert batch.num_rows
        found += batch.column("n").to_pylist()
        pacing.note(Stage.INFER, batch.num_rows, 0.001 * len(found))
    assert found == list(range(7000))


def test_a_slow_stage_makes_batches_small_and_a_fast_one_large() -> None:
    """Of a model that takes 10 ms a row two seconds' worth; of one that takes nothing all."""
    pacing = Pacing(PACE)
    batches = pacing.cut(tables(5000, 5000))
    assert next(batches).num_rows == 64
    pacing.note(Stage.INFER, 64, 0.64)
    assert next(batches).num_rows == 192
    pacing.note(Stage.INFER, 192, 0.01)
    pacing.note(Stage.DELIVER, 192, 0.01)
    assert next(batches).num_rows == 1024


def test_the_rest_of_a_table_waits_for_the_next_one() -> None:
    """A small batch costs as much as a large one; only the last may be smaller than asked for."""
    sizes = [batch.num_rows for batch in Pacing(PACE).cut(tables(100, 70, 5, 20))]
    assert sizes == [64, 64, 64, 3]
