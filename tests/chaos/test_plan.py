"""The plan of a campaign's faults comes of the seed alone, and keeps to its bounds."""

from itertools import combinations

import pytest

from tests.chaos.faults import FAULTS, KINDS
from tests.chaos.plan import FIRST, LAST, Kind, planned

SEEDS = range(20)


def test_the_same_seed_plans_the_same() -> None:
    """So that a campaign can be repeated, whatever else is drawn meanwhile."""
    assert planned(7, 600, KINDS) == planned(7, 600, KINDS)
    assert planned(7, 600, KINDS) != planned(8, 600, KINDS)


@pytest.mark.parametrize("seconds", [30, 60, 600])
def test_each_kind_comes_and_all_is_healed_before_the_end(seconds: float) -> None:
    """Before the first fault all has begun; after the last one slots still come."""
    for seed in SEEDS:
        strokes = planned(seed, seconds, KINDS)
        assert all(seconds * FIRST <= one.at <= one.end <= seconds * LAST for one in strokes)
        assert [one.at for one in strokes] == sorted(one.at for one in strokes)
    kinds = {one.kind for seed in SEEDS for one in planned(seed, seconds, KINDS)}
    assert kinds == {one.name for one in KINDS}


def test_one_thing_is_struck_by_one_fault_at_a_time() -> None:
    """What is killed cannot be stopped; two things may well be struck together."""
    for seed in SEEDS:
        strokes = planned(seed, 600, KINDS)
        assert len(strokes) > 80
        for one, other in combinations(strokes, 2):
            assert one.thing != other.thing or one.end < other.at


def test_without_kinds_nothing_is_planned() -> None:
    """As where nothing is permitted."""
    assert planned(1, 60, ()) == ()


def test_what_does_not_fit_is_left_out() -> None:
    """A kind that lasts longer than the campaign."""
    assert planned(1, 10, [Kind(name="long", things=("x",), shortest=20, longest=30)]) == ()


def test_each_kind_has_its_fault() -> None:
    """What is planned can be done."""
    assert [one.name for one in KINDS] == list(FAULTS)
