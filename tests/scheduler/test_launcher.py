"""The local launcher, on real processes."""

import os
from collections.abc import Iterator

import pytest

from app.factory import Factory
from app.settings import Settings
from app.values.dispatch import DispatchState
from tests.scheduler.house import DELIVERED, House


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give a house whose launcher is at work, with two workers and short bounds."""
    directory = tmp_path_factory.mktemp("house")
    settings = Settings(
        scheduler={"workers": 2, "poll_seconds": 0.2},
        dispatch={"grace_seconds": 2.0},
    )
    factory = Factory(settings, directory / "var")
    factory.upgrade_schema()
    made = House(factory, directory / "house")
    launcher = made.launcher()
    launcher.start()
    yield made
    launcher.stop()
    factory.close()


def test_a_dispatch_runs_in_a_process_group_of_its_own(house: House) -> None:
    """The child leads its session and group, and its record names it."""
    place = house.place("own")
    dispatch = house.order(house.schedule("own", "wait", place=place))
    process = house.running_process(place)
    assert os.getpgid(process) == os.getsid(process) == process
    (place / "go").touch()
    ended = house.ended(dispatch)
    assert ended.state is DispatchState.SUCCEEDED
    assert (ended.process, ended.launcher) == (process, "local")
    assert house.delivered("own") == DELIVERED
