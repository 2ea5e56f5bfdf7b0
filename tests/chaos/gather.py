"""Gathers the evidence: records, delivered rows, logs and pages, once all has come to rest."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import pandas as pd
import sqlalchemy as sa

from app.db.tables import dispatch_logs, dispatches, events, schedules
from app.values.dispatch import DispatchState
from tests.chaos import roles
from tests.chaos.cast import Cast
from tests.chaos.evidence import Evidence, PassedOver, Row, Run
from tests.chaos.household import programs, words
from tests.chaos.load import Load
from tests.chaos.roles import Role
from tests.showroom.clients import case
from tests.showroom.verdict import records

_POLL_SECONDS = 0.5
_TELL_SECONDS = 10.0
_TIMES = 4
_PAGES = (
    "/sources",
    "/schedules",
    "/dispatches?limit=100",
    "/checks",
    "/models",
    "/monitor",
    "/showroom/predictions?limit=50",
    "/metrics",
    "/openapi.json",
    "/ui/",
)
_SUBJECT = "schedule:"


@dataclass(frozen=True, kw_only=True)
class Rest:
    """How all stood when it was well, or when it was not waited for any longer."""

    unwell: list[str]
    waiting: int = 0
    """Dispatches that wait or run."""
    checks: dict[str, str] = field(default_factory=dict)


def await_rest(cast: Cast, seconds: float, tell: Callable[[str], None]) -> Rest:
    """Wait until all is well, and tell now and then for what is waited.

    It is given up when nothing has moved for so many seconds, and in any case after some times of it:
    on a busy machine what has queued up takes its time.
    """
    begun = moved = told = time.monotonic()
    rest = _rest(cast)
    fewest = rest.waiting
    while rest.unwell:
        now = time.monotonic()
        if rest.waiting < fewest:
            fewest, moved = rest.waiting, now
        if now - moved > seconds or now - begun > seconds * _TIMES:
            break
        if now - told > _TELL_SECONDS:
            tell(f"waiting: {'; '.join(rest.unwell)}")
            told = now
            if cast.cluster is not None:
                cast.cluster.resume()
        time.sleep(_POLL_SECONDS)
        cast.tend()
        rest = _rest(cast)
    return rest


def _rest(cast: Cast) -> Rest:
    """Return how all stands now."""
    try:
        open_ = _open_dispatches(cast)
        words = [f"{number} dispatches of {name} are {state}" for name, state, number in open_]
        unwell = [*words, *_undecided(cast), *_not_ready(cast)]
        checks = {} if unwell else _checks(cast)
    except (sa.exc.SQLAlchemyError, httpx.HTTPError) as error:
        told = f"the records or a service cannot be asked: {type(error).__name__}"
        return Rest(unwell=[told], waiting=sys.maxsize)
    waiting = sum(number for _, _, number in open_)
    return Rest(unwell=unwell or list(_otherwise(checks)), waiting=waiting, checks=checks)


def _open_dispatches(cast: Cast) -> list[tuple[str, str, int]]:
    """Return by schedule and state how many wait and run."""
    columns = dispatches.c
    query = (
        sa.select(columns.schedule, columns.state, sa.func.count().label("number"))
        .where(columns.state.in_((DispatchState.QUEUED, DispatchState.RUNNING)))
        .group_by(columns.schedule, columns.state)
    )
    with cast.factory.engine.connect() as connection:
        return [(row.schedule, row.state, row.number) for row in connection.execute(query)]


def _undecided(cast: Cast) -> Iterator[str]:
    query = sa.select(schedules.c.name).where(
        schedules.c.due_at.is_not(None), schedules.c.name != roles.DAMAGED
    )
    with cast.factory.engine.connect() as connection:
        for name in connection.scalars(query):
            yield f"schedule {name} has slots that are not decided"


def _not_ready(cast: Cast) -> Iterator[str]:
    for name, player in cast.players.items():
        status = player.replica.status("/health/ready", cast.headers)
        if status != httpx.codes.OK:
            yield f"replica {name} answers {status} when it is asked whether it is ready"


def _otherwise(found: Mapping[str, str]) -> Iterator[str]:
    for name, state in found.items():
        wanted = "down" if name.startswith("bad-") else "up"
        if state != wanted:
            yield f"the check {name} is {state}"


def _checks(cast: Cast) -> dict[str, str]:
    """Return the checks' states, as one of the replicas shows them."""
    player = next(iter(cast.players.values()))
    answer = httpx.get(
        f"{player.replica.url}/monitor", headers=cast.headers, timeout=20
    ).raise_for_status()
    kinds = answer.json()["checks"].values()
    return {one["name"]: one["state"] for several in kinds for one in several}


def pages(cast: Cast) -> dict[str, str]:
    """Return what the replicas show."""
    found = {}
    for name, player in cast.players.items():
        for path in _PAGES:
            with suppress(httpx.HTTPError):
                answer = httpx.get(player.replica.url + path, headers=cast.headers, timeout=20)
                found[f"replica {name}, {path}"] = answer.text
    return found


