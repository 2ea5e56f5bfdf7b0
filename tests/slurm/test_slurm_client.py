"""Slurm is asked over slurmrestd and through its commands, and both answer alike."""

import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.settings_slurm import Slurm as Settings
from app.slurm.client import Slurm, SlurmAwayError, SlurmRefusedError
from app.slurm.ways import way
from app.values.slurm import JobSpec, JobState, NewJob, SeenJob
from tests.patience import await_that
from tests.slurm.cluster import Cluster

WAYS = ("socket", "tcp", "commands")


def settings_of(cluster: Cluster, kind: str, **changes: Any) -> Settings:
    """Return the settings that lead to a cluster in this way."""
    told: dict[str, Any] = {"conf": str(cluster.conf), "timeout_seconds": 15, **changes}
    if kind == "socket":
        told["api"] = f"unix:{cluster.socket}"
    if kind.startswith("tcp"):
        told["api"] = f"http://127.0.0.1:{cluster.ports['rest']}"
    if kind == "tcp":
        told |= {"jwt_key": str(cluster.jwt_key), "user": "root"}
    return Settings.model_validate(told)


@pytest.fixture(scope="module")
def tcp(cluster: Cluster) -> Iterator[None]:
    """Let slurmrestd listen on a port too."""
    cluster.start("rest-tcp")
    cluster.await_port("rest")
    yield
    cluster.kill("rest-tcp")


@pytest.fixture(params=WAYS)
def slurm(request: pytest.FixtureRequest, cluster: Cluster) -> Iterator[Slurm]:
    """Give the cluster, each way; its jobs are gone afterwards."""
    if request.param.startswith("tcp"):
        request.getfixturevalue("tcp")
    yield way(settings_of(cluster, request.param))
    cluster.empty()


def job(cluster: Cluster, script: str = "exit 0", **spec: Any) -> NewJob:
    """Return a job with a name of its own."""
    name = f"disparo-1-{uuid.uuid4().hex[:20]}-1"
    return NewJob(
        name=name,
        comment="a test's",
        script=f"#!/bin/bash\n{script}\n",
        environment={"PATH": "/usr/bin:/bin", "WORDS": "a b;$(touch x)'\""},
        directory="/tmp",  # noqa: S108 - it is there on each node
        output=str(cluster.place / f"{name}.out"),
        spec=JobSpec.model_validate(spec),
    )


def ended(slurm: Slurm, name: str, job_id: int) -> SeenJob:
    """Wait for a job's end."""

    def final() -> SeenJob | None:
        [found] = slurm.find({name: job_id})
        return found if found.state.is_final else None

    return await_that(final)


def test_a_job_runs_and_is_seen_to_end(slurm: Slurm, cluster: Cluster) -> None:
    """It gets its variables letter by letter and nothing of the service's; its end is told."""
    new = job(cluster, 'echo "$WORDS"; env | grep -c DISPARO; exit 3', memory=150 * 2**20)
    number = slurm.submit(new)
    seen = ended(slurm, new.name, number)
    assert (seen.id, seen.name, seen.state) == (number, new.name, JobState.FAILED)
    assert (seen.exit_code, seen.restarts, seen.user) == (3 << 8, 0, "root")
    assert seen.node in {"n0", "n1"}
    assert seen.submitted_at is not None
    assert abs(seen.submitted_at.timestamp() - time.time()) < 60
    printed = await_that(lambda: Path(new.output).exists() and Path(new.output).read_text())
    assert printed == "a b;$(touch x)'\"\n0\n"
    # By its name alone too, as after a submission whose answer was lost.
    assert slurm.find({new.name: None}) == [seen]


def test_a_job_gets_what_it_asks_for(slurm: Slurm, cluster: Cluster) -> None:
    """Partition, features, processors, memory, time and the comment arrive."""
    new = job(
        cluster, "sleep 60", partition="urgent", constraints="slow", processors=2,
        memory=200 * 2**20, time_limit=timedelta(seconds=90),
    )  # fmt: skip
    number = slurm.submit(new)
    told = cluster.run("scontrol", "show", "job", str(number))
    for words in (
        "Partition=urgent", "Features=slow", "CPUs/Task=2", "MinMemoryNode=200M",
        "TimeLimit=00:02:00", "Comment=a test's",
    ):  # fmt: skip
        assert words in told
    [seen] = slurm.find({new.name: number})
    assert not seen.state.is_final
    slurm.cancel(number, new.name)
    assert ended(slurm, new.name, number).state is JobState.CANCELLED
    slurm.cancel(number, new.name)  # once more changes nothing


