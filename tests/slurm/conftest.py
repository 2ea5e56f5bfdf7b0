"""What tests of Slurm share: one cluster for all of a worker, and houses that dispatch on it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.clock import utc_now
from app.factory import Factory
from app.scheduler.launchers.slurm import SlurmLauncher
from app.settings import Settings
from tests.conftest import require
from tests.scheduler.house import House
from tests.slurm import cluster as clusters
from tests.slurm.cluster import Cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Run a Slurm of two nodes."""
    lacking = clusters.missing()
    require("slurm-wlm", there=lacking is None, reason=lacking)
    with clusters.cluster() as running:
        yield running


class SlurmHouse(House):
    """A house whose dispatches run as jobs."""

    def __init__(self, factory: Factory, directory: Path, cluster: Cluster) -> None:
        super().__init__(factory, directory)
        self.cluster = cluster
        self.slurm: SlurmLauncher | None = None

    def start(self) -> None:
        """Start the launcher of Slurm."""
        self.slurm = SlurmLauncher(self.factory, clock=utc_now)
        self.slurm.start()

    def stop(self) -> None:
        """Stop it, as a service does."""
        if self.slurm is not None:
            self.slurm.stop()
            self.slurm = None


@pytest.fixture
def make(
    cluster: Cluster, tmp_path: Path, state: Path, migrated: Path
) -> Iterator[Callable[..., SlurmHouse]]:
    """Make a house with its launcher at work; arguments are settings of the section slurm."""
    program = tmp_path / "disparo"
    clusters.write_stand_in(program)
    environment = clusters.stand_in_environment()
    made: list[SlurmHouse] = []

    def build(**slurm: Any) -> SlurmHouse:
        settings = Settings(
            scheduler={"launcher": "slurm", "poll_seconds": 0.1, "lease_seconds": 2.0},
            dispatch={"grace_seconds": 1.0, "progress_seconds": 0.2},
            slurm={
                "enabled": True,
                "api": f"unix:{cluster.socket}",
                "conf": str(cluster.conf),
                "poll_seconds": 0.3,
                "unknown_seconds": 1.0,
                "timeout_seconds": 15.0,
                "program": str(program),
                "environment": environment,
                **slurm,
            },
        )
        state.mkdir(exist_ok=True)
        database = state / "disparo.sqlite"
        if not database.exists():
            database.write_bytes(migrated.read_bytes())
        house = SlurmHouse(Factory(settings, state), tmp_path / f"house{len(made)}", cluster)
        made.append(house)
        house.start()
        return house

    yield build
    for house in made:
        house.stop()
        house.factory.close()
    cluster.mend()