def gathered(
    cast: Cast,
    load: Load,
    *,
    healed_at: float,
    rest: Rest,
    seen: Mapping[str, str],
    asked: Mapping[str, Mapping[int, Any]],
) -> Evidence:
    """Return all evidence. The services have ended; the databases have not."""
    answers = load.answers()
    numbers = {one.number for one in answers} | set(range(1, roles.ROWS + 1))
    return Evidence(
        roles=cast.roles,
        due={role.name: role.due(cast.start, cast.end) for role in cast.roles},
        by_hand=_by_hand(cast, sorted(numbers)),
        answers=answers,
        records=records(cast.factory.engine),
        asked=asked,
        runs=_runs(cast),
        delivered={role.name: _delivered(cast, role) for role in cast.roles},
        passed_over=_passed_over(cast),
        services=frozenset().union(*(one.processes for one in cast.players.values())),
        texts={**seen, **_logs(cast, load)},
        secrets=cast.secrets,
        broken=[spec.name for spec in roles.broken_ones(cast.end)],
        set_aside=_set_aside(cast),
        checks=rest.checks,
        healed_at=healed_at,
        unwell=rest.unwell,
        crashes=cast.crashes,
        left_over=[words(one) for one in programs(cast.directory)],
        damaged=list(_damaged(cast.factory.engine)),  # the last: it locks out what it finds damaged
    )


def _by_hand(cast: Cast, numbers: Sequence[int]) -> dict[int, Any]:
    """Ask the model itself, all at once."""
    chances = cast.model.predict_proba(pd.DataFrame([case(one) for one in numbers]))
    names = [str(one) for one in cast.model.classes_]
    return {
        number: {
            "label": names[int(row.argmax())],
            "probabilities": dict(zip(names, map(float, row), strict=True)),
        }
        for number, row in zip(numbers, chances, strict=True)
    }


def _runs(cast: Cast) -> list[Run]:
    columns = dispatches.c
    query = sa.select(
        columns.id,
        columns.schedule,
        columns.kind,
        columns.state,
        columns.slot,
        columns.process,
        columns.launcher,
        columns.error,
        columns.parent,
        columns.tasks,
    )
    with cast.factory.engine.connect() as connection:
        return [
            Run(**{**row._mapping, "error": _words(row.error)})
            for row in connection.execute(query.order_by(columns.id))
        ]


def _words(error: str | None) -> str:
    return str(json.loads(error)["detail"])[:200] if error else ""


def _delivered(cast: Cast, role: Role) -> list[Row]:
    """Return what a role has delivered."""
    engine = cast.engine_of(role.source)
    names = [str(one) for one in cast.model.classes_]
    if role.table not in sa.inspect(engine).get_table_names():
        return []
    table = sa.Table(role.table, sa.MetaData(), autoload_with=engine)
    with engine.connect() as connection:
        return [
            Row(
                slot=roles.utc(_moment(row.slot)),
                key=row.id,
                output={
                    "label": row.label,
                    "probabilities": {n: row._mapping[f"probability_{n}"] for n in names},
                },
            )
            for row in connection.execute(sa.select(table))
        ]


def _moment(told: datetime | str) -> datetime:
    return datetime.fromisoformat(told) if isinstance(told, str) else told


def _passed_over(cast: Cast) -> dict[str, list[PassedOver]]:
    query = sa.select(events.c.subject, events.c.detail).where(
        events.c.name == "slots passed over", events.c.subject.like(f"{_SUBJECT}%")
    )
    found: dict[str, list[PassedOver]] = {}
    with cast.factory.engine.connect() as connection:
        for row in connection.execute(query):
            detail = json.loads(row.detail)
            first = detail.get("first")
            told = PassedOver(
                first=datetime.fromisoformat(first) if first else None,
                last=datetime.fromisoformat(detail["last"]),
            )
            found.setdefault(row.subject.removeprefix(_SUBJECT), []).append(told)
    return found


def _set_aside(cast: Cast) -> list[str]:
    query = sa.select(schedules.c.name).where(schedules.c.fault.is_not(None))
    with cast.factory.engine.connect() as connection:
        return list(connection.scalars(query))


def _damaged(engine: sa.Engine) -> Iterator[str]:
    """Let the server look whether its tables, and the indexes of each, still agree."""
    with engine.connect() as connection:
        for table in sa.inspect(connection).get_table_names():
            for _, _, kind, told in connection.exec_driver_sql(f"CHECK TABLE `{table}`"):
                if kind != "status":
                    yield f"{table}: {told}"


def _logs(cast: Cast, load: Load) -> dict[str, str]:
    """Return all that was said: by services, programs and jobs, in records and to clients."""
    files = [one.log for one in cast.players.values()]
    files += [load.log, *cast.directory.glob("jobs/**/*")]
    found = {
        str(one.relative_to(cast.directory)): one.read_text(errors="replace")
        for one in files
        if one.is_file()
    }
    return found | {name: _column(cast, column) for name, column in _COLUMNS.items()}


_COLUMNS: dict[str, sa.Column[Any]] = {
    "the logs of dispatches": dispatch_logs.c.text,
    "the errors of dispatches": dispatches.c.error,
    "the events": events.c.detail,
}


def _column(cast: Cast, column: sa.Column[Any]) -> str:
    with cast.factory.engine.connect() as connection:
        return "\n".join(str(one) for one in connection.scalars(sa.select(column)))
