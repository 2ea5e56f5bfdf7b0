"""How often Python searches for garbage in a process of the service."""

import gc
from collections.abc import Iterator

import pytest

from app.garbage import settle


@pytest.fixture
def as_before() -> Iterator[None]:
    """Leave this process as it was."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


class Knot:
    """Refers to itself."""

    found = 0

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        """Count that it was found."""
        Knot.found += 1


@pytest.mark.usefixtures("as_before")
def test_what_is_loaded_is_left_out_and_garbage_is_still_found() -> None:
    """Later searches pass over what has stayed; what refers to itself goes by itself, in bounds."""
    settle()
    assert gc.get_freeze_count() > 10_000
    Knot.found, many = 0, 100_000
    for _ in range(many):
        Knot()
    assert many - Knot.found < 50_000
