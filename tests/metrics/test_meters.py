"""What the Showroom counts: cheap, and the same as what prometheus-client would have counted."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from app.services.meters import SECONDS, BatchHistogram, Meters
from tests.scraping import series, value

_EDGES = st.sampled_from([*SECONDS, 0.0, 20.0])


@given(st.lists(st.lists(_EDGES | st.floats(0, 30, allow_subnormal=False))))
def test_many_values_count_as_they_would_one_by_one(batches: list[list[float]]) -> None:
    """A batch of values changes a histogram as prometheus-client's own does, bounds included."""
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    together = BatchHistogram("h", "…", buckets=SECONDS, registry=ours)
    single = Histogram("h", "…", buckets=SECONDS, registry=theirs)
    for batch in batches:
        together.observe_all(batch)
        for one in batch:
            single.observe(one)
    found, expected = (series(generate_latest(one).decode()) for one in (ours, theirs))
    assert found.keys() == expected.keys()
    for key, number in found.items():
        assert math.isclose(number, expected[key], abs_tol=1e-9), key


@pytest.mark.parametrize(("most", "told_apart"), [(0, []), (2, ["1", "2"]), (9, ["1", "2", "3"])])
def test_versions_beyond_the_bound_are_counted_together(most: int, told_apart: list[str]) -> None:
    """However many versions answer, there are no more labels than are allowed."""
    registry = CollectorRegistry()
    meters = Meters(registry, versions=most)
    for _ in range(2):
        meters.show({("m", 1): 5, ("m", 2): 7, ("m", 3): 1}, log_requests=0, log_bytes=0)
    found = series(generate_latest(registry).decode())
    name = "disparo_prediction_waiting_cases"
    waiting = {dict(labels)["version"]: n for (one, labels), n in found.items() if one == name}
    assert sorted(waiting) == sorted([*told_apart, *(["other"] if most < 3 else [])])
    assert sum(waiting.values()) == 13


def test_a_version_that_is_let_go_has_nothing_that_waits() -> None:
    """What is no longer loaded is told as zero: in several processes no series can be taken back."""
    registry = CollectorRegistry()
    meters = Meters(registry, versions=5)
    meters.show({("m", 1): 5}, log_requests=3, log_bytes=9)
    meters.show({}, log_requests=0, log_bytes=0)
    found = series(generate_latest(registry).decode())
    assert value(found, "disparo_prediction_waiting_cases", model="m", version="1") == 0
    assert value(found, "disparo_model_loaded_processes", model="m", version="1") == 0
