"""The way to Slurm, which dispatches and the Monitor share."""

from functools import cached_property
from typing import TYPE_CHECKING

from app.building.alerts import Alerts

if TYPE_CHECKING:  # it loads httpx, which takes time
    from app.slurm.client import Slurm


class Cluster(Alerts):
    """Makes it when it is first asked for."""

    @cached_property
    def slurm(self) -> "Slurm":
        """The cluster that dispatches may run on."""
        from app.slurm.ways import way

        return way(self.settings.slurm)
