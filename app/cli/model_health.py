"""`disparo models health`: how far versions have drifted from their samples."""

from typing import Annotated

import typer

from app.cli.parts import Json, services, show_one, show_table
from app.clock import utc_now
from app.services.priority import give_way
from app.values.model_health import HealthFilter, HealthOrigin, InputHealth, ModelHealth


def health(
    name: str,
    *,
    version: Annotated[
        int | None, typer.Option(min=1, max=2**31 - 1, help="By default the live one.")
    ] = None,
    schedule: Annotated[
        str | None, typer.Option(help="By the rows of this schedule's newest dispatch.")
    ] = None,
    compute: Annotated[
        bool, typer.Option("--compute", help="Look at requests now, and record it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show how far NAME has drifted from the sample that it was registered with."""
    with services() as factory:
        if compute:
            give_way(factory.settings.dispatch.nice)
            factory.model_looks.look(name, now=utc_now())
        origin = HealthOrigin.DISPATCHES if schedule else HealthOrigin.REQUESTS
        wanted = HealthFilter(model=name, version=version, origin=origin, schedule=schedule)
        found = factory.model_health.newest(wanted)
    if as_json:
        return show_one(found)
    return _show(found)


def _show(found: ModelHealth) -> None:
    live = ", live" if found.is_live else ""
    of = f"dispatch {found.dispatch} of {found.schedule}" if found.dispatch else "requests"
    typer.echo(
        f"{found.model} version {found.version}{live}: {found.state}; "
        f"{found.cases} cases of {of} beside "
        f"{found.sample_cases} of its sample, {found.computed_at.isoformat(' ', 'seconds')}"
    )
    headings = ["NAME", "PSI", "TEST", "P", "MISSING", "OF SAMPLE", "UNSEEN", "SIGNS"]
    show_table(headings, map(_row, found.parts))
    if found.labels:
        typer.echo()
        show_table(
            ["LABEL", "CASES", "RATE"],
            ([one.label, one.cases, _percent(one.rate)] for one in found.labels),
        )


def _row(one: InputHealth) -> list[object]:
    return [
        one.name,
        None if one.psi is None else f"{one.psi:.3f}",
        one.test and one.test.method,
        one.test and f"{one.test.p_value:.2g}",
        _percent(one.missing),
        _percent(one.sample_missing),
        _percent(one.unseen),
        ", ".join(one.signs) or None,
    ]


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.1f} %"
