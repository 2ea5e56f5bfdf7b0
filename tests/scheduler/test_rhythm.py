"""The rhythm of the scheduler's thread: what fails holds up nothing else."""

import time

import pytest

from app.rhythm import Beat, Rhythm


def test_what_fails_each_time_does_not_hold_up_the_others() -> None:
    """A beat that always fails is told of, and those after it have their turn before it again."""
    done: list[float] = []

    def fail() -> None:
        raise ValueError("always")

    def note() -> None:
        done.append(time.monotonic())

    rhythm = Rhythm(Beat(do=fail, every=0.0), Beat(do=note, every=60.0))
    with pytest.raises(ValueError, match="always"):
        rhythm.keep()
    with pytest.raises(ValueError, match="always"):
        rhythm.keep()
    assert len(done) == 1
