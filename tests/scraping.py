"""Scrapes as Prometheus takes them: read by prometheus-client's own parsers."""

from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families

Series = tuple[str, frozenset[tuple[str, str]]]


def series(text: str, *, is_open: bool = False) -> dict[Series, float]:
    """Return each series of a scrape: its name, its labels, and its value."""
    parse = open_families if is_open else text_string_to_metric_families
    found = {}
    for family in parse(text):
        for sample in family.samples:
            key = sample.name, frozenset(sample.labels.items())
            assert key not in found, f"{key} is told twice"
            found[key] = sample.value
    return found


def value(found: dict[Series, float], name: str, **labels: str) -> float:
    """Return the value of one series, zero if there is none."""
    return found.get((name, frozenset(labels.items())), 0.0)


def growing(text: str) -> dict[Series, float]:
    """Return the series that may only grow: counters, and the parts of histograms."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        if family.type in {"counter", "histogram"}
        for sample in family.samples
    }
