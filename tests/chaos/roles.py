"""The schedules of the campaign, and what each of their slots is to deliver, reckoned apart.

When slots are due is reckoned here without the product's triggers: an interval by counting seconds,
a crontab by looking at each minute's clock.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.values.schedule import Mode, Schedule

ROWS = 2000
"""Rows of the source, with the keys from 1 on."""
TABLE = "numbers"
MODEL = "m"
DAMAGED = "damaged"
"""A schedule whose record cannot be read."""
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
POLICIES: dict[str, Any] = {
    "catch_up": "all",
    "catch_up_limit": 10_000,
    "overlap": "queue",
    "retries": {"limit": 100, "delay": "PT1S", "factor": 1.0},
}
HURRIED: dict[str, Any] = {**POLICIES, "catch_up": "skip", "overlap": "skip"}


@dataclass(frozen=True, kw_only=True)
class Role:
    """A schedule that is to keep all promises."""

    name: str
    every: int = 0
    """Seconds between two slots; 0: it goes by the minutes of a crontab."""
    minutes: str = ""
    zone: str = "UTC"
    share: int = 50
    """Of the rows one in so many is a slot's."""
    mode: Mode = Mode.APPEND
    source: str = "place"
    launcher: str = "local"
    partitions: int = 1
    policies: dict[str, Any] = field(default_factory=lambda: POLICIES)

    @property
    def table(self) -> str:
        """Where it delivers."""
        return f"out_{self.name.replace('-', '_')}"

    @property
    def may_skip(self) -> bool:
        """Whether its policies may pass over slots."""
        return self.policies is HURRIED

    def spec(self, start: datetime, end: datetime) -> Schedule:
        """Return the schedule, with its slots between two instants."""
        when = (
            {"interval": {"every": f"PT{self.every}S"}}
            if self.every
            else {"cron": f"{self.minutes} * * * *", "timezone": self.zone}
        )
        return Schedule.model_validate(
            {
                "name": self.name,
                "model": MODEL,
                "collect": {
                    "source": "place",
                    "key": "id",
                    "query": f"SELECT id, a, b FROM {TABLE} WHERE MOD(id, {self.share}) = "  # noqa: S608 - our own names
                    f"MOD(MINUTE(:slot) * 60 + SECOND(:slot), {self.share})",
                },
                "deliver": {"source": self.source, "table": self.table, "mode": self.mode},
                "active_from": start,
                "active_until": end,
                "launcher": self.launcher,
                "partitions": self.partitions,
                "policies": self.policies,
                **when,
            }
        )

    def due(self, start: datetime, end: datetime) -> dict[datetime, frozenset[int]]:
        """Return the slots between two instants, each with the keys of the rows that are its."""
        return {slot: self._keys(slot) for slot in self._slots(start, end)}

    def _slots(self, start: datetime, end: datetime) -> list[datetime]:
        step = SECOND if self.every else MINUTE
        first = start.replace(microsecond=0)
        if not self.every:
            first = first.replace(second=0)
        moments = (first + step * number for number in range((end - first) // step + 1))
        return [one for one in moments if start <= one < end and self._is_slot(one)]

    def _is_slot(self, moment: datetime) -> bool:
        if self.every:
            return int(moment.timestamp()) % self.every == 0
        return _holds(self.minutes, moment.astimezone(ZoneInfo(self.zone)).minute)

    def _keys(self, slot: datetime) -> frozenset[int]:
        shown = slot.astimezone(ZoneInfo(self.zone))
        rest = (shown.minute * 60 + shown.second) % self.share
        return frozenset(range(rest or self.share, ROWS + 1, self.share))


def _holds(field_: str, minute: int) -> bool:
    """Tell whether a crontab's field of minutes holds a minute: `*`, `a-b`, with `/step` or not."""
    span, _, step = field_.partition("/")
    low, high = (0, 59) if span == "*" else map(int, span.split("-"))
    return low <= minute <= high and (minute - low) % int(step or 1) == 0


LOCAL = (
    Role(name="append", every=6),
    Role(name="replace", every=15, share=2, mode=Mode.REPLACE_SLOT),
    Role(name="upsert", every=10, share=10, mode=Mode.UPSERT),
    Role(name="hurried", every=2, policies=HURRIED),
    Role(name="parts", every=30, share=2, mode=Mode.REPLACE_SLOT, partitions=3),
    Role(name="cron-each", minutes="*", zone="America/New_York"),
    Role(name="cron-odd", minutes="1-59/2", zone="Asia/Kolkata", mode=Mode.REPLACE_SLOT),
)
ON_DISK = Role(name="on-disk", every=10, source="disk", mode=Mode.REPLACE_SLOT)
"""Delivers to a database on the small disk."""
ON_CLUSTER = (
    Role(name="jobs", every=15, launcher="slurm"),
    Role(name="jobs-large", every=30, share=2, mode=Mode.REPLACE_SLOT, launcher="slurm"),
    Role(name="jobs-parts", every=60, share=2, launcher="slurm", partitions=2),
)


def broken(name: str, **changes: Any) -> Schedule:
    """Return a schedule that fails at each slot, every fifteen seconds."""
    spec: dict[str, Any] = {
        "name": name,
        "model": MODEL,
        "collect": {"source": "place", "key": "id", "query": f"SELECT id, a, b FROM {TABLE}"},  # noqa: S608
        "deliver": {"source": "place", "table": "out_broken"},
        "interval": {"every": "PT15S"},
    }
    return Schedule.model_validate({**spec, **changes})


def broken_ones(end: datetime) -> list[Schedule]:
    """Return the schedules that are broken from the start, each in a way of its own."""
    query = {"key": "id", "source": "place", "query": "SELECT id FROM nowhere"}
    dead = {"key": "id", "source": "dead", "query": "SELECT 1 AS id, 1 AS a, 1 AS b"}
    return [
        broken("bad-query", collect=query, active_until=end),
        broken("bad-source", collect=dead, active_until=end),
        broken("bad-model", model="lost", active_until=end),
        broken(DAMAGED, active_until=end),
    ]


def is_cron(role: Role) -> bool:
    """Tell whether a crontab says when it is due."""
    return not role.every


def utc(moment: datetime) -> datetime:
    """Return an instant that a database keeps without its zone."""
    return moment.replace(tzinfo=UTC)
