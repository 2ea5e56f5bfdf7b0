"""How many rows make a batch: as many as the slowest stage deals with in the time that is wished."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.values.pace import STEP, Measured, Pace

PACE = Pace(least=512, most=20_000, seconds=1.0)


def measured(rows: int, seconds: float) -> Measured:
    """Return what a stage took."""
    return Measured(rows=rows, seconds=seconds)


def test_the_first_batch_is_the_smallest() -> None:
    """Before anything is measured, a model may be slow."""
    assert PACE.rows([]) == 512


def test_a_batch_grows_eightfold_until_it_is_the_largest() -> None:
    """A fast model has full batches after two small ones."""
    assert PACE.rows([measured(512, 0.01)]) == 4096
    assert PACE.rows([measured(4096, 0.05)]) == 20_000


@pytest.mark.parametrize(
    ("seconds", "rows"), [(4.0, 5_000 - 5_000 % STEP), (1.0, 20_000), (100, 512)]
)
def test_a_slow_batch_is_followed_by_a_smaller_one(seconds: float, rows: int) -> None:
    """So many rows as take a second, and never fewer than the least."""
    assert PACE.rows([measured(20_000, seconds)]) == rows


def test_the_slowest_stage_decides() -> None:
    """A fast model before a slow database has the database's batches."""
    assert PACE.rows([measured(20_000, 0.1), measured(20_000, 10.0)]) == 2_000 - 2_000 % STEP


def paced(price: float, per_row: float) -> int:
    """Return the size of batches after some, of a stage that takes so many seconds for each."""
    last = Measured(rows=512, seconds=price + 512 * per_row)
    for _ in range(12):
        rows = PACE.rows([last])
        last = last.followed_by(rows, price + rows * per_row)
    return last.rows


@pytest.mark.parametrize(
    ("price", "per_row", "rows"),
    [
        (0.0, 0.001, 992),  # a second, by whole steps
        (0.2, 0.001, 1_984),  # ten times the price
        (0.2, 0.00005, 20_000),
        (1.0, 0.001, 4_000),  # five seconds, though that is but four times the price
        (6.0, 0.001, 5_984),  # as much as the price, though that is twelve seconds
        (0.0, 0.1, 512),
        (60.0, 0.1, 576),
    ],
)
def test_a_batch_is_worth_its_price(price: float, per_row: float, rows: int) -> None:
    """What each batch costs besides its rows is found out, and makes batches larger."""
    assert paced(price, per_row) == rows


def test_bounds_below_a_step_are_kept() -> None:
    """Whoever wants batches of ten or a hundred rows gets them."""
    for rows in (10, 100):
        pace = Pace(least=rows, most=rows, seconds=1.0)
        assert {
            pace.rows([]),
            pace.rows([measured(rows, 0.001)]),
            pace.rows([measured(rows, 9)]),
        } == {rows}


@given(
    st.lists(
        st.builds(
            Measured,
            rows=st.integers(0, 10**6),
            seconds=st.floats(0, 1e6),
            other=st.none()
            | st.builds(Measured, rows=st.integers(0, 10**6), seconds=st.floats(0, 1e6)),
        ),
        max_size=3,
    ),
    st.integers(1, 5000),
    st.integers(0, 50_000),
)
def test_batches_stay_within_their_bounds(last: list[Measured], least: int, more: int) -> None:
    """Whatever was measured, a batch has a row, at most the most, and whole steps if it has one."""
    pace = Pace(least=least, most=least + more, seconds=1.0)
    rows = pace.rows(last)
    assert least <= rows <= least + more
    assert rows in {least, least + more} or rows % STEP == 0
