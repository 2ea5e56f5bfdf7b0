"""The formulas of drift: beside scipy, beside a second implementation, and what they promise."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy import stats

from app.inference.drift import (
    bin_counts,
    chi_squared,
    kolmogorov_smirnov,
    psi,
    quantile_edges,
)
from app.values.model_health import DriftMethod

SAMPLES: dict[str, tuple[Any, Any]] = {
    "shifted": (default_rng(1).normal(0, 1, 200), default_rng(2).normal(0.5, 1, 3000)),
    "alike": (default_rng(3).normal(0, 1, 200), default_rng(4).normal(0, 1, 3000)),
    "skewed": (default_rng(5).exponential(1, 150), default_rng(6).exponential(3, 999)),
    "mostly zero": (
        default_rng(7).poisson(0.2, 200).astype(float),
        default_rng(8).poisson(0.9, 777).astype(float),
    ),
    "far away": (default_rng(9).normal(0, 1, 200), np.full(500, 1e9)),
}
COUNTS = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), min_size=1, max_size=30
)


def by_hand(sample: Any, values: Any, bins: int) -> float:
    """Return the index by pandas.cut and a plain sum: nothing of it is shared with the program."""
    if len(set(sample)) <= bins:
        uppers = sorted(set(sample))
        uppers = [math.nextafter(uppers[0], -math.inf), *uppers]
    else:
        uppers = sorted({float(pd.Series(sample).quantile(n / bins)) for n in range(1, bins)})
    borders = [-math.inf, *uppers, math.inf]
    places = (pd.cut(pd.Series(side), borders, labels=False) for side in (sample, values))
    p, q = (place.value_counts().reindex(range(len(uppers) + 1), fill_value=0) for place in places)
    pairs = [(a + 0.5, b + 0.5) for a, b in zip(p, q, strict=True) if a + b > 0]
    total, other = (sum(side) for side in zip(*pairs, strict=True))
    return float(
        sum((b / other - a / total) * math.log((b / other) / (a / total)) for a, b in pairs)
    )


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("bins", [2, 10, 100])
def test_the_index_is_that_of_a_second_implementation(name: str, bins: int) -> None:
    """By quantiles of the sample, or a bin for each value where it has few."""
    sample, values = SAMPLES[name]
    edges = quantile_edges(sample, bins)
    found = psi(bin_counts(edges, sample), bin_counts(edges, values))
    assert found == pytest.approx(by_hand(sample, values, bins), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_tests_are_scipys(name: str) -> None:
    """Kolmogorov-Smirnov over the numbers, chi-squared over a table of counts."""
    sample, values = SAMPLES[name]
    found, expected = kolmogorov_smirnov(sample, values), stats.ks_2samp(sample, values)
    assert found is not None
    assert found.method is DriftMethod.KOLMOGOROV_SMIRNOV
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue, rel=0.3, abs=1e-6)
    told = chi_squared([80, 70, 50, 0], [500, 300, 150, 0])
    [statistic, p_value, *_] = stats.chi2_contingency([[80, 70, 50], [500, 300, 150]])
    assert told is not None
    assert (told.statistic, told.p_value) == pytest.approx((statistic, p_value))


def test_thin_bins_are_pooled() -> None:
    """Rare categories are tested as one, as scipy tests a table that holds their sum."""
    told = chi_squared([100, 80, 6, 4, 2], [300, 500, 10, 4, 1])
    [statistic, p_value, *_] = stats.chi2_contingency(
        [[100, 80, 6 + 4 + 2], [300, 500, 10 + 4 + 1]]
    )
    assert told is not None
    assert (told.statistic, told.p_value) == pytest.approx((statistic, p_value))


def test_a_table_that_is_too_thin_is_not_tested() -> None:
    """Cochran's rule; and there must be two bins, and something on both sides."""
    assert chi_squared([3, 1, 0], [2, 1, 1]) is None
    assert chi_squared([10, 0], [20, 0]) is None
    assert chi_squared([10, 10], [0, 0]) is None
    assert kolmogorov_smirnov(np.array([1.0]), np.empty(0)) is None


def test_a_constant_is_seen_to_rise_and_to_fall() -> None:
    """A sample of one value has a bin for it, one below and one above."""
    edges = quantile_edges(np.full(50, 7.0), 10)
    assert bin_counts(edges, np.array([6.0, 7.0, 7.0, 8.0])).tolist() == [1, 2, 1]


@settings(max_examples=100, deadline=None)
@given(COUNTS)
def test_the_index_is_symmetric_and_never_negative(counts: list[tuple[int, int]]) -> None:
    """Which side is called the sample does not matter to it; of a side and itself it is 0."""
    one, other = ([pair[side] for pair in counts] for side in (0, 1))
    assert psi(one, other) == pytest.approx(psi(other, one), abs=1e-12)
    assert psi(one, other) >= -1e-12
    assert psi(one, one) == 0


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=30, max_size=200, unique=True),
    st.integers(2, 20),
)
def test_every_value_has_its_bin(values: list[float], bins: int) -> None:
    """Of the sample and of anything else; the bins of a sample hold about as much each."""
    sample = np.array(values)
    edges = quantile_edges(sample, bins)
    counts = bin_counts(edges, sample)
    assert counts.sum() == len(sample)
    assert len(counts) <= bins
    assert counts.max() <= len(sample) / bins + 2
    assert bin_counts(edges, np.array([-1e300, 0.0, 1e300])).sum() == 3


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_index_grows_with_a_shift(seed: int) -> None:
    """A normal distribution that moves away by half its deviation each time."""
    random = default_rng(seed)
    sample, values = random.normal(0, 1, 500), random.normal(0, 1, 5000)
    edges = quantile_edges(sample, 10)
    before = bin_counts(edges, sample)
    found = [psi(before, bin_counts(edges, values + step / 2)) for step in range(6)]
    assert found == sorted(found)
    assert found[0] < 0.1
    assert found[2] > 0.25
