"""The commands that edit what people declare by name: schedules, checks, channels, rules."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.parts import ACTOR, Json, err, patch, services, show, show_one, show_table
from app.clock import utc_now
from app.values.event import Event

if TYPE_CHECKING:  # it loads SQLAlchemy, which `disparo --help` does not need
    from app.factory import Factory

File = Annotated[Path, typer.Argument(help="YAML or JSON of one; - for standard input.")]


@dataclass(frozen=True, kw_only=True)
class Editing:
    """What the commands need to know of a kind of thing."""

    noun: str
    service: "Callable[[Factory], Any]"
    """Gives the service that creates, replaces, changes, removes and tells the history."""
    read: Callable[[Path], Any]
    """Gives the thing that a file describes."""
    told: Callable[[Any], str]
    """Says in a few words how a thing stands now."""
    fields: str
    """An example of what `set` takes."""
    removed: str = ""
    """What goes with a thing that is removed."""

    def add_to(self, group: typer.Typer) -> None:
        """Give a group the commands create, replace, set, remove and history."""
        noun = self.noun
        for name, command, purpose in (
            ("create", self._create(), f"Create the {noun} that FILE describes."),
            ("replace", self._replace(), f"Replace the {noun} that FILE names by what it says."),
            ("set", self._set(), f"Change fields of a {noun}; all others stay."),
            ("remove", self._remove(), f"Remove a {noun}{self.removed}."),
            (
                "history",
                self._history(),
                f"Show who changed a {noun}, and how; also a removed one.",
            ),
        ):
            group.command(name, help=purpose)(command)

    def tell(self, made: Any, done: str, *, as_json: bool) -> None:
        """Say what was done to a thing, and how it stands now."""
        if as_json:
            show_one(made)
            return
        words = self.told(made)
        typer.echo(f"{done} {made.name}, revision {made.revision}{words and ': '}{words}")
        for warning in getattr(made, "warnings", ()):
            err.print(f"warning: {warning}", style="yellow")

    def _create(self) -> Callable[..., None]:
        def create(file: File, *, as_json: Json = False) -> None:
            spec = self.read(file)
            with services() as factory:
                made = self.service(factory).create(spec, actor=ACTOR, now=utc_now())
            self.tell(made, "created", as_json=as_json)

        return create

    def _replace(self) -> Callable[..., None]:
        def replace(file: File, *, as_json: Json = False) -> None:
            spec = self.read(file)
            with services() as factory:
                made = self.service(factory).replace(spec.name, spec, actor=ACTOR, now=utc_now())
            self.tell(made, "replaced", as_json=as_json)

        return replace

    def _set(self) -> Callable[..., None]:
        words = f"FIELD=VALUE, e.g. {self.fields}; null takes a field back to its default."
        fields_type = Annotated[list[str], typer.Argument(help=words)]

        def set_fields(name: str, fields: fields_type, *, as_json: Json = False) -> None:
            with services() as factory:
                service = self.service(factory)
                made = service.change(name, patch(fields), actor=ACTOR, now=utc_now())
            self.tell(made, "changed", as_json=as_json)

        return set_fields

    def _remove(self) -> Callable[..., None]:
        def remove(name: str) -> None:
            with services() as factory:
                self.service(factory).remove(name, actor=ACTOR, now=utc_now())
            typer.echo(f"removed {name}")

        return remove

    def _history(self) -> Callable[..., None]:
        def history(name: str, limit: int = 1000, *, as_json: Json = False) -> None:
            with services() as factory:
                found = self.service(factory).history(name, limit=limit)
            if as_json:
                show(found, as_json=True, columns={})
                return
            rows = ([one.at, one.actor, one.name, changes(one)] for one in found)
            show_table(("AT", "WHO", "WHAT", "CHANGES"), rows)

        return history


def changes(event: Event) -> str:
    """Return what an edit changed, on one line."""
    before, after = event.detail.get("before"), event.detail.get("after")
    if before is None or after is None:
        return ", ".join(f"{key}={value}" for key, value in event.detail.items())
    if not before or not after:
        return ""
    return ", ".join(
        f"{path}: {before.get(path, 'default')} -> {after.get(path, 'default')}"
        for path in {**before, **after}
    )
