"""What tests of the launcher share: a house whose launcher is at work."""

from collections.abc import Iterator

import pytest

from app.factory import Factory
from app.settings import Settings
from tests.scheduler.house import House


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give a house whose launcher is at work, with two workers and short bounds."""
    directory = tmp_path_factory.mktemp("house")
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
