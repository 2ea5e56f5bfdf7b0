"""The languages in which people are told what they read on the page."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

from pydantic import Field


class Language(StrEnum):
    """A language, by its BCP 47 tag."""

    ENGLISH = "en"
    PORTUGUESE = "pt-BR"


WordsElsewhere = Annotated[
    dict[str, str],
    Field(
        description="The same in other languages, by their tags.", examples=[{"pt-BR": "Às 07:30"}]
    ),
]


def elsewhere(words: Callable[[Language], str]) -> dict[str, str]:
    """Return what `words` says in each language but English, by the language."""
    return {str(one): words(one) for one in Language if one is not Language.ENGLISH}
