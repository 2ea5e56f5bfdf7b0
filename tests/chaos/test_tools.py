"""The tools of a campaign do what they say, and leave nothing behind."""

import errno
import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests import warm
from tests.chaos import household
from tests.chaos.cast import on_stage
from tests.chaos.network import may_have_namespaces, network
from tests.conftest import require
from tests.disk import small_disk
from tests.moved_clock import MovableClock
from tests.servers import free_port, has_mariadb

SILENCE = 0.3
_LISTENS = "import socket; print(socket.create_connection({}).recv(9).decode())"


def apart(code: str, **environment: str) -> "subprocess.Popen[str]":
    """Start a program that is set apart as its environment says."""
    command = [sys.executable, "-c", f"from tests import apart; apart.move(); {code}"]
    return subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.PIPE, text=True
    )


def test_a_cut_network_is_silent_until_it_is_healed() -> None:
    """By network namespaces: nothing comes through, nobody is told, and then all arrives."""
    if not may_have_namespaces():
        pytest.skip("network namespaces are not permitted")
    with network(namespaces=True) as net:
        port = free_port()
        wire = net.wire("t", port)
        assert net.middle is not None
        with socket.create_server((net.middle, port)) as server:
            process = apart(_LISTENS.format(wire.database), **wire.environment)
            near, _ = server.accept()
            wire.cut()
            near.sendall(b"said")
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(SILENCE)
            wire.heal()
            assert process.communicate(timeout=30)[0] == "said\n"
            near.close()


def test_a_cut_proxy_is_silent_until_it_is_healed() -> None:
    """Where namespaces are not permitted: what is said waits, also new connections."""
    with socket.create_server(("127.0.0.1", 0)) as server, network(namespaces=False) as net:
        wire = net.wire("t", server.getsockname()[1])
        with closing(socket.create_connection(wire.database)) as far:
            near, _ = server.accept()
            far.sendall(b"before")
            assert near.recv(9) == b"before"
            wire.cut()
            near.sendall(b"meanwhile")
            far.settimeout(SILENCE)
            with pytest.raises(TimeoutError):
                far.recv(9)
            wire.heal()
            far.settimeout(30)
            assert far.recv(9) == b"meanwhile"
            near.close()
            assert far.recv(9) == b""


def test_a_small_disk_is_filled_to_the_last_byte(tmp_path: Path) -> None:
    """Then it gives its room back, and in the end it is not mounted any more."""
    with small_disk(tmp_path / "disk", 1) as disk:
        if disk is None:
            pytest.skip("this process may not mount a file system")
        assert disk.fill() == 2**20
        with (disk.place / "more").open("wb", buffering=0) as file, pytest.raises(OSError) as full:  # noqa: PT011 - its number is looked at
            file.write(b"x" * 4096)
        assert full.value.errno == errno.ENOSPC
        disk.clear()
        (disk.place / "more").write_bytes(b"x" * 4096)
        assert household.mounts(tmp_path) == [str(tmp_path / "disk")]
    assert household.mounts(tmp_path) == []


def test_a_clock_is_moved_for_one_service_alone(tmp_path: Path) -> None:
    """It can be moved while a program runs; what it waits for takes as long as ever."""
    library = os.environ.get(warm.CLOCKS)
    if library is None:
        pytest.skip("there is no C compiler")
    clock = MovableClock(tmp_path / "clock")
    clock.move(-86_400)
    code = "import time; a = time.time(); time.sleep(0.2); print(a, time.time() - a)"
    process = apart(code, LD_PRELOAD=library, **clock.environment)
    told, slept = process.communicate(timeout=30)[0].split()
    assert time.time() - float(told) == pytest.approx(86_400, abs=60)
    assert 0.2 <= float(slept) < 60
    clock.close()


def test_interrupted_it_leaves_nothing_behind(tmp_path: Path) -> None:
    """Ctrl-C while it is being set up: servers, networks and disks are gone."""
    require("mariadb-server", there=has_mariadb())
    before = {one.pid for one in household.alive()}
    with pytest.raises(KeyboardInterrupt), on_stage(tmp_path):
        raise KeyboardInterrupt
    deadline = time.monotonic() + 30
    while left := {one.pid for one in household.alive()} - before:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
    assert household.mounts(tmp_path) == []
    assert household.programs(tmp_path) == []
