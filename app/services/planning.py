"""How a dispatch is split: the share of each task, computed once."""

from collections.abc import Sequence
from itertools import pairwise

from app.errors import DataRefusedError, SourceError
from app.sources.collect import require_columns
from app.sources.connection import Connection, Query
from app.values.base import Instant
from app.values.dispatch import Order
from app.values.model import Version
from app.values.share import Bound, Key, Share


def by_query(order: Order, version: Version, last_success: Instant | None) -> list[Share]:
    """Return the shares of a dispatch whose query divides the rows itself."""
    number = order.schedule.partitions
    common = {"partitions": number, "version": version.number, "last_success": last_success}
    return [Share(partition=n, **common) for n in range(number)]


def by_key(
    order: Order,
    version: Version,
    last_success: Instant | None,
    source: Connection,
    query: Query,
) -> list[Share]:
    """Return the shares by ranges of the key, with as many rows in each; at least one.

    There are fewer than wanted where there are fewer rows. Raises DataRefusedError, SourceError.
    """
    tiles = _tiles(source, query, order.schedule.partitions, version)
    bounds = [_bound(key, query.key) for key, _ in tiles[:-1]]
    edges = [None, *bounds, None]
    rows = [number for _, number in tiles] or [0]
    return [
        Share(
            partition=n,
            partitions=len(rows),
            version=version.number,
            last_success=last_success,
            above=above,
            upto=upto,
            rows=rows[n],
        )
        for n, (above, upto) in enumerate(pairwise(edges))
    ]


def _tiles(
    source: Connection, query: Query, number: int, version: Version
) -> Sequence[tuple[Key, int]]:
    try:
        return source.tiles(query, number)
    except SourceError:
        # What the query lacks is told in the words that an undivided dispatch has for it.
        source.rollback()
        require_columns(source.read(query).columns, query.key, version.signature)
        raise


def _bound(key: Key, name: str) -> Bound:
    try:
        return Bound.of(key)
    except TypeError as error:
        raise DataRefusedError(
            f"key column {name!r} has values of type {error}; a key is an integer, a text, a date, "
            "a time stamp or a decimal; cast it in the query",
            column=name,
        ) from None
