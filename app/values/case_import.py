"""What an import of cases is asked to do, and what it did."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.values.base import Name, Scalar, Value
from app.values.case import Tag

OWN_COLUMNS = {"title": "case.title", "expected": "case.expected", "tags": "case.tags"}
"""Columns of a table of cases beside the inputs, where nothing else is said."""


class ImportOptions(Value):
    """How rows become cases; columns that are named by nothing are left out."""

    model: Name
    expected: str | None = None
    """The column of the expected answer; `case.expected` if there is one."""
    title: str | None = None
    """The column of the title; `case.title` if there is one."""
    tags_column: str | None = None
    """The column of each one's tags, with spaces between them; `case.tags` if there is one."""
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()
    """Tags for all of them."""
    skip_known: bool = False
    """Leave out what is stored already, instead of refusing all."""


class CaseQuery(ImportOptions):
    """A query on a source whose rows become cases."""

    source: Name
    query: Annotated[str, Field(min_length=1)]
    parameters: dict[str, Scalar] = {}
    limit: Annotated[int, Field(ge=1)] | None = None


class CaseFormat(StrEnum):
    """How a file holds cases."""

    CSV = "csv"
    """A row each, with a header."""
    JSONL = "jsonl"
    """An object on each line."""


class Delimiter(StrEnum):
    """What stands between the cells of a CSV file."""

    COMMA = ","
    SEMICOLON = ";"
    BAR = "|"
    TAB = "tab"

    @property
    def character(self) -> str:
        """The one character."""
        return "\t" if self is Delimiter.TAB else self.value


class CaseFile(ImportOptions):
    """A file whose rows or lines become cases; the columns are those of CSV."""

    format: CaseFormat = CaseFormat.CSV
    delimiter: Delimiter = Delimiter.COMMA
    name: str | None = None
    """What the file is called, for the record."""


class TypedCase(Value):
    """A case as a person types it: texts, of which the model's signature makes values."""

    model: Name
    inputs: dict[str, str]
    """An empty text is a missing value."""
    expected: str | None = None
    title: str = ""
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()


class CaseImport(Value):
    """What an import did."""

    model: Name
    added: tuple[int, ...]
    """Ids."""
    known: int
    """Rows that were stored already, and left out."""
    ignored_columns: tuple[str, ...]
