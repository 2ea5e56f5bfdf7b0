"""The Monitor shows the cluster from memory, whatever Slurm does."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.clock import utc_now
from app.main import create_app
from app.services.slurm_watch import SlurmWatchService
from app.settings_slurm import Slurm as Settings
from app.slurm.client import SlurmAwayError
from app.slurm.ways import way
from app.values.slurm import Cluster as Shown
from tests import read_once
from tests.asgi import Api
from tests.patience import await_that
from tests.slurm.cluster import Cluster


class Scripted:
    """A way to Slurm that answers what it is told to, when it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked = 0
        self.answer: Callable[[], Shown] = Shown

    def cluster(self, _jobs: int) -> Shown:
        """Wait, then answer."""
        self.asked += 1
        self.go.wait(60)
        return self.answer()


def watch(slurm: Scripted, keep: float) -> SlurmWatchService:
    """Return what shows it."""
    settings = Settings(enabled=True, keep_seconds=keep)
    return SlurmWatchService(settings, lambda: slurm, clock=utc_now)  # type: ignore[arg-type,return-value]


def test_one_that_does_not_answer_holds_nobody_up() -> None:
    """It is asked once however many want to know, and what was known is shown on."""
    slurm = Scripted()
    watching = watch(slurm, 0.01)
    began = time.monotonic()
    for _ in range(20):
        assert watching.document(patience=0.05).fault is not None
    assert time.monotonic() - began < 10
    assert slurm.asked == 1
    slurm.go.set()
    await_that(lambda: watching.document().cluster is not None)

    def fails() -> Shown:
        message = "nobody there"
        raise SlurmAwayError(message)

    slurm.answer = fails
    await_that(lambda: watching.document().fault is not None)
    later = watching.document()
    assert (later.fault, later.cluster) == ("nobody there", Shown())
    assert later.asked_at is not None


def test_what_is_known_is_not_asked_again_at_once() -> None:
    """Within `slurm.keep_seconds`."""
    slurm = Scripted()
    slurm.go.set()
    watching = watch(slurm, 60)
    for _ in range(5):
        assert watching.document().cluster is not None
    assert slurm.asked == 1


def test_a_service_without_slurm_says_so(api: Api) -> None:
    """And asks nobody."""
    told = api.get("/monitor/slurm").json()
    assert (told["enabled"], told["cluster"], told["fault"]) == (False, None, None)


@pytest.fixture
def told(cluster: Cluster, state: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """Give a cluster that the settings of this process lead to."""
    monkeypatch.setenv("DISPARO_SLURM__ENABLED", "true")
    monkeypatch.setenv("DISPARO_SLURM__API", f"unix:{cluster.socket}")
    monkeypatch.setenv("DISPARO_SLURM__CONF", str(cluster.conf))
    state.mkdir()
    (state / "disparo.sqlite").write_bytes(migrated.read_bytes())
    return cluster


def test_the_cluster_is_shown_over_http(told: Cluster) -> None:
    """Its controllers, nodes and queue."""
    assert told.socket.exists()
    application = create_app(read_once.settings())
    try:
        shown = await_that(lambda: Api(application).get("/monitor/slurm").json()["cluster"])
    finally:
        application.factory.close()
    assert {one["name"] for one in shown["nodes"]} == {"n0", "n1"}
    assert list(shown["controllers"].values()) == ["UP"]


def test_the_command_line_shows_nodes_and_jobs(told: Cluster) -> None:
    """`disparo slurm status` and `disparo slurm jobs`."""
    number = told.run("sbatch", "--parsable", "-J", "theirs", "-H", "--wrap", "true").strip()
    status = CliRunner().invoke(cli, ["slurm", "status"])
    assert status.exit_code == 0, status.output
    assert "n0" in status.stdout
    assert "1 jobs wait, 0 run" in status.stdout
    jobs = CliRunner().invoke(cli, ["slurm", "jobs"])
    told.empty()
    line = next(one for one in jobs.stdout.splitlines() if one.startswith(number))
    assert "theirs" in line
    assert "PENDING" in line
    assert "JobHeldUser" in line


def test_a_controller_that_is_dead_is_told(told: Cluster) -> None:
    """Each way says so within its bound, and the commands' words reach the reader."""
    told.kill("ctld")
    for settings in (
        Settings(api=f"unix:{told.socket}", timeout_seconds=2),
        Settings(conf=str(told.conf), timeout_seconds=2),
    ):
        began = time.monotonic()
        with pytest.raises(SlurmAwayError):
            way(settings).cluster(10)
        assert time.monotonic() - began < 30
    told.mend()
