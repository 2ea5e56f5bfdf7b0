"""Models: register, list, promote, retire, load."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa

from app.db.cases import CaseState, CaseStore
from app.db.engine import reading
from app.db.events import EventStore
from app.db.models import ModelStore as ModelTable
from app.errors import ConfigurationError, ModelError, NotFoundError
from app.inference import runtimes
from app.inference.runtimes.base import Loaded
from app.inference.store import Incoming, ModelStore
from app.services import gate, mlflow_models, promotion, serving
from app.services.missing import no_model
from app.settings_sections import Models
from app.values.event import Event
from app.values.model import (
    SAFE_OVER_HTTP,
    Artifact,
    Estimator,
    Model,
    Registration,
    RuntimeName,
    Version,
    VersionState,
)
from app.values.patch import difference, merged
from app.values.prediction import NO_SAMPLE, Sample
from app.values.serving import Serving
from app.values.signature import Signature

KEPT_ROWS = 200
"""How many rows of a sample are kept with the version."""


class ModelService:
    """The use cases of models."""

    def __init__(self, engine: sa.Engine, store: ModelStore, bounds: Models) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._store = store
        self._bounds = bounds

    def all(self) -> list[Model]:
        """Return all models."""
        with self._reading.begin() as connection:
            return ModelTable(connection).all()

    def one(self, name: str) -> Model:
        """Return a model. Raises NotFoundError."""
        with self._reading.begin() as connection:
            found = ModelTable(connection).all(name=name)
        if not found:
            raise no_model(name)
        return found[0]

    def versions(self, name: str) -> list[Version]:
        """Return a model's versions, the newest first. Raises NotFoundError."""
        with self._reading.begin() as connection:
            found = ModelTable(connection).versions(name)
        if not found:
            raise no_model(name)
        return found

    def version(self, name: str, number: int | None) -> Version:
        """Return a version that may be used; None asks for the live one. Raises NotFoundError."""
        with self._reading.begin() as connection:
            found = ModelTable(connection).version(name, number)
            is_known = found is not None or ModelTable(connection).all(name=name)
        if not is_known:
            raise no_model(name)
        if found is None:
            which = "live version" if number is None else f"version {number}"
            raise NotFoundError(
                f"model {name!r} has no {which}; `disparo models show {name}` lists them"
            )
        return found

    def register(self, file: Path, asked: Registration, *, actor: str, now: datetime) -> Version:
        """Register a file of the server's own disk as a new version.

        A directory that MLflow wrote is as the file in it. The same file again is the same version.
        Loading it may run code that it holds.
        """
        if mlflow_models.is_mlflow(file):
            file, asked = mlflow_models.chosen(file, asked)
        if not file.is_file():
            raise ConfigurationError(
                f"there is no file {file}; a model is one file, or a directory that MLflow wrote"
            )
        with file.open("rb") as content, self._store.incoming(content, asked.filename) as new:
            return self._register(new, asked, actor=actor, now=now)

    def upload(
        self, content: BinaryIO, asked: Registration, *, actor: str, now: datetime
    ) -> Version:
        """Register a file that came over HTTP: only of runtimes whose files run no code.

        Nothing is trusted: a stranger must not choose which types the server builds.
        """
        runtime = _runtime(asked)
        if runtime not in SAFE_OVER_HTTP:
            raise ConfigurationError(
                f"a file of the runtime {runtime} runs code when it is loaded, so it is not taken "
                "over HTTP; run `disparo models register` on the server, or upload skops or ONNX"
            )
        if asked.trusted:
            raise ConfigurationError(
                "types are trusted on the server's own command line only: `disparo models register "
                "--trust TYPE`"
            )
        with self._store.incoming(content, asked.filename) as new:
            return self._register(new, asked, actor=actor, now=now)

    def _register(
        self, new: Incoming, asked: Registration, *, actor: str, now: datetime
    ) -> Version:
        """Keep a file that is shown to be a model: one that is refused leaves nothing behind."""
        from app.inference.inspect import (  # these load scikit-learn, which takes seconds
            Told,
            inspect,
        )
        from app.inference.sample import kept, read_sample

        rows, most_bytes = self._bounds.sample_rows, self._bounds.sample_bytes
        sample = read_sample(asked.sample, rows, most_bytes) if asked.sample else None
        estimator, signature, loaded = inspect(
            new.path,
            _runtime(asked),
            sample=sample,
            entry_point=asked.entry_point,
            trusted=asked.trusted,
            accept_version_difference=asked.accept_version_difference,
            told=Told(types=asked.types, required=asked.required),
        )
        some = NO_SAMPLE if sample is None else kept(sample, loaded, signature, KEPT_ROWS)
        artifact = self._store.keep(new)
        with self._engine.begin() as connection:
            table = ModelTable(connection)
            for version in table.versions(asked.name):
                if _is_same(version, artifact, estimator, signature):
                    return version
            added = table.add(asked.name, artifact, estimator, signature, now, sample=some)
            detail = {"version": added.number, "digest": artifact.digest}
            EventStore(connection).add(
                f"model:{asked.name}", "registered", now, actor=actor, detail=detail
            )
            return added

    def promote(
        self, name: str, number: int, *, actor: str, now: datetime, force: bool = False
    ) -> Version:
        """Make a version live. Raises ConflictError for a retired one.

        Where the model's gate is its cases, the version must pass them, or GateError is raised;
        `force` promotes it all the same, and the event says so. Unforced, it must be compared with
        what is live when it is promoted, by the cases that there are then, else ConflictError is
        raised.
        """
        version, model = self.version(name, number), self.one(name)
        promotion.require_in_use(version)
        faults, cases = self._faults(version, model)
        judged = promotion.Judged(model=model, cases=cases)
        told: dict[str, object] = {"failed": len(faults), "cases": faults[: gate.TOLD]}
        detail: dict[str, object] = {"version": number, **(told if faults else {})}
        if faults and not force:
            with self._engine.begin() as connection:
                _note(connection, model.name, "promotion refused", detail, actor=actor, now=now)
            raise gate.refusal(version, faults)
        detail |= {"forced": True} if faults else {}
        with self._engine.begin() as connection:
            overtaken = promotion.promote(connection, version, judged, force=force)
            event, extra = "promoted", {}
            if overtaken is not None:
                event, extra = "promotion refused", overtaken.facts
            _note(connection, model.name, event, detail | extra, actor=actor, now=now)
        if overtaken is not None:
            raise overtaken
        return self.version(name, number)

    def _faults(self, version: Version, model: Model) -> tuple[list[gate.Fault], CaseState | None]:
        """Return which cases a version fails, and which ones these were, where its model asks."""
        if model.live == version.number or model.serving.gate is None:
            return [], None
        with self._reading.begin() as connection:
            store = CaseStore(connection)
            state = store.state(version.model)  # goes first: what changes after it is noticed
            cases = store.page(model=version.model)
        return (gate.faults_of(self, version, model, cases) if cases else []), state

    def retire(self, name: str, number: int, *, actor: str, now: datetime) -> Version:
        """Take a version out of use. Raises ConflictError for the live one, and for a shadow."""
        version = self.version(name, number)
        with self._engine.begin() as connection:
            promotion.retire(connection, version)
            _note(connection, version.model, "retired", {"version": number}, actor=actor, now=now)
        return self.version(name, number)

    def serve(self, name: str, patch: Mapping[str, Any], *, actor: str, now: datetime) -> Serving:
        """Change how the Showroom serves a model, by a merge patch (RFC 7396).

        Raises what `serving.require_possible` does, and ConfigurationError.
        """
        model = self.one(name).name
        with self._engine.begin() as connection:
            table = ModelTable(connection)
            table.lock(model)
            [before] = [one.serving for one in table.all(name=model)]
            after = serving.parsed(merged(before.model_dump(mode="json"), patch))
            serving.require_possible(table, model, before, after)
            if after != before:
                table.serve(model, after)
                documents = (one.model_dump(mode="json") for one in (before, after))
                detail = difference(*documents)
                _note(connection, model, "serving changed", detail, actor=actor, now=now)
        return after

    def history(self, name: str, *, after: int = 0, limit: int = 50) -> list[Event]:
        """Return what happened to the model, the oldest first. Raises NotFoundError."""
        model = self.one(name).name
        with self._reading.begin() as connection:
            return EventStore(connection).of(f"model:{model}", after=after, limit=limit)

    def load(self, version: Version) -> Loaded:
        """Load a version whose file is shown to be what was registered. Raises ModelError."""
        if version.state is VersionState.RETIRED:
            raise ModelError(
                f"version {version.number} of {version.model!r} is retired; choose another one"
            )
        return runtimes.load(version.estimator, self._store.verified_path(version.artifact))

    def sample(self, version: Version) -> Sample:
        """Return some cases like those that a version was trained on; none if none are known."""
        with self._reading.begin() as connection:
            return ModelTable(connection).sample(version)

    def check(self) -> None:
        """Raise ModelError unless the model store can be written to."""
        self._store.check()


def _note(
    connection: sa.Connection,
    model: str,
    event: str,
    detail: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
) -> None:
    EventStore(connection).add(f"model:{model}", event, now, actor=actor, detail=detail)


def _runtime(asked: Registration) -> RuntimeName:
    """Return the runtime that was asked for, or that the entry point or the suffix tells."""
    from app.inference.inspect import guess_runtime

    if asked.runtime is None and asked.entry_point is not None:
        return RuntimeName.PYTHON
    return asked.runtime or guess_runtime(asked.filename)


def _is_same(
    version: Version, artifact: Artifact, estimator: Estimator, signature: Signature
) -> bool:
    """Tell whether registering would repeat a version; a retired one is registered anew."""
    known, new = version.estimator, estimator
    return (
        version.state is not VersionState.RETIRED
        and version.artifact.digest == artifact.digest
        and version.signature == signature
        and (known.runtime, known.entry_point) == (new.runtime, new.entry_point)
    )
