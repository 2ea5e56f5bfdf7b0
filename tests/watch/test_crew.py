"""A crew: threads whose calls may hang."""

import threading

import pytest

from app.monitor.crew import Crew


def test_no_more_calls_run_than_there_are_places() -> None:
    """One more is not taken; when one comes back, its place is free."""
    crew, go = Crew(2, most_abandoned=1, name="test"), threading.Event()
    first = [crew.submit(go.wait) for _ in range(2)]
    assert crew.submit(go.wait) is None
    assert crew.busy == 2
    go.set()
    assert [one.result(10) for one in first if one] == [True, True]
    again = crew.submit(lambda: 3)
    assert again is not None
    assert again.result(10) == 3
    crew.stop()


def test_a_call_that_hangs_is_replaced_up_to_a_bound() -> None:
    """Beyond it the crew is smaller, until one comes back."""
    crew, go = Crew(1, most_abandoned=1, name="test"), threading.Event()
    first = crew.submit(go.wait)
    assert first is not None
    assert crew.abandon(first)
    second = crew.submit(go.wait)
    assert second is not None
    assert crew.abandon(second)
    assert (crew.abandoned, crew.has_room, crew.submit(go.wait)) == (2, False, None)
    go.set()
    assert first.result(10)
    assert second.result(10)
    third = crew.submit(lambda: 3)
    assert third is not None
    assert third.result(10) == 3
    assert (crew.abandoned, crew.abandon(third)) == (0, False)
    crew.stop()


def test_what_a_call_raises_is_told() -> None:
    """And its thread goes on with the next one."""
    crew = Crew(1, most_abandoned=0, name="test")
    failing = crew.submit(lambda: 1 // 0)
    assert failing is not None
    with pytest.raises(ZeroDivisionError):
        failing.result(10)
    following = crew.submit(lambda: 3)
    assert following is not None
    assert following.result(10) == 3
    crew.stop()
