"""The next fires of a schedule, as people read them."""

from datetime import datetime
from itertools import islice

from app.values.base import Value
from app.values.language import WordsElsewhere, elsewhere
from app.values.when import When


class Fires(Value):
    """When something is due next, by the clock of its time zone."""

    fires: tuple[str, ...]
    """ISO 8601, each with the offset that the time zone has then."""
    words: str
    """The same in English words."""
    words_in: WordsElsewhere


def fires(when: When, *, after: datetime, count: int) -> Fires:
    """Return the first `count` fires after `after`; fewer if there are no more."""
    found = islice(when.fires(when.instant(after)), count)
    return Fires(
        fires=tuple(when.shown(slot).isoformat() for slot in found),
        words=when.words(),
        words_in=elsewhere(when.words),
    )
