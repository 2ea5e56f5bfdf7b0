"""Disks: room for bytes and files, and paths that are not there."""

import os
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from app.values.check import DiskTarget
from tests.monitor.looks import look, probes
from tests.patience import await_that


def statvfs(**changed: int) -> Any:
    """Return what the system says of a disk of 1000 blocks."""
    facts = {"f_blocks": 1000, "f_bfree": 300, "f_bavail": 200, "f_frsize": 10**9}
    return SimpleNamespace(**{**facts, "f_files": 1000, "f_favail": 500, **changed})


def test_a_real_disk_has_room(tmp_path: Path) -> None:
    """A relative path starts at the state directory; the facts are the system's."""
    (tmp_path / "sub").mkdir()
    target = DiskTarget(path="sub", degraded_below=0, down_below=0)
    reading = look(probes(state=tmp_path), target)
    assert reading.ok
    assert reading.warning is None
    assert f"% of the file system of {tmp_path / 'sub'} is free" in reading.detail
    found = os.statvfs(tmp_path)
    whole = (found.f_blocks - found.f_bfree + found.f_bavail) * found.f_frsize
    assert reading.facts["total_bytes"] == whole


@pytest.mark.parametrize(
    ("degraded", "down", "state"),
    [(10, 2, "up"), (23, 2, "degraded"), (90, 23, "down"), (0, 0, "up"), (100, 100, "down")],
)
def test_room_is_judged_as_df_shows_it(
    monkeypatch: pytest.MonkeyPatch, degraded: float, down: float, state: str
) -> None:
    """200 of 900 blocks that others than root may use are free: 22.2 %."""
    monkeypatch.setattr("os.statvfs", lambda _: statvfs())
    reading = look(probes(), DiskTarget(degraded_below=degraded, down_below=down))
    words = "22.2 % of the file system of / is free: 200.0 of 900.0 GB"
    assert reading.detail.startswith(words)
    assert reading.facts["free_percent"] == 22.22
    few = f"{words}, less than {degraded} %: free some, or enlarge it"
    assert reading.warning == (few if state == "degraded" else None)
    assert reading.failed_step == ("room" if state == "down" else None)


def test_a_disk_without_room_for_files_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes are left, and no file can be made all the same."""
    monkeypatch.setattr("os.statvfs", lambda _: statvfs(f_favail=1))
    reading = look(probes(), DiskTarget())
    assert reading.failed_step == "room"
    assert reading.detail.startswith("0.1 % of the files that the file system of / may hold are")


def test_a_file_system_without_a_size_has_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither /proc nor an overlay without a bound can be full."""
    empty = statvfs(f_blocks=0, f_bfree=0, f_bavail=0, f_files=0, f_favail=0)
    monkeypatch.setattr("os.statvfs", lambda _: empty)
    assert look(probes(), DiskTarget()).ok


@pytest.mark.parametrize(
    ("path", "words"),
    [("/no/such/place", "there is no /no/such/place"), ("/dev/null/x", "cannot be looked at")],
)
def test_a_path_that_is_not_there_is_told(path: str, words: str) -> None:
    """With what to do."""
    reading = look(probes(), DiskTarget(path=path))
    assert reading.failed_step == "path"
    assert words in reading.detail
    assert "correct the path" in reading.detail


def test_a_path_that_may_not_be_seen_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user that runs the service has not the right."""

    def refuse(_: object) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.statvfs", refuse)
    reading = look(probes(), DiskTarget(path="/root/x"))
    assert reading.failed_step == "path"
    assert "/root/x may not be looked at by the user that runs Disparo" in reading.detail


def test_a_disk_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a network disk does whose server is away."""
    go = threading.Event()
    monkeypatch.setattr("os.statvfs", lambda _: go.wait() and statvfs())
    made = probes()
    reading = look(made, DiskTarget(path="/mnt"), timeout=0.2)
    assert reading.failed_step == "timeout"
    assert "did not answer within 0.2 s" in reading.detail
    assert made.stuck == 1
    go.set()
    await_that(lambda: made.stuck == 0)
    assert look(made, DiskTarget(path="/mnt")).ok


@pytest.mark.parametrize("path", ["", "a\0b", "x" * 4001])
def test_what_is_no_path_is_not_declared(path: str) -> None:
    """Nothing, and what no path can hold."""
    with pytest.raises(ValidationError):
        DiskTarget(path=path)
