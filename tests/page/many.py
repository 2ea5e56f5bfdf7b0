"""A database with very many dispatches, filled in bulk: python -m tests.page.many COUNT.

`DISPARO_VAR` and `DISPARO_DATABASE__URL` say where, as for any service. Ten schedules, each due every ten
minutes, over the time before now; one dispatch in twenty failed, one in fifty was ordered by hand.
"""

import itertools
import sys
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from app.clock import utc_now
from app.db.dispatch_rows import new_row
from app.db.tables import dispatches
from app.factory import Factory
from app.settings import load_settings
from app.values.dispatch import DispatchError, DispatchKind, DispatchState, NewDispatch, Order
from app.values.schedule import Schedule
from tests.scheduling import spec

SCHEDULES = 10
_EVERY = timedelta(minutes=10)
_CHUNK = 10_000
_ERROR = DispatchError(
    slug="source-unreachable",
    title="Source unreachable",
    detail="the source 'warehouse' was refused while connecting; check that the server runs",
    traceback="Traceback (most recent call last):\n" + "  File ...\n" * 40,
).model_dump_json()


def fill(factory: Factory, count: int, *, now: datetime) -> None:
    """Add dispatches whose newest slots are just before an instant."""
    for one in _schedules():
        factory.schedules.declare(one, "many.yaml", now=now)
    write(factory, count, now=now)


def write(factory: Factory, count: int, *, now: datetime) -> None:
    """Add the same dispatches, of schedules that are not there any more."""
    rows = _rows([new_row(_new(one, now), now) for one in _schedules()], count, now)
    with factory.engine.begin() as connection:
        while chunk := list(itertools.islice(rows, _CHUNK)):
            connection.execute(dispatches.insert(), chunk)


def _schedules() -> list[Schedule]:
    return [spec(f"schedule-{n:02}", collect=_collect()) for n in range(SCHEDULES)]


def _collect() -> dict[str, str]:
    columns = ", ".join(f"column_{n}" for n in range(60))
    return {"source": "warehouse", "key": "id", "query": f"SELECT id, {columns} FROM orders"}  # noqa: S608 - never run


def _new(one: Schedule, now: datetime) -> NewDispatch:
    order = Order(schedule=one, slot=now)
    return NewDispatch(
        order=order, kind=DispatchKind.SCHEDULED, not_before=now, lane=f"schedule:{one.name}"
    )


def _rows(templates: list[dict[str, Any]], count: int, now: datetime) -> Iterator[dict[str, Any]]:
    first = now - _EVERY * (count // SCHEDULES + 1)
    for n in range(count):
        slot = first + _EVERY * (n // SCHEDULES)
        is_failed, by_hand = n % 20 == 7, n % 50 == 3
        yield templates[n % SCHEDULES] | {
            "run": uuid.UUID(int=n).hex,
            "kind": DispatchKind.MANUAL if by_hand else DispatchKind.SCHEDULED,
            "state": DispatchState.FAILED if is_failed else DispatchState.SUCCEEDED,
            "slot": slot,
            "claimed_slot": None if by_hand else slot,
            "created_at": slot,
            "not_before": slot,
            "started_at": slot + timedelta(seconds=n % 30),
            "finished_at": slot + timedelta(seconds=n % 30 + 20 + n % 400),
            "rows_inferred": n % 100_000,
            "rows_delivered": 0 if is_failed else n % 100_000,
            "error": _ERROR if is_failed else None,
        }


def main() -> None:
    """Fill the database of the service that the environment describes."""
    factory = Factory(load_settings())
    factory.upgrade_schema()
    fill(factory, int(sys.argv[1]), now=utc_now().replace(microsecond=0))
    factory.close()


if __name__ == "__main__":
    main()
