"""When something is due, in the words of a language."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol

from cronsim import CronSim

from app.values import words_en, words_pt
from app.values.crontab import parsed
from app.values.language import Language


class Spoken(Protocol):
    """The words of one language: a module of them."""

    BY_HAND: str

    def described(self, search: CronSim) -> str:
        """Return what a crontab expression means."""

    def every(self, length: timedelta, anchor: datetime) -> str:
        """Return an interval."""

    def once(self, moment: datetime) -> str:
        """Return a single instant."""


_SPOKEN: dict[Language, Spoken] = {Language.ENGLISH: words_en, Language.PORTUGUESE: words_pt}


@lru_cache(maxsize=4096)
def cron_words(expression: str, language: Language) -> str:
    """Return a crontab expression in words: "At 07:30, Monday through Friday"."""
    return _SPOKEN[language].described(parsed(expression))


def interval_words(every: timedelta, anchor: datetime, language: Language) -> str:
    """Return an interval and from when it is counted."""
    return _SPOKEN[language].every(every, anchor)


def once_words(at: datetime, language: Language) -> str:
    """Return a single instant."""
    return _SPOKEN[language].once(at)


def by_hand_words(language: Language) -> str:
    """Return that nothing but a person makes it due."""
    return _SPOKEN[language].BY_HAND
