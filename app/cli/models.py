"""`disparo models`: models and their versions."""

from pathlib import Path
from typing import Annotated, cast

import typer

from app.cli import model_health, performance
from app.cli.parts import ACTOR, Json, command_group, err, patch, services, show, show_one
from app.clock import utc_now
from app.errors import GateError
from app.values.model import Registration, RuntimeName

group = command_group("Models and their versions.")
group.command("performance")(performance.performance)
group.command("health")(model_health.health)


@group.command("register")
def register(
    name: str,
    path: Path,
    *,
    sample: Annotated[Path | None, typer.Option(help="CSV or Parquet of typical inputs.")] = None,
    runtime: Annotated[
        RuntimeName | None, typer.Option(help="Told by the suffix if left out.")
    ] = None,
    entry_point: Annotated[
        str | None, typer.Option(help="module:Class, for runtime python.")
    ] = None,
    trust: Annotated[
        list[str] | None,
        typer.Option(help="A type that a skops file may hold, module.Class; may be repeated."),
    ] = None,
    accept_version_difference: Annotated[
        bool,
        typer.Option(
            "--accept-version-difference",
            help="Take a file that another release of its library saved.",
        ),
    ] = False,
) -> None:
    """Register PATH as a new version of model NAME. Loading a pickle runs its code.

    PATH is a file, or a directory that MLflow wrote for a model of scikit-learn.
    """
    asked = Registration(
        name=name,
        filename=path.name,
        runtime=runtime,
        sample=sample,
        entry_point=entry_point,
        trusted=tuple(trust or ()),
        accept_version_difference=accept_version_difference,
    )
    now = utc_now()
    with services() as factory:
        version = factory.models.register(path, asked, actor=ACTOR, now=now)
    live = (
        ", live"
        if version.live
        else f"; `disparo models promote {name} {version.number}` makes it live"
    )
    known = "" if version.registered_at >= now else ", registered before"
    typer.echo(f"{name} version {version.number} ({version.estimator.class_name}){known}{live}")
    for warning in version.estimator.warnings:
        err.print(f"warning: {warning}", style="yellow")


@group.command("list")
def list_models(*, as_json: Json = False) -> None:
    """List the models."""
    with services() as factory:
        columns = {"NAME": "name", "LIVE": "live", "VERSIONS": "versions", "CREATED": "created_at"}
        show(factory.models.all(), as_json=as_json, columns=columns)


@group.command("show")
def show_model(name: str, version: int | None = None, *, as_json: Json = False) -> None:
    """Show a model's versions, or one version whole."""
    with services() as factory:
        if version is not None:
            return show_one(factory.models.version(name, version))
        columns = {
            "VERSION": "number",
            "STATE": "state",
            "LIVE": "live",
            "REGISTERED": "registered_at",
        }
        return show(factory.models.versions(name), as_json=as_json, columns=columns)


@group.command("promote")
def promote(
    name: str,
    version: int,
    *,
    force: Annotated[bool, typer.Option("--force", help="Whatever the model's gate says.")] = False,
) -> None:
    """Make a version the live one; where its cases are the model's gate, it must pass them."""
    with services() as factory:
        try:
            factory.models.promote(name, version, actor=ACTOR, now=utc_now(), force=force)
        except GateError as error:
            for fault in cast("list[dict[str, object]]", error.facts["cases"]):
                err.print(f"case {fault['case']} {fault['title']}: {fault['reason']}", markup=False)
            raise
    typer.echo(f"{name} version {version} is live")


@group.command("serving")
def serving(
    name: str,
    fields: Annotated[
        list[str] | None,
        typer.Argument(help="FIELD=VALUE, e.g. gate=cases shadow.version=2; null: the default."),
    ] = None,
) -> None:
    """Show how the Showroom serves a model, with FIELDs changed."""
    with services() as factory:
        if fields:
            show_one(factory.models.serve(name, patch(fields), actor=ACTOR, now=utc_now()))
        else:
            show_one(factory.models.one(name).serving)


@group.command("retire")
def retire(name: str, version: int) -> None:
    """Take a version out of use."""
    with services() as factory:
        factory.models.retire(name, version, actor=ACTOR, now=utc_now())
    typer.echo(f"{name} version {version} is retired")
