"""Crontabs taken over: lines that run schedules become the times of schedules."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count

import sqlalchemy as sa
from pydantic import ValidationError

from app.db.schedules import ScheduleStore
from app.errors import ConfigurationError, ConflictError
from app.services.documents import as_kept, in_words, parse_yaml
from app.services.edits import Editor
from app.services.sources import refuse_declared
from app.values.base import Scalar, Value
from app.values.crontab_file import Action, CrontabImport, LeftOutLine, TakenLine
from app.values.crontab_line import CrontabCall, assignment, call
from app.values.schedule import AnySchedule, DamagedSchedule, Schedule, StoredSchedule


class _Line(Value):
    number: int
    text: str
    timezone: str
    call: CrontabCall


class CrontabService:
    """Takes crontabs over."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def take_over(
        self,
        text: str,
        *,
        timezone: str,
        fixed_zone: bool = False,
        system: bool = False,
        apply: bool = False,
        actor: str,
        now: datetime,
    ) -> CrontabImport:
        """Give schedules the times of the lines that run them; all or, on an error, none.

        Lines go by `timezone`, or by the CRON_TZ before them unless `fixed_zone`. Without `apply`
        nothing is changed. The first line of a schedule changes it, further ones make copies.
        """
        lines, left_out = _read(text, timezone=timezone, fixed=fixed_zone, system=system)
        taken: list[TakenLine] = []
        with self._engine.begin() as connection:
            plan = _Plan(connection, lines, Editor(connection, actor=actor, now=now))
            for line in lines:
                try:
                    taken.append(plan.take(line))
                except (ValueError, ConflictError) as error:
                    left_out.append(_left(line.number, line.text, error))
            if apply:
                plan.apply()
        left_out.sort(key=lambda one: one.line)
        return CrontabImport(taken=tuple(taken), left_out=tuple(left_out), applied=apply)


class _Plan:
    """What the lines do to the schedules, whose rows are held until the transaction ends."""

    def __init__(self, connection: sa.Connection, lines: Sequence[_Line], editor: Editor) -> None:
        self._store = ScheduleStore(connection)
        self._editor = editor
        names = sorted({line.call.schedule for line in lines})  # in one order, against deadlocks
        self._known = {name: self._store.get(name, lock=True) for name in names}
        self._puts: dict[str, tuple[AnySchedule | None, Schedule]] = {}

    def take(self, line: _Line) -> TakenLine:
        """Add a line to the plan. ValueError or ConflictError says why it is left out."""
        wanted = _timed(self._work(line.call.schedule), line)
        old = self._known[line.call.schedule]
        if line.call.schedule in self._puts:
            old, wanted = self._copy(wanted)
        is_there = isinstance(old, StoredSchedule) and old.spec == wanted
        if old is not None and not is_there:
            refuse_declared("schedule", wanted.name, old.declared_in)
        self._puts[wanted.name] = (old, wanted)
        change = Action.CREATE if old is None else Action.CHANGE
        return TakenLine(
            line=line.number,
            schedule=wanted.name,
            action=Action.NONE if is_there else change,
            cron=line.call.cron,
            timezone=line.timezone,
            words=wanted.words(),
            parameters=wanted.parameters,
        )

    def _work(self, name: str) -> Schedule:
        found = self._known[name]
        if found is None:
            raise ValueError(f"there is no schedule {name!r}, which would say what to run")
        if isinstance(found, DamagedSchedule):
            raise ConflictError(f"schedule {name!r} is set aside; put it anew first")
        return found.spec

    def _copy(self, wanted: Schedule) -> tuple[AnySchedule | None, Schedule]:
        """Return a copy under the next name, and what is there under that name."""
        names = (f"{wanted.name}-{number}" for number in count(2))
        name = next(one for one in names if one not in self._puts and one not in self._known)
        old = self._store.get(name, lock=True)
        if old is not None and not _is_copy(old, wanted):
            raise ValueError(f"its copy would be {name!r}, and another schedule has that name")
        return old, as_kept(wanted.model_copy(update={"name": name}))

    def apply(self) -> None:
        """Make the schedules so."""
        for old, spec in self._puts.values():
            if old is None:
                self._editor.add(spec)
            elif not (isinstance(old, StoredSchedule) and old.spec == spec):
                self._editor.put(old, spec)


def _is_copy(old: AnySchedule, wanted: Schedule) -> bool:
    if isinstance(old, DamagedSchedule):
        return False
    there = old.spec
    return (there.model, there.version, there.collect, there.deliver) == (
        wanted.model,
        wanted.version,
        wanted.collect,
        wanted.deliver,
    )


def _timed(spec: Schedule, line: _Line) -> Schedule:
    """Return the schedule with the times of a line, and with its parameters."""
    parameters = dict(_parameter(spec, text) for text in line.call.parameters)
    plain = spec.model_dump() | {
        "cron": line.call.cron,
        "timezone": line.timezone,
        "interval": None,
        "once": None,
        "parameters": spec.parameters | parameters,
    }
    return as_kept(Schedule.model_validate(plain))


def _parameter(spec: Schedule, text: str) -> tuple[str, Scalar]:
    name, equals, value = text.partition("=")
    if not equals or name not in spec.parameters:
        raise ValueError(f"schedule {spec.name!r} has no parameter {name!r}")
    return name, _scalar(name, value)


def _scalar(name: str, value: str) -> Scalar:
    """Return a parameter's value. Raises ValueError for what is none."""
    try:
        found: Scalar = parse_yaml(value, f"parameter {name!r}")
    except ConfigurationError as error:
        raise ValueError(error.detail) from None
    return found


def _read(
    text: str, *, timezone: str, fixed: bool, system: bool
) -> tuple[list[_Line], list[LeftOutLine]]:
    lines, left_out = list[_Line](), list[LeftOutLine]()
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if (setting := assignment(line)) is not None:
            if setting[0] == "CRON_TZ" and not fixed:
                timezone = setting[1]
            continue
        try:
            found = call(line, system=system)
        except ValueError as error:
            left_out.append(_left(number, line, error))
        else:
            lines.append(_Line(number=number, text=line, timezone=timezone, call=found))
    return lines, left_out


def _left(number: int, text: str, error: ValueError | ConflictError) -> LeftOutLine:
    if isinstance(error, ValidationError):
        reason = "; ".join(in_words(one, "the line") for one in error.errors())
    else:
        reason = error.detail if isinstance(error, ConflictError) else str(error)
    return LeftOutLine(line=number, text=text, reason=reason)
