"""What tests of Slurm share: one cluster for all of a worker."""

from collections.abc import Iterator

import pytest

from tests.conftest import require
from tests.slurm import cluster as clusters
from tests.slurm.cluster import Cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Run a Slurm of two nodes."""
    lacking = clusters.missing()
    require("slurm-wlm", there=lacking is None, reason=lacking)
    with clusters.cluster() as running:
        yield running
