"""A model's cases: the rules that hold whoever adds or changes them, within one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.cases import CaseStore, json_text
from app.db.events import EventStore
from app.db.models import ModelStore
from app.errors import ConflictError
from app.services.case_checks import Named, Place, number_in_list
from app.values.case import NewCase, StoredCase
from app.values.patch import difference

_TOLD = 20
"""Repeated cases that are told."""


class Shelf:
    """The cases of one model, which nobody else adds to meanwhile."""

    def __init__(
        self, connection: sa.Connection, model: str, *, most: int, actor: str, now: datetime
    ) -> None:
        self._store = CaseStore(connection)
        self._events = EventStore(connection)
        self._model = model
        self._most = most
        self._actor = actor
        self._now = now
        ModelStore(connection).lock(model)

    def add(self, news: Sequence[NewCase], *, place: Place = number_in_list) -> list[int]:
        """Add checked cases; return their ids. Raises ConflictError for repeated and too many."""
        if repeated := self.repeated(news, place=place):
            raise _refused_repeats(repeated, place)
        if (count := self._store.count(self._model) + len(news)) > self._most:
            raise ConflictError(
                f"model {self._model!r} would have {count} cases; showroom.request_cases allows "
                f"{self._most}, as many as one run takes",
                most=self._most,
            )
        return self._store.add(news, self._now) if news else []

    def repeated(
        self, news: Sequence[NewCase], *, place: Place = number_in_list
    ) -> dict[int, Named]:
        """Return which of the cases are there already, or earlier in the list, and where.

        A case is the same if its title and its inputs are.
        """
        known: dict[tuple[str, str], Named] = {
            _identity(one): ("stored case", one.id) for one in self._alike(news)
        }
        found = {}
        for number, new in enumerate(news):
            here = place(number)
            if (first := known.setdefault(_identity(new), here)) != here:
                found[number] = first
        return found

    def _alike(self, news: Sequence[NewCase]) -> list[StoredCase]:
        if len(news) == 1:
            return self._store.named(self._model, news[0].title)
        return self._store.page(model=self._model)

    def put(self, old: StoredCase, new: NewCase) -> StoredCase:
        """Let a case be `new`, which was checked. Raises ConflictError if another is the same."""
        for other in self._alike([new]):
            if other.id != old.id and _identity(other) == _identity(new):
                raise _refused_repeats({old.id: ("stored case", other.id)}, number_in_list)
        self._store.put(old, new, self._now)
        self.note(old.id, "changed", document(old), document(new))
        return self._store.some([old.id])[0]

    def remove(self, old: StoredCase) -> None:
        """Remove a case. Its events stay."""
        self._store.remove(old.id)
        self.note(old.id, "removed", document(old), {})

    def note(
        self, case_id: int, event: str, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> None:
        """Write down who did what to a case."""
        detail = difference(before, after)
        self._events.add(f"case:{case_id}", event, self._now, actor=self._actor, detail=detail)


def document(case: NewCase) -> dict[str, Any]:
    """Return what a user gave of a case, as its events tell it."""
    return case.model_dump(mode="json", include=set(NewCase.model_fields), exclude_defaults=True)


def _identity(case: NewCase) -> tuple[str, str]:
    return case.title, json_text(case.inputs)


def _refused_repeats(repeated: Mapping[int, Named], place: Place) -> ConflictError:
    told = [(place(number), first) for number, first in list(repeated.items())[:_TOLD]]
    words = "; ".join(f"{_words(here)} is the same as {_words(first)}" for here, first in told)
    more = f"; {len(repeated)} in all" if len(repeated) > len(told) else ""
    return ConflictError(
        f"{words}{more}: title and inputs are alike; give another title, or leave it out",
        repeated=[{here[0]: here[1], "same_as": _words(first)} for here, first in told],
    )


def _words(named: Named) -> str:
    return f"{named[0]} {named[1]}"
