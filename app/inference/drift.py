"""How far two samples of one input lie apart: the formulas, over counts by bin and over numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from app.values.model_health import DriftMethod, DriftTest

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64] | Sequence[int]

_SMOOTHING = 0.5
"""Added to each count, so that a bin which is empty on one side has a logarithm: the prior of
Krichevsky and Trofimov (IEEE Trans. Inf. Theory 27, 1981)."""
_FEW, _FEW_SHARE = 5, 0.2
"""Cochran's rule (Biometrics 10, 1954): no expected count under 1, at most a fifth under 5."""


def quantile_edges(sample: Numbers, bins: int) -> Numbers:
    """Return the upper edges of all bins but the last one, whose upper edge is infinity.

    They are quantiles of a sample without missing values, so that each bin holds about as much of
    it; equal ones count once. A sample of at most `bins` different values has a bin for each value,
    and one below them: else nobody would see a constant fall.
    """
    different = np.unique(sample)
    if len(different) <= bins:
        return np.concatenate([np.nextafter(different[:1], -np.inf), different])
    return np.unique(np.quantile(sample, np.arange(1, bins) / bins))


def bin_counts(edges: Numbers, values: Numbers) -> npt.NDArray[np.int64]:
    """Return how many values each bin holds; a bin holds its upper edge, as in pandas.cut."""
    places = np.searchsorted(edges, values, side="left")
    return np.bincount(places, minlength=len(edges) + 1).astype(np.int64)


def psi(expected: Counts, actual: Counts) -> float:
    """Return the population stability index of two counts over the same bins; 0 is no shift.

    It is the sum of (q - p) ln(q / p) over the bins, p and q being the shares (N. Siddiqi, Credit
    Risk Scorecards, 2006), which is the divergence of Jeffreys (1946): symmetric, never negative.
    Bins that are empty on both sides are left out; 0.5 is added to all other counts.
    """
    p, q = np.asarray(expected, dtype=float), np.asarray(actual, dtype=float)
    used = (p + q) > 0
    p, q = _shares(p[used]), _shares(q[used])
    return float(np.sum((q - p) * np.log(q / p)))


def _shares(counts: Numbers) -> Numbers:
    smoothed = counts + _SMOOTHING
    shares: Numbers = smoothed / smoothed.sum()
    return shares


def kolmogorov_smirnov(sample: Numbers, values: Numbers) -> DriftTest | None:
    """Return the two-sample test of Kolmogorov and Smirnov; None where one side is empty.

    Its p-value is the asymptotic one: the exact one takes a time that goes with the product of the
    sizes. Where values are equal it is too large rather than too small.
    """
    from scipy.stats import ks_2samp

    if not (len(sample) and len(values)):
        return None
    found = ks_2samp(sample, values, method="asymp")
    return _test(DriftMethod.KOLMOGOROV_SMIRNOV, found.statistic, found.pvalue)


def chi_squared(expected: Counts, actual: Counts) -> DriftTest | None:
    """Return Pearson's chi-squared test of homogeneity, without Yates's correction.

    Bins of which fewer than five are expected on a side are pooled. None where it does not fit
    still: with fewer than two bins that hold anything, or counts too small by Cochran's rule.
    """
    from scipy.stats import chi2_contingency
    from scipy.stats.contingency import expected_freq

    table = np.array([expected, actual], dtype=float)
    table = table[:, table.sum(axis=0) > 0]
    if not table.sum(axis=1).all():
        return None
    is_thin = expected_freq(table).min(axis=0) < _FEW
    if is_thin.any():
        table = np.column_stack([table[:, ~is_thin], table[:, is_thin].sum(axis=1)])
    frequencies = expected_freq(table)
    few = frequencies < _FEW
    if table.shape[1] < 2 or frequencies.min() < 1 or few.mean() > _FEW_SHARE:  # noqa: PLR2004 - two to compare
        return None
    found = chi2_contingency(table, correction=False)
    return _test(DriftMethod.CHI_SQUARED, found.statistic, found.pvalue)


def _test(method: DriftMethod, statistic: Any, p_value: Any) -> DriftTest:
    return DriftTest(method=method, statistic=float(statistic), p_value=float(p_value))
