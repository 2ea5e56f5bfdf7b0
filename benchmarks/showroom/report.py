"""What is printed of the measurements: a table a model, then what was held of least and goal."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.showroom.contender import Contender, Role
from benchmarks.showroom.load import Load
from benchmarks.showroom.models import Model

LEAST = {"m1": 4.0, "m2": 3.0, "m3": 3.0}
"""At 64 connections, committed to MariaDB: so many times the best rival."""
MANY = 64
"""Connections at which the least is judged."""
GOAL = 0.9
"""Of the prototype's rate, which keeps no record, with a committed one."""
GOAL_P50 = 3.0
"""Milliseconds for a single case of M2."""


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """One contender with one model, once started: what its loads gave, by connections."""

    start: float
    memory: int
    loads: Mapping[int, Load]


@dataclass(frozen=True, kw_only=True)
class Median:
    """The medians of several sittings."""

    rates: Mapping[int, float]
    p50: Mapping[int, float]
    p99: Mapping[int, float]
    start: float
    memory: float
    failures: int


def median_of(sittings: Sequence[Sitting]) -> Median:
    """Return the median of each figure, and the sum of the failures."""

    def each(figure: str) -> dict[int, float]:
        return {
            number: statistics.median(getattr(one.loads[number], figure) for one in sittings)
            for number in sittings[0].loads
        }

    return Median(
        rates=each("rate"),
        p50=each("p50"),
        p99=each("p99"),
        start=statistics.median(one.start for one in sittings),
        memory=statistics.median(one.memory for one in sittings),
        failures=sum(load.failures for one in sittings for load in one.loads.values()),
    )


Medians = Mapping[Contender, Median]


def table(model: Model, medians: Medians) -> Iterator[str]:
    """Yield the lines of one model's table."""
    numbers = list(next(iter(medians.values())).rates)
    best = best_rival(medians)
    yield f"\n{model.name.upper()}: {model.title}"
    heads = "".join(
        f"{f'{number} conn.':>9}{'p50':>8}{'p99':>8}{'x best':>7}" for number in numbers
    )
    yield f"{'requests/s, ms':<17}{heads}{'start s':>9}{'MiB':>6}{'failed':>8}"
    for contender, median in medians.items():
        cells = "".join(
            f"{median.rates[number]:>9,.0f}{median.p50[number]:>8.2f}{median.p99[number]:>8.1f}"
            f"{_ratio(median.rates[number], best.get(number)):>7}"
            for number in numbers
        )
        weight = f"{median.memory / 2**20:>6.0f}"
        yield f"{contender.name:<17}{cells}{median.start:>9.1f}{weight}{median.failures:>8}"


def best_rival(medians: Medians) -> dict[int, float]:
    """Return the best rate of the rivals at each number of connections."""
    rivals = [median.rates for one, median in medians.items() if one.role is Role.RIVAL]
    return {number: max(rates[number] for rates in rivals) for number in (rivals or [{}])[0]}


def _ratio(rate: float, other: float | None) -> str:
    return f"{rate / other:.2f}" if other else "-"


def verdicts(model: Model, medians: Medians) -> Iterator[str]:
    """Yield one line for each promise that these measurements can judge."""
    named = {contender.name: median for contender, median in medians.items()}
    best = best_rival(medians)
    yield from _least(model, named, best)
    yield from _goal(model, named)


def _least(model: Model, named: Mapping[str, Median], best: Mapping[int, float]) -> Iterator[str]:
    committed = named.get("disparo-mariadb")
    if committed is not None and MANY in best:
        ratio = committed.rates[MANY] / best[MANY]
        words = f"at {MANY} connections, committed to MariaDB, {ratio:.2f} times the best rival"
        yield _verdict(
            "least", model, words, f"{LEAST[model.name]:.0f}", ratio >= LEAST[model.name]
        )
    if model.name == "m1" and 1 in best:
        for name in ("disparo-sqlite", "disparo-mariadb"):
            if name in named:
                ratio = named[name].rates[1] / best[1]
                words = f"at 1 connection, {name} {ratio:.2f} times the best rival"
                yield _verdict("least", model, words, "over 1", ratio > 1)


def _goal(model: Model, named: Mapping[str, Median]) -> Iterator[str]:
    prototype = named.get("prototype")
    for name in ("disparo-sqlite", "disparo-mariadb"):
        if name not in named:
            continue
        for number, rate in named[name].rates.items() if prototype else ():
            share = rate / prototype.rates[number]  # type: ignore[union-attr]
            words = f"at {number} connections, {name} {share:.0%} of the prototype without a record"
            yield _verdict("goal", model, words, f"{GOAL:.0%}", share >= GOAL)
        if model.name == "m2" and 1 in named[name].p50:
            p50 = named[name].p50[1]
            words = f"a single case of {name} takes {p50:.2f} ms (p50)"
            yield _verdict("goal", model, words, f"under {GOAL_P50:.0f} ms", p50 < GOAL_P50)


def _verdict(kind: str, model: Model, words: str, wanted: str, held: bool) -> str:  # noqa: FBT001
    return f"{kind:<6}{model.name.upper()} {words}; wanted {wanted}: {'held' if held else 'MISSED'}"
