"""A campaign against the scheduler: replicas on one MariaDB, killed and restarted at random.

`test_replicas` runs a short one; the long one is `make campaign-scheduler`, which is this module.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from app.clock import utc_now
from app.factory import Factory
from app.settings import load_settings
from app.values.model import Registration, RuntimeName
from app.values.schedule import Schedule
from tests import servers, warm
from tests.replicas import Replica
from tests.scheduler import standstill
from tests.scheduler.outcome import Outcome, judged, successes

POLICIES = {
    "catch_up": "all",
    "catch_up_limit": 10_000,
    "overlap": "queue",
    "retries": {"limit": 100, "delay": "PT1S", "factor": 1.0},
}
_STOP_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How hard it is tried to break it."""

    replicas: int
    schedules: int
    seconds: int
    """How long slots come, one a second for each schedule."""
    service_kills: int
    database_kills: int = 0
    cuts: int = 0
    """How often all connections to the database are broken, while it goes on."""
    patience: float = 600.0
    """Seconds after the last slot within which all must have succeeded."""
    stall: float = 120.0
    """Seconds without a further success after which the scheduler is said to stand still."""
    seed: int = 0


class StandstillError(AssertionError):
    """Not all slots succeeded, and for too long none did."""

    def __init__(self, found: int, expected: int, told: str) -> None:
        super().__init__(f"{found} of {expected} slots have succeeded, then none did\n{told}")


