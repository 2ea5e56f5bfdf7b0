"""The sample of rows that pass by: bounded, without doubles, and of all rows alike."""

import numpy as np
import pyarrow as pa
import pytest

from app.inference.reservoir import Reservoir


def sampled(batches: list[int], most: int, seed: int = 1) -> list[int]:
    """Return which rows are kept, numbered through all batches."""
    reservoir, start = Reservoir(most, seed=seed), 0
    for size in batches:
        reservoir.add(pa.table({"n": np.arange(start, start + size)}))
        start += size
    assert reservoir.seen == start
    rows = reservoir.rows()
    return [] if rows is None else rows.column("n").to_pylist()


@pytest.mark.parametrize("batches", [[], [0], [7], [3, 0, 4], [10], [5, 5], [1] * 25, [1000, 1]])
def test_it_holds_as_many_as_it_may_and_none_twice(batches: list[int]) -> None:
    """Fewer rows than that are all kept, in their order."""
    kept = sampled(batches, most=10)
    assert len(kept) == min(10, sum(batches))
    assert kept == sorted(set(kept))


def test_each_row_is_as_probable_as_any_other() -> None:
    """Of 500 samples, each of the rows has about its share of the places."""
    counts = np.zeros(100)
    for seed in range(500):
        counts[sampled([30, 1, 69], most=10, seed=seed)] += 1
    # Of each row 50 are expected, with a standard deviation of 6.7.
    assert abs(counts - 50).max() < 5 * 6.7


def test_the_same_seed_gives_the_same_sample() -> None:
    """So that a dispatch that runs again finds the same."""
    assert sampled([500, 500], most=20) == sampled([500, 500], most=20)
    assert sampled([500, 500], most=20) != sampled([500, 500], most=20, seed=2)


def test_what_is_held_is_bounded() -> None:
    """However many rows pass by, little more than are kept wait to be cut."""
    reservoir = Reservoir(10, seed=1)
    for _ in range(100):
        reservoir.add(pa.table({"n": np.arange(15)}))
        assert len(reservoir._keys) < 11
        assert sum(table.num_rows for table in reservoir._tables) < 11
