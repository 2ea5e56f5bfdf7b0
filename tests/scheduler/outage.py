"""How soon the scheduler resumes when its database was away: once, or again and again.

`test_outage` takes the database away for seconds; `make outage-scheduler`, which is this module,
for a minute, at random moments.
"""

import argparse
import random
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.clock import utc_now
from app.db.tables import dispatches
from app.values.dispatch import DispatchState
from tests.patience import await_that
from tests.scheduler.campaign import Campaign, Plan, prepared


@dataclass(frozen=True, kw_only=True)
class Resumed:
    """Seconds from the moment in which the database answers again."""

    claims: float
    """Until a slot is claimed."""
    succeeds: float
    """Until a dispatch that was started since then has succeeded."""


def take_away(campaign: Campaign, seconds: float) -> Resumed:
    """Kill the database of a campaign that serves; start it again after so many seconds."""
    campaign.database.kill()
    time.sleep(seconds)
    campaign.database.start()
    back = utc_now()
    await_that(lambda: _claimed(campaign, back) and _succeeded(campaign, back))
    return Resumed(
        claims=_since(back, _claimed(campaign, back)),
        succeeds=_since(back, _succeeded(campaign, back)),
    )


def _claimed(campaign: Campaign, back: datetime) -> datetime | None:
    """Return when a slot was first claimed since then."""
    return _first(campaign, dispatches.c.created_at, dispatches.c.created_at >= back)


def _succeeded(campaign: Campaign, back: datetime) -> datetime | None:
    """Return when a dispatch that was started since then first succeeded."""
    return _first(
        campaign,
        dispatches.c.finished_at,
        dispatches.c.started_at >= back,
        dispatches.c.state == DispatchState.SUCCEEDED,
    )


def _first(
    campaign: Campaign, moment: sa.Column[Any], *where: sa.ColumnElement[bool]
) -> datetime | None:
    query = sa.select(sa.func.min(moment)).where(*where)
    with campaign.factory.engine.begin() as connection:
        return connection.execute(query).scalar()


def _since(back: datetime, moment: datetime | None) -> float:
    assert moment is not None
    return round((moment - back).total_seconds(), 3)


def await_first_success(campaign: Campaign) -> None:
    """Wait until the replicas are at work."""
    await_that(lambda: _succeeded(campaign, campaign.start), 300)


def main() -> None:
    """Take the database away some times, and print how soon the scheduler resumed."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (("replicas", 2), ("seconds", 60), ("times", 3), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=value)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)  # noqa: S311 - no secret
    long = (asked.seconds + 120) * asked.times + 600
    plan = Plan(replicas=asked.replicas, schedules=3, seconds=long, service_kills=0)
    with prepared(plan) as campaign, campaign.serving():
        await_first_success(campaign)
        for number in range(asked.times):
            time.sleep(chance.uniform(3, 8))
            found = take_away(campaign, asked.seconds)
            sys.stdout.write(f"{number + 1}: away for {asked.seconds} s, {found}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