class Campaign:
    """One campaign: its house, its replicas, and who breaks them."""

    def __init__(self, plan: Plan, database: servers.Restartable, directory: Path) -> None:
        self._plan = plan
        self.database = database
        self._directory = directory
        self._random = random.Random(plan.seed)  # noqa: S311 - no secret
        self._url = database.server.url
        self.place = sa.create_engine(self._url.format(database="place"), poolclass=sa.NullPool)
        self.factory = self._furnished()
        self._replicas = [self._replica(number) for number in range(plan.replicas)]
        self.start, self.end = self._period()

    def _furnished(self) -> Factory:
        """Make the databases, a model that costs little, and the source."""
        admin = sa.create_engine(self._url.format(database="mysql"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            for name in ("disparo", "place"):
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
        admin.dispose()
        os.environ |= {
            "DISPARO_VAR": str(self._directory),
            "DISPARO_AUTH__MODE": "none",
            "DISPARO_DATABASE__URL": self._url.format(database="disparo"),
            "DISPARO_MODELS__STORE": str(self._directory / "models"),
            "DISPARO_SECRETS__KEY_FILE": str(self._directory / "secret.key"),
        }
        factory = Factory(load_settings(), self._directory)
        factory.upgrade_schema()
        place = self._url.format(database="place")
        factory.sources.add("place", place, "", actor="test", now=utc_now())
        model, sample = self._directory / "nothing.json", self._directory / "sample.parquet"
        model.write_text(json.dumps({"do": "nothing"}))
        pd.DataFrame({"a": [0.0, -1.0]}).to_parquet(sample)
        asked = Registration(
            name="nothing",
            filename=model.name,
            runtime=RuntimeName.PYTHON,
            entry_point="tests.scheduler.programs:Acts",
            sample=sample,
        )
        factory.models.register(model, asked, actor="test", now=utc_now())
        return factory

    def run(self) -> Outcome:
        """Declare the schedules, break what can be broken, wait, and judge."""
        with self.serving():
            self._break()
            self._await_success()
        expected = {
            (f"s{number:02}", self.start + timedelta(seconds=second))
            for number in range(self._plan.schedules)
            for second in range(self._plan.seconds)
        }
        found = judged(self.factory.engine, self.place, expected)
        found.seconds = (utc_now() - self.start).total_seconds()
        self.factory.close()
        return found

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Let the replicas serve; the slots of the schedules begin to come."""
        try:
            for replica in self._replicas:
                replica.start()
            for replica in self._replicas:
                replica.await_live()
            self._declare()
            yield
        finally:
            self._stop()

    def _declare(self) -> None:
        self.start, self.end = self._period()
        for number in range(self._plan.schedules):
            # As of before the first slot: slots from before a declaration are nobody's, and on a
            # busy machine the last one comes late.
            before = self.start - timedelta(seconds=1)
            self.factory.schedules.declare(self.spec(number), "test.yaml", now=before)

    def _period(self) -> tuple[datetime, datetime]:
        start = utc_now().replace(microsecond=0) + timedelta(seconds=2)
        return start, start + timedelta(seconds=self._plan.seconds)

    def spec(self, number: int) -> Schedule:
        """Return a schedule of one row and one slot a second."""
        name = f"s{number:02}"
        work: dict[str, Any] = {
            "collect": {
                "source": "place",
                "query": f"SELECT {number} AS id, 1.0E0 AS a",
                "key": "id",
                "count": False,
            },
            "deliver": {"source": "place", "table": "delivered", "mode": "append"},
            "active_from": self.start,
            "active_until": self.end,
            "interval": {"every": "PT1S"},
            "policies": POLICIES,
        }
        return Schedule.model_validate({"name": name, "model": "nothing", **work})

    def _replica(self, number: int) -> Replica:
        return Replica(
            {
                **os.environ,
                "DISPARO_VAR": str(self._directory / f"replica-{number}"),
                "DISPARO_SCHEDULER__QUEUE": "100000",
                "DISPARO_SCHEDULER__LOST_AFTER": "20",
                "DISPARO_SHOWROOM__ENABLED": "false",
            }
        )

    def _break(self) -> None:
        """Kill services and the database at random moments while slots come."""
        plan = self._plan
        kills = ["service"] * plan.service_kills + ["database"] * plan.database_kills
        kills += ["connections"] * plan.cuts
        moments = sorted((self._random.uniform(0.1, 0.9), kill) for kill in kills)
        for share, kill in moments:
            _wait_until(self.start + (self.end - self.start) * share)
            if kill == "service":
                self._kill_a_service()
            elif kill == "connections":
                servers.cut_connections(self.database.server)
            else:
                self.database.kill()
                time.sleep(self._random.uniform(1, 4))
                self.database.start()
        _wait_until(self.end)

    def _kill_a_service(self) -> None:
        replica = self._random.choice(self._replicas)
        replica.kill()
        time.sleep(self._random.uniform(0, 1))
        replica.start()

    def _await_success(self) -> None:
        """Wait for all successes. Raises StandstillError when there are no further ones."""
        begun = moved = time.monotonic()
        expected, before = self._plan.schedules * self._plan.seconds, 0
        while (found := len(successes(self.factory.engine))) < expected:
            now = time.monotonic()
            moved, before = (now, found) if found > before else (moved, before)
            if now - begun > self._plan.patience or now - moved > self._plan.stall:
                raise StandstillError(
                    found, expected, standstill.told(self.factory.engine, utc_now())
                )
            self._restart_the_dead()
            time.sleep(0.5)

    def _restart_the_dead(self) -> None:
        """Do what a process manager does for a service that could not start without database."""
        for replica in self._replicas:
            if replica.has_ended():
                replica.start()
                return

    def _stop(self) -> None:
        for replica in self._replicas:
            replica.ask_to_end()
        for replica in self._replicas:
            replica.await_end(_STOP_SECONDS)


def _wait_until(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - utc_now()).total_seconds()))


@contextmanager
def prepared(plan: Plan) -> Iterator[Campaign]:
    """Give a campaign with a MariaDB of its own."""
    before = dict(os.environ)
    directory = Path(tempfile.mkdtemp(prefix="disparo-campaign-"))
    try:
        with warm.serving(), servers.restartable_mariadb() as database:
            yield Campaign(plan, database, directory)
    finally:
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(directory, ignore_errors=True)


def main() -> None:
    """Run a long campaign, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (
        ("replicas", 3),
        ("schedules", 50),
        ("seconds", 60),
        ("service-kills", 10),
        ("database-kills", 0),
        ("cuts", 0),
        ("patience", 1800),
        ("stall", 120),
        ("seed", 0),
    ):
        parser.add_argument(f"--{name}", type=int, default=value)
    plan = Plan(**vars(parser.parse_args()))
    with prepared(plan) as campaign:
        outcome = campaign.run()
    sys.stdout.write(f"{plan}\n{outcome}\n")
    raise SystemExit(0 if outcome.is_exact else 1)


if __name__ == "__main__":
    main()
