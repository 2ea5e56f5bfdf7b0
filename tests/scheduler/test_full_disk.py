"""The disk with the logs of dispatches is full: what suffers are the logs."""

from pathlib import Path

import pytest

from app.scheduler.launchers import nursery
from app.values.dispatch import DispatchState
from tests import warm
from tests.disk import small_disk
from tests.scheduler.conftest import at_work
from tests.scheduler.house import DELIVERED


def test_a_dispatch_goes_on_without_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where its model prints; what is said once there is room again is in the log."""
    monkeypatch.setattr(nursery, "_warm_process", warm.warm_process)
    (tmp_path / "var").mkdir()
    with small_disk(tmp_path / "var" / "launcher", 1) as disk:
        if disk is None:
            pytest.skip("this process may not mount a file system")
        with at_work(tmp_path) as house:
            disk.fill()
            ended = house.ended(house.order(house.schedule("silent", "say", words="hello")))
            assert ended.state is DispatchState.SUCCEEDED, ended.error
            assert house.delivered("silent") == DELIVERED
            disk.clear()
            ended = house.ended(house.order(house.schedule("heard", "say", words="hello")))
            assert ended.state is DispatchState.SUCCEEDED, ended.error
            assert "hello" in house.log(ended.id)
