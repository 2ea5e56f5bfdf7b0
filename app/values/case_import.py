"""Cases from a query on a source: what is asked for, and what was done."""

from typing import Annotated

from pydantic import Field

from app.values.base import Name, Scalar, Value
from app.values.case import Tag


class CaseQuery(Value):
    """A query whose rows become cases; columns that are named by nothing are left out."""

    model: Name
    source: Name
    query: Annotated[str, Field(min_length=1)]
    parameters: dict[str, Scalar] = {}
    expected: str | None = None
    """The column of the expected answer."""
    title: str | None = None
    """The column of the title."""
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()
    """Tags for all of them."""
    limit: Annotated[int, Field(ge=1)] | None = None
    skip_known: bool = False
    """Leave out what is stored already, instead of refusing all."""


class CaseImport(Value):
    """What an import did."""

    model: Name
    added: tuple[int, ...]
    """Ids."""
    known: int
    """Rows that were stored already, and left out."""
    ignored_columns: tuple[str, ...]
