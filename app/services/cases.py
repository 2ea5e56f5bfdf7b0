"""Cases: list, create, read, replace, change, remove, choose."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from app.db.cases import CaseStore
from app.db.engine import reading
from app.db.events import EventStore
from app.errors import ChangedError, ConfigurationError, NotFoundError, TooLargeError
from app.services import gate
from app.services.case_checks import CaseChecker
from app.services.case_export import as_file
from app.services.case_runs import run_cases
from app.services.case_shelf import Shelf, document
from app.services.case_table import typed_case
from app.services.documents import in_words
from app.services.models import ModelService
from app.services.promotion import require_in_use
from app.services.room import Room
from app.values.case import Choice, NewCase, StoredCase
from app.values.case_import import CaseFormat, TypedCase
from app.values.case_run import CaseRun
from app.values.event import Event
from app.values.gate import GateReport
from app.values.patch import merged

Revisions = Collection[int] | None
"""The revisions of which one is expected to be the present one; None: any."""


class CaseService:
    """The use cases of stored cases. Methods that edit raise ChangedError on a lost race."""

    def __init__(
        self, engine: sa.Engine, models: ModelService, *, most: int, most_faults: int, runs: int
    ) -> None:
        """`most` cases a model, `runs` of cases at once."""
        self._engine = engine
        self._reading = reading(engine)
        self._models = models
        self._most = most
        self._most_faults = most_faults
        self._room = Room(runs, "runs of cases are being made already (showroom.case_runs)")

    def page(
        self, *, model: str | None = None, tags: Collection[str] = (), after: int = 0, limit: int
    ) -> tuple[list[StoredCase], int | None]:
        """Return cases by id that have all `tags`, and the `after` of the next page."""
        with self._reading.begin() as connection:
            store = CaseStore(connection)
            found = store.page(model=model, tags=tags, after=after, limit=limit + 1)
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    def get(self, case_id: int) -> StoredCase:
        """Return one case. Raises NotFoundError."""
        with self._reading.begin() as connection:
            found = CaseStore(connection).get(case_id)
        if found is None:
            raise _no_case(case_id)
        return found

    def chosen(self, choice: Choice) -> list[StoredCase]:
        """Return the cases that are meant, by id. Raises NotFoundError."""
        model = self._models.one(choice.model).name
        with self._reading.begin() as connection:
            store = CaseStore(connection)
            if choice.case_ids is None:
                return store.page(model=model, tags=choice.tags, limit=self._most)
            found = store.some(sorted(set(choice.case_ids)))
        is_of_model = {one.id for one in found if one.model == model}
        if missing := [one for one in choice.case_ids if one not in is_of_model]:
            shown = ", ".join(map(str, missing[: self._most_faults]))
            raise NotFoundError(
                f"model {model!r} has no case {shown}; GET /showroom/cases?model={model} and "
                f"`disparo cases list --model {model}` show them",
                case_ids=missing,
            )
        return [one for one in found if set(choice.tags) <= set(one.tags)]

    def export(self, choice: Choice, form: CaseFormat) -> Iterator[bytes]:
        """Return cases as pieces of a file that can be imported. Raises as `chosen` does."""
        found = self.chosen(choice)
        return as_file(found, self._models.version(choice.model, None).signature, form)

    def checker(self, model: str) -> CaseChecker:
        """Return what checks the cases of a model. Raises NotFoundError."""
        version, serving = self._models.version(model, None), self._models.one(model).serving
        return CaseChecker(version, serving, most_faults=self._most_faults)

    def create(self, new: NewCase, *, actor: str, now: datetime) -> StoredCase:
        """Add a case. Raises InvalidCasesError, and ConflictError for one that is there already."""
        return self.create_all([new], actor=actor, now=now)[0]

    def create_all(self, news: Sequence[NewCase], *, actor: str, now: datetime) -> list[StoredCase]:
        """Add all of these cases of one model, or none. Raises as `create` does."""
        models = sorted({new.model for new in news})
        if len(models) != 1:
            raise ConfigurationError(
                f"cases of {' and '.join(models)} cannot be added at once; send those of one model"
            )
        self.require_few(len(news))
        return self._added(self.checker(models[0]).checked(news), actor=actor, now=now)

    def add(self, case: TypedCase, *, actor: str, now: datetime) -> StoredCase:
        """Add a case that a person typed. Raises as `create` does."""
        checker = self.checker(case.model)
        unknown = checker.serving.unknown_categories
        new, faults = typed_case(case, checker.version.signature, unknown)
        checked = checker.checked([new], is_text=True, known=faults)
        return self._added(checked, actor=actor, now=now)[0]

    def _added(self, checked: Sequence[NewCase], *, actor: str, now: datetime) -> list[StoredCase]:
        with self._engine.begin() as connection:
            shelf = Shelf(connection, checked[0].model, most=self._most, actor=actor, now=now)
            ids = shelf.add(checked)
            for case_id, new in zip(ids, checked, strict=True):
                shelf.note(case_id, "added", {}, document(new))
            return CaseStore(connection).some(ids)

    def require_few(self, count: int) -> None:
        """Raise TooLargeError for more cases than there may be."""
        if count > self._most:
            raise TooLargeError(
                f"{count} cases are more than showroom.request_cases allows ({self._most})",
                most=self._most,
            )

    def replace(
        self,
        case_id: int,
        new: NewCase,
        *,
        actor: str,
        now: datetime,
        expected: Revisions = None,
    ) -> StoredCase:
        """Let the case be `new`."""
        checker = self.checker(self.get(case_id).model)
        with self._edited(case_id, expected) as (connection, old):
            shelf = Shelf(connection, old.model, most=self._most, actor=actor, now=now)
            return _put(shelf, old, new, checker)

    def change(
        self,
        case_id: int,
        patch: Mapping[str, Any],
        *,
        actor: str,
        now: datetime,
        expected: Revisions = None,
    ) -> StoredCase:
        """Change some fields of the case, by a merge patch (RFC 7396)."""
        checker = self.checker(self.get(case_id).model)
        with self._edited(case_id, expected) as (connection, old):
            new = parsed_case(merged(_plain(old).model_dump(mode="json"), patch))
            shelf = Shelf(connection, old.model, most=self._most, actor=actor, now=now)
            return _put(shelf, old, new, checker)

    def remove(
        self, case_id: int, *, actor: str, now: datetime, expected: Revisions = None
    ) -> None:
        """Remove the case."""
        with self._edited(case_id, expected) as (connection, old):
            Shelf(connection, old.model, most=self._most, actor=actor, now=now).remove(old)

    def run(
        self, choice: Choice, versions: Sequence[int] = (), *, tolerance: float | None = None
    ) -> CaseRun:
        """Let versions, by default the live one, answer cases; nothing of it is recorded.

        Raises NotFoundError, also if no case fits, ModelError, and BusyError.
        """
        chosen = self.chosen(choice)
        if not chosen:
            tagged = f" with tag {' and '.join(choice.tags)}" if choice.tags else ""
            raise NotFoundError(
                f"model {choice.model!r} has no case{tagged} that could be run; add some with "
                "POST /showroom/cases or `disparo cases import`"
            )
        with self._room:
            return run_cases(self._models, choice.model, chosen, versions, tolerance=tolerance)

    def gate(self, name: str, number: int) -> GateReport:
        """Return what the model's gate would say of a version now.

        Raises NotFoundError, ConflictError for a retired version, ModelError, and BusyError.
        """
        version, model = self._models.version(name, number), self._models.one(name)
        require_in_use(version)
        with self._reading.begin() as connection:
            found = CaseStore(connection).page(model=model.name)
        with self._room:
            return gate.report(self._models, version, model, found)

    def history(self, case_id: int, *, after: int = 0, limit: int = 50) -> list[Event]:
        """Return what happened to the case, the oldest first, also if it is removed."""
        with self._reading.begin() as connection:
            found = EventStore(connection).of(f"case:{case_id}", after=after, limit=limit)
            if not found and CaseStore(connection).get(case_id) is None:
                raise _no_case(case_id)
        return found

    @contextmanager
    def _edited(
        self, case_id: int, expected: Revisions
    ) -> Iterator[tuple[sa.Connection, StoredCase]]:
        """Give a case, and keep others from changing it meanwhile."""
        with self._engine.begin() as connection:
            found = CaseStore(connection).get(case_id, lock=True)
            if found is None:
                raise _no_case(case_id)
            if expected is not None and found.revision not in expected:
                raise ChangedError(
                    f"case {case_id} was changed meanwhile: it is at revision {found.revision} "
                    "now; read it again, and repeat your change if it still fits",
                    revision=found.revision,
                )
            yield connection, found


def _put(shelf: Shelf, old: StoredCase, new: NewCase, checker: CaseChecker) -> StoredCase:
    """Let the case be `new`; what was not changed is not checked again by a newer version."""
    if new.model != old.model:
        raise ConfigurationError(
            f"case {old.id} is of model {old.model!r} and stays so; add one for {new.model!r}"
        )
    if (new.inputs, new.expected) != (old.inputs, old.expected):
        [new] = checker.checked([new])
    return old if new == _plain(old) else shelf.put(old, new)


def _plain(case: StoredCase) -> NewCase:
    """Return what a user gave of a case."""
    return NewCase(**{name: getattr(case, name) for name in NewCase.model_fields})


def parsed_case(document: Any) -> NewCase:
    """Return the case that a document describes. Raises ConfigurationError."""
    try:
        return NewCase.model_validate(document)
    except ValidationError as error:
        faults = "; ".join(in_words(one, "the case") for one in error.errors())
        raise ConfigurationError(f"that is no case: {faults}") from None


def _no_case(case_id: int) -> NotFoundError:
    return NotFoundError(f"there is no case {case_id}; `disparo cases list` shows them")
