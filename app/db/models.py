"""The store of models and their versions."""

import json
from datetime import datetime

import sqlalchemy as sa

from app.db.tables import counters, model_versions, models
from app.values.model import Artifact, Estimator, Model, Version, VersionState
from app.values.prediction import NO_SAMPLE, Sample
from app.values.serving import Serving
from app.values.signature import Signature

_VERSIONS = sa.select(
    model_versions, models.c.name.label("model"), models.c.live.label("live_number")
).join(models)
_MODEL = (models.c.name, models.c.live, models.c.created_at, models.c.serving)


class ModelStore:
    """Models and versions, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def all(self, *, name: str | None = None) -> list[Model]:
        """Return all models by name, or the one with this name."""
        count = sa.func.count(model_versions.c.id).label("versions")
        query = (
            sa.select(*_MODEL, count)
            .outerjoin(model_versions)
            .group_by(models.c.id, *_MODEL)
            .order_by(models.c.name)
        )
        if name is not None:
            query = query.where(models.c.name == name)
        return [
            Model(**{**row, "serving": Serving.model_validate_json(row["serving"])})
            for row in self._connection.execute(query).mappings()
        ]

    def versions(self, name: str) -> list[Version]:
        """Return all versions of a model, the newest first."""
        query = _VERSIONS.where(models.c.name == name).order_by(model_versions.c.number.desc())
        return [_version(row) for row in self._connection.execute(query)]

    def version(self, name: str, number: int | None) -> Version | None:
        """Return a version by number; None asks for the live one."""
        wanted = models.c.live if number is None else number
        query = _VERSIONS.where(models.c.name == name, model_versions.c.number == wanted)
        row = self._connection.execute(query).first()
        return None if row is None else _version(row)

    def add(
        self,
        name: str,
        artifact: Artifact,
        estimator: Estimator,
        signature: Signature,
        at: datetime,
        *,
        sample: Sample = NO_SAMPLE,
    ) -> Version:
        """Register a version with the next number; a model's first version becomes live."""
        model_id, number = self._next_number(name, at)
        row = {
            "model_id": model_id,
            "number": number,
            "state": VersionState.REGISTERED,
            "digest": artifact.digest,
            "filename": artifact.filename,
            "size": artifact.size,
            "estimator": estimator.model_dump_json(),
            "signature": signature.model_dump_json(),
            "registered_at": at,
            "sample": json.dumps(sample.cases),
            "sample_answers": json.dumps(sample.answers),
        }
        self._connection.execute(model_versions.insert().values(row))
        first = models.update().where(models.c.id == model_id, models.c.live.is_(None))
        self._connection.execute(first.values(live=number))
        self._changed()
        added = self.version(name, number)
        assert added is not None  # noqa: S101 - it was inserted above
        return added

    def _next_number(self, name: str, at: datetime) -> tuple[int, int]:
        """Return the model's id and next number, under a lock."""
        query = sa.select(models.c.id).where(models.c.name == name).with_for_update()
        model_id = self._connection.execute(query).scalar()
        if model_id is None:
            new = models.insert().values(
                name=name, created_at=at, serving=Serving().model_dump_json()
            )
            model_id = self._connection.execute(new).lastrowid
        newest = sa.select(sa.func.max(model_versions.c.number)).where(
            model_versions.c.model_id == model_id
        )
        return model_id, (self._connection.execute(newest).scalar() or 0) + 1

    def lock(self, name: str) -> None:
        """Keep others meanwhile from changing how a model is served, and its cases."""
        query = sa.select(models.c.id).where(models.c.name == name).with_for_update()
        self._connection.execute(query)

    def promote(self, name: str, number: int) -> None:
        """Make a version the live one."""
        change = models.update().where(models.c.name == name)
        self._connection.execute(change.values(live=number))
        self._changed()

    def serve(self, name: str, serving: Serving) -> None:
        """Write how the Showroom serves a model."""
        change = models.update().where(models.c.name == name)
        self._connection.execute(change.values(serving=serving.model_dump_json()))
        self._changed()

    def sample(self, version: Version) -> Sample:
        """Return some cases like those that a version was trained on; none if none are known."""
        model = sa.select(models.c.id).where(models.c.name == version.model).scalar_subquery()
        query = sa.select(model_versions.c.sample, model_versions.c.sample_answers).where(
            model_versions.c.model_id == model, model_versions.c.number == version.number
        )
        row = self._connection.execute(query).first()
        cases, answers = (None, None) if row is None else row
        return Sample(cases=json.loads(cases or "[]"), answers=json.loads(answers or "[]"))

    def retired(self) -> set[tuple[str, int]]:
        """Return model and number of each version that is out of use."""
        query = _VERSIONS.where(model_versions.c.state == VersionState.RETIRED)
        columns = query.with_only_columns(models.c.name, model_versions.c.number)
        return {(row.name, row.number) for row in self._connection.execute(columns)}

    def changes(self) -> int:
        """Return the number of the newest change of any model: what is served follows it."""
        query = sa.select(counters.c.value).where(counters.c.name == "models")
        found: int = self._connection.execute(query).scalar_one()
        return found

    def _changed(self) -> None:
        count = counters.update().where(counters.c.name == "models")
        self._connection.execute(count.values(value=counters.c.value + 1))

    def retire(self, name: str, number: int) -> None:
        """Take a version out of use."""
        model = sa.select(models.c.id).where(models.c.name == name).scalar_subquery()
        change = model_versions.update().where(
            model_versions.c.model_id == model, model_versions.c.number == number
        )
        self._connection.execute(change.values(state=VersionState.RETIRED))
        self._changed()


def _version(row: sa.Row[tuple[object, ...]]) -> Version:
    fields = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    return Version(
        model=fields["model"],
        number=fields["number"],
        state=fields["state"],
        live=fields["live_number"] == fields["number"],
        artifact=Artifact(
            digest=fields["digest"], filename=fields["filename"], size=fields["size"]
        ),
        estimator=Estimator.model_validate_json(fields["estimator"]),
        signature=Signature.model_validate_json(fields["signature"]),
        registered_at=fields["registered_at"],
    )
