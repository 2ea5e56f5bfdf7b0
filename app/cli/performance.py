"""`disparo models performance`: how good versions are by what turned out to be true."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from app.cli.parts import Json, instant, services, show_one, show_table
from app.values.performance import PerformanceFilter, VersionPerformance

_FIGURES = ("accuracy", "brier", "mae", "rmse", "bias")


def performance(
    name: str,
    *,
    since: Annotated[str | None, typer.Option(help="Received then or later; UTC.")] = None,
    until: Annotated[str | None, typer.Option(help="Received before; UTC.")] = None,
    version: Annotated[int | None, typer.Option(min=1, max=2**31 - 1)] = None,
    as_json: Json = False,
) -> None:
    """Show how good the versions of NAME are, by the outcomes that were told.

    With --json also which classes were taken for which, and how far probabilities came true.
    """
    wanted = PerformanceFilter(
        since=_moment(since, "--since"), until=_moment(until, "--until"), version=version
    )
    with services() as factory:
        found = factory.performance.of(name, wanted)
    if as_json:
        return show_one(found)
    headings = ["VERSION", "KIND", "OUTCOMES", *(figure.upper() for figure in _FIGURES)]
    show_table(headings, map(_row, found.versions))
    classes = [row for one in found.versions for row in _class_rows(one)]
    if classes:
        typer.echo()
        headings = ["VERSION", "KIND", "CLASS", "PREDICTED", "TRUE", "PRECISION", "RECALL"]
        show_table(headings, classes)
    return None


def _moment(text: str | None, option: str) -> datetime | None:
    return None if text is None else instant(text, option)


def _row(one: VersionPerformance) -> list[object]:
    figures = (getattr(one, figure) for figure in _FIGURES)
    return [one.version, one.kind, one.outcomes, *map(_short, figures)]


def _class_rows(one: VersionPerformance) -> Iterator[list[object]]:
    for rates in one.classes or ():
        shown = (_short(rates.precision), _short(rates.recall))
        yield [one.version, one.kind, rates.label, rates.predicted, rates.true, *shown]


def _short(figure: float | None) -> str | None:
    return None if figure is None else f"{figure:.4g}"
