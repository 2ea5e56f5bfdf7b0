"""A task of a dispatch that was split, as its newest attempt stands."""

from app.values.base import Instant, Value
from app.values.dispatch import Dispatch, DispatchError, DispatchState, Progress


class DispatchTask(Value):
    """One task, or the publication of what the others have staged."""

    id: int
    """It is a dispatch too, of its own log and events."""
    run: str
    partition: int | None
    """From 0; None: the publication."""
    state: DispatchState
    attempt: int
    created_at: Instant
    not_before: Instant
    started_at: Instant | None = None
    finished_at: Instant | None = None
    launcher: str | None = None
    host: str | None = None
    progress: Progress = Progress()
    error: DispatchError | None = None

    @property
    def publishes(self) -> bool:
        """Whether it is the publication."""
        return self.partition is None

    def in_words(self) -> str:
        """Return what it is called."""
        return "the publication" if self.publishes else f"task {self.partition}"


class DispatchInParts(Dispatch):
    """A dispatch that was split, with its tasks."""

    parts: tuple[DispatchTask, ...]
