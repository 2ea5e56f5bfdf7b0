"""A campaign against the Showroom: the service is killed at random moments, under load.

`test_killed_service` runs a short one; the long one is `make campaign-showroom`, which is this
module. What clients were answered is compared with what is on record.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import servers
from tests.records import create_database
from tests.showroom.house import House, furnished
from tests.showroom.verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How hard it is tried to break it."""

    kills: int
    database: str
    """`sqlite` or `mariadb`."""
    seconds: float = 0.6
    """The longest life of a service after its first answer."""
    seed: int = 0


def run(plan: Plan, house: House) -> Verdict:
    """Kill the service under load as often as is planned, and judge."""
    chance = random.Random(plan.seed)  # noqa: S311 - no secret
    house.start()
    house.await_answer(0)
    house.load()
    for kill in range(1, plan.kills + 1):
        house.await_answer(kill)
        time.sleep(chance.uniform(0, plan.seconds))
        house.kill()
        house.start()
    house.await_answer(plan.kills + 1)
    house.unload()
    return house.judge()


@contextmanager
def prepared(plan: Plan, directory: Path) -> Iterator[House]:
    """Give a house on a database of its own."""
    if plan.database == "sqlite":
        with furnished(directory, "sqlite:///disparo.sqlite") as house:
            yield house
        return
    with servers.mariadb() as server:
        create_database(server.url.format(database="mysql"), "own")
        with furnished(directory, server.url.format(database="own")) as house:
            yield house


def main() -> None:
    """Run a long campaign, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=("sqlite", "mariadb"), default="sqlite")
    parser.add_argument("--seconds", type=float, default=0.6)
    parser.add_argument("--seed", type=int, default=0)
    plan, start = Plan(**vars(parser.parse_args())), time.monotonic()
    name = tempfile.TemporaryDirectory(prefix="disparo-campaign-")
    with name as directory, prepared(plan, Path(directory)) as house:
        verdict = run(plan, house)
    sys.stdout.write(f"{plan}\n{verdict}\n{time.monotonic() - start:.0f} s\n")
    raise SystemExit(0 if verdict.is_kept else 1)


if __name__ == "__main__":
    main()
