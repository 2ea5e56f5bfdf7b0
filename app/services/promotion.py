"""Which version becomes the live one, and which goes: decided while nobody else may."""

from dataclasses import dataclass

import sqlalchemy as sa

from app.db.cases import CaseState, CaseStore
from app.db.models import ModelStore
from app.errors import ConflictError
from app.services.missing import no_model
from app.values.model import Model, Version, VersionState


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a version was judged by: its model as it was, and its cases, where the gate asks."""

    model: Model
    cases: CaseState | None


def require_in_use(version: Version) -> None:
    """Raise ConflictError for a retired version."""
    if version.state is VersionState.RETIRED:
        raise ConflictError(
            f"version {version.number} of {version.model!r} is retired; register it again"
        )


def promote(
    connection: sa.Connection, version: Version, judged: Judged, *, force: bool
) -> ConflictError | None:
    """Make a version live; return why not, if what it was `judged` by has changed meanwhile.

    Raises ConflictError for a version that was retired meanwhile.
    """
    table = ModelStore(connection)
    now = _locked(table, version.model)
    require_in_use(_present(table, version))
    if not force and (overtaken := _overtaken(version, judged.model, now)) is not None:
        return overtaken
    if not force and judged.cases not in {None, CaseStore(connection).state(now.name)}:
        return ConflictError(
            f"cases of {now.name!r} were changed while version {version.number} answered them, so "
            "it is not promoted; promote it again",
            live=now.live,
        )
    table.promote(version.model, version.number)
    return None


def _overtaken(version: Version, judged: Model, now: Model) -> ConflictError | None:
    """Return what happened meanwhile, where the model's gate was to decide."""
    if now.serving.gate is None or now.live == version.number:
        return None
    if now.live != judged.live:
        return ConflictError(
            f"version {now.live} of {now.name!r} became live while version {version.number} was "
            f"compared with version {judged.live}, so it is not promoted; promote it again, and it "
            f"is compared with version {now.live}",
            live=now.live,
            compared_with=judged.live,
        )
    rules = [
        (one.gate, one.tolerance, one.unknown_categories) for one in (now.serving, judged.serving)
    ]
    if rules[0] != rules[1]:
        return ConflictError(
            f"the gate of {now.name!r} was changed while version {version.number} was compared "
            f"with version {judged.live}, so it is not promoted; promote it again",
            live=now.live,
        )
    return None


def retire(connection: sa.Connection, version: Version) -> None:
    """Take a version out of use. Raises ConflictError for the live one, and for a shadow."""
    table = ModelStore(connection)
    now = _locked(table, version.model)
    named = f"version {version.number} of {version.model!r}"
    if now.live == version.number:
        raise ConflictError(f"{named} is live; promote another one first")
    if now.serving.shadow is not None and now.serving.shadow.version == version.number:
        raise ConflictError(f"{named} is its shadow; name another one, or none, first")
    table.retire(version.model, version.number)


def _locked(table: ModelStore, name: str) -> Model:
    """Return a model whose live version nobody else changes until the transaction ends."""
    table.lock(name)
    found = table.all(name=name)
    if not found:
        raise no_model(name)
    return found[0]


def _present(table: ModelStore, version: Version) -> Version:
    return table.version(version.model, version.number) or version
