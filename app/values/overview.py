"""A schedule as it is shown: what it says, how far it is, and what ran last."""

from app.values.base import Instant, Name, Value
from app.values.dispatch import DispatchState
from app.values.language import WordsElsewhere, elsewhere
from app.values.schedule import AnySchedule, DamagedSchedule, Schedule


class LastDispatch(Value):
    """The newest dispatch of a schedule, whatever its kind."""

    id: int
    state: DispatchState
    slot: Instant
    finished_at: Instant | None = None


class Overview(Value):
    """A schedule, sound or damaged, as lists and forms show it."""

    id: int
    name: str
    spec: Schedule | None
    """None: the stored one cannot be read, and `fault` says why."""
    words: str | None
    """When it is due, in English words."""
    words_in: WordsElsewhere = {}
    paused: bool
    revision: int
    """Grows with each change; its ETag."""
    declared_in: str | None
    """The file that declares it; the API refuses to edit such a schedule."""
    created_at: Instant
    updated_at: Instant
    due_at: Instant | None
    """The next slot; None when paused, by hand alone, or past its last."""
    last: LastDispatch | None
    fault: str | None
    """Why it is set aside, if it is."""
    warnings: tuple[str, ...] = ()
    """What it names and does not exist (yet). Lists leave it out."""


class Filter(Value):
    """Which schedules a list shows."""

    paused: bool | None = None
    model: Name | None = None
    text: str | None = None
    """Found in the name, the description, the model, the sources or the table."""

    def fits(self, found: Overview) -> bool:
        """Tell whether the list shows it."""
        spec = found.spec
        if self.model is not None and (spec is None or spec.model != self.model):
            return False
        return self.text is None or any(
            self.text.casefold() in words.casefold() for words in _told(found)
        )


def _told(found: Overview) -> tuple[str, ...]:
    if (spec := found.spec) is None:
        return (found.name,)
    places = (spec.collect.source, spec.deliver.source, spec.deliver.table)
    return (found.name, spec.description, spec.model, *places)


def overview(schedule: AnySchedule, last: LastDispatch | None = None) -> Overview:
    """Return how a schedule is shown."""
    shared = schedule.model_dump(
        include={"id", "declared_in", "created_at", "updated_at", "paused", "revision"}
    )
    if isinstance(schedule, DamagedSchedule):
        return Overview(
            **shared,
            name=schedule.name,
            spec=None,
            words=None,
            due_at=None,
            last=last,
            fault=schedule.fault,
        )
    return Overview(
        **shared,
        name=schedule.spec.name,
        spec=schedule.spec,
        words=schedule.spec.words(),
        words_in=elsewhere(schedule.spec.words),
        due_at=schedule.due_at,
        last=last,
        fault=None,
    )