def test_a_job_of_another_name_is_not_cancelled(slurm: Slurm, cluster: Cluster) -> None:
    """An id that came again belongs to somebody else's job."""
    theirs = job(cluster, "sleep 60")
    number = slurm.submit(theirs)
    slurm.cancel(number, "disparo-2-another-1")
    assert slurm.find({"disparo-2-another-1": number}) == []
    [seen] = slurm.find({theirs.name: number})
    assert not seen.state.is_final
    slurm.cancel(number, theirs.name)


def test_what_slurm_does_not_know_is_not_found(slurm: Slurm) -> None:
    """Neither an id nor a name that it never had is an error."""
    assert slurm.find({"disparo-9-none-1": 99_999}) == []
    assert slurm.find({"disparo-9-none-1": None}) == []
    slurm.cancel(99_999, "disparo-9-none-1")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"partition": "nowhere"}, "partition"),
        ({"constraints": "purple"}, "feature"),
        ({"memory": 2**46}, "not available"),
    ],
)
def test_a_job_that_cannot_be_is_refused(
    slurm: Slurm, cluster: Cluster, spec: dict[str, Any], words: str
) -> None:
    """Slurm's own words say why."""
    with pytest.raises(SlurmRefusedError) as refused:
        slurm.submit(job(cluster, **spec))
    assert words in refused.value.detail.lower()


def test_the_cluster_is_shown(slurm: Slurm, cluster: Cluster) -> None:
    """Controllers, nodes, and jobs: this service's first."""
    theirs = cluster.run("sbatch", "--parsable", "-J", "a|b", "--wrap", "sleep 60").strip()
    new = job(cluster, "sleep 60")
    ours = slurm.submit(new)
    shown = slurm.cluster(1)
    assert shown.version is not None
    assert shown.version[0].isdigit()
    assert set(shown.controllers.values()) == {"UP"}
    nodes = {one.name: one for one in shown.nodes}
    assert set(nodes) == {"n0", "n1"}
    assert nodes["n0"].is_well
    assert (nodes["n0"].processors, nodes["n0"].memory) == (4, 4000 * 2**20)
    assert set(nodes["n0"].partitions) == {"work", "urgent"}
    assert [one.id for one in shown.jobs] == [ours]
    assert shown.waiting + shown.running == 2
    assert {one.id for one in slurm.cluster(10).jobs} == {ours, int(theirs)}


@pytest.mark.usefixtures("tcp")
def test_a_token_is_renewed(cluster: Cluster) -> None:
    """One that has ended, or that slurmctld refuses, is replaced without a word."""
    slurm = way(settings_of(cluster, "tcp", token_seconds=10))
    headers: Any = slurm._headers.__self__  # type: ignore[attr-defined]
    assert slurm.cluster(1).nodes
    assert way(settings_of(cluster, "tcp-scontrol")).cluster(1).nodes  # asked of scontrol
    headers._token, headers._made_at = cluster.token(1), 0.0
    time.sleep(1.2)  # the token's own time
    assert slurm.cluster(1).nodes


@pytest.mark.usefixtures("tcp")
def test_a_token_that_does_not_hold_is_told(cluster: Cluster) -> None:
    """The error names the setting's thing, and never the token."""
    slurm = way(settings_of(cluster, "tcp-scontrol", token="s3cret"))
    with pytest.raises(SlurmAwayError) as away:
        slurm.submit(job(cluster))
    assert "s3cret" not in away.value.detail


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    """Neither a socket nor commands nor a port: each is named."""
    for told, words in (
        ({"api": f"unix:{tmp_path}/none.sock"}, "none.sock"),
        ({"api": "http://127.0.0.1:9", "token": "x"}, "127.0.0.1:9"),
        ({"commands": str(tmp_path)}, "slurm.commands"),
    ):
        with pytest.raises(SlurmAwayError, match=words):
            way(Settings.model_validate(told)).find({"disparo-1-a-1": None})


def test_a_command_that_hangs_is_killed(tmp_path: Path) -> None:
    """With all that it has started, when its time is over."""
    command = tmp_path / "squeue"
    command.write_text("#!/bin/sh\nsleep 600\n")
    command.chmod(0o755)
    slurm = way(Settings(commands=str(tmp_path), timeout_seconds=1))
    with pytest.raises(SlurmAwayError, match="1 s"):
        slurm.find({"disparo-1-a-1": 1})
