"""Slurm: the cluster that dispatches run on, at a glance."""

from fastapi import APIRouter

from app.routers.parts import PROBLEMS, STRICT, Services
from app.values.slurm import SlurmDocument

router = APIRouter(prefix="/monitor", tags=["monitor"], responses=PROBLEMS, dependencies=STRICT)


@router.get("/slurm")
def get_slurm(services: Services) -> SlurmDocument:
    """Return Slurm's controllers, nodes and queue, as they were when it last answered.

    It is answered from memory, at once also while Slurm does not answer, and says so then. Slurm
    is asked again every `slurm.keep_seconds` at the most, and only if somebody wants to know.
    """
    return services.slurm_watch.document()
