"""`disparo slurm`: the cluster that dispatches run on."""

import typer

from app.cli.parts import Json, command_group, err, services, show_one, show_table
from app.errors import ConfigurationError
from app.values.slurm import Cluster, ClusterNode, SeenJob, SlurmDocument

group = command_group("The cluster that dispatches run on.")


def _document() -> SlurmDocument:
    with services() as factory:
        bounds = factory.settings.slurm
        if not bounds.enabled:
            raise ConfigurationError("slurm.enabled is false; docs/slurm.md tells how to set it up")
        return factory.slurm_watch.document(patience=4 * bounds.timeout_seconds)


@group.command("status")
def show_status(*, as_json: Json = False) -> None:
    """Show how Slurm is reached, its controllers, its nodes and how much it has to do."""
    document = _document()
    if as_json:
        show_one(document)
        return
    _tell(document)
    found = document.cluster or Cluster()
    controllers = ", ".join(f"{host} {state}" for host, state in found.controllers.items())
    typer.echo(f"Slurm {found.version or '?'} over {document.way}: {controllers or 'unknown'}")
    typer.echo(f"{found.waiting} jobs wait, {found.running} run")
    typer.echo()
    show_table(("NODE", "STATE", "PARTITIONS", "BUSY", "MEMORY", "WHY"), map(_node, found.nodes))


@group.command("jobs")
def list_jobs(*, as_json: Json = False) -> None:
    """List what waits and runs in the cluster: Disparo's own jobs first."""
    document = _document()
    if as_json:
        show_one(document)
        return
    _tell(document)
    found = document.cluster or Cluster()
    show_table(("JOB", "NAME", "STATE", "REASON", "NODE", "USER", "SINCE"), map(_job, found.jobs))


def _tell(document: SlurmDocument) -> None:
    if document.fault is not None:
        err.print(f"Slurm does not answer: {document.fault}", style="red", markup=False)


def _node(one: ClusterNode) -> list[object]:
    busy = f"{one.busy_processors} of {one.processors}"
    memory = None if one.memory is None else f"{one.memory / 2**30:.1f} GiB"
    return [one.name, one.state, ", ".join(one.partitions), busy, memory, one.reason]


def _job(one: SeenJob) -> list[object]:
    since = one.submitted_at if one.state.waits else one.started_at
    return [one.id, one.name, one.state, one.reason, one.node, one.user, since]
