"""What tests of the scheduler share: a house whose launcher is at work, services that schedule."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from app.clock import utc_now
from app.factory import Factory
from app.scheduler.launchers import nursery
from app.settings import Settings
from tests import warm
from tests.scheduler.house import House
from tests.scheduler.services import Service


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give a house whose launcher is at work; its warm process is forked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nursery, "_warm_process", warm.warm_process)
        with at_work(tmp_path_factory.mktemp("house")) as made:
            yield made


@contextmanager
def at_work(directory: Path) -> Iterator[House]:
    """Give a house whose launcher is at work, with two workers and short bounds."""
    settings = Settings(
        scheduler={"workers": 2, "poll_seconds": 0.2, "log_bytes": 4096},
        dispatch={"grace_seconds": 1.0, "progress_seconds": 0.2},
    )
    factory = Factory(settings, directory / "var")
    factory.upgrade_schema()
    made = House(factory, directory / "house")
    launcher = made.launcher()
    launcher.start()
    yield made
    launcher.stop()
    factory.close()


@pytest.fixture
def start(anywhere: Factory, state: Path) -> Iterator[Callable[..., Service]]:
    """Give what starts a service on the database."""
    assert anywhere
    started: list[Service] = []

    def begin(clock: Callable[[], datetime] = utc_now) -> Service:
        started.append(Service(state, clock))
        started[-1].leader.start()
        return started[-1]

    yield begin
    for service in started:
        service.stop()
