"""How the end of a process is told, and what is read of its memory."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from app.errors import LostError, OutOfMemoryError
from app.scheduler.launchers import verdicts
from app.services.ends import in_record, state_after
from tests.patience import await_that


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os._exit(0)", "ended with exit code 0"),
        ("import os; os._exit(77)", "ended with exit code 77"),
        ("import os; os.abort()", "ended by signal 6 (SIGABRT)"),
        ("import os; os.kill(os.getpid(), 40)", "ended by signal 40 (a real-time signal)"),
    ],
)
def test_an_exit_and_a_signal_are_told_apart(code: str, said: str) -> None:
    """Also an exit with 0 is no good end, if the dispatch was not over."""
    process = os.posix_spawn(sys.executable, [sys.executable, "-c", code], os.environ)
    _, status = os.waitpid(process, 0)
    error = verdicts.of_status(status)
    assert isinstance(error, LostError)
    assert said in error.detail
    assert error.can_pass


def test_a_kill_while_the_kernel_was_out_of_memory_is_out_of_memory() -> None:
    """Other signals are what they are, whatever the kernel did meanwhile."""
    killed = verdicts.of_status(9, kernel_was_out_of_memory=True)
    assert isinstance(killed, OutOfMemoryError)
    assert state_after(in_record(killed)) == "failed"
    assert isinstance(verdicts.of_status(9), LostError)
    assert isinstance(verdicts.of_status(11, kernel_was_out_of_memory=True), LostError)


def test_the_kernels_kills_are_read_of_the_control_group_or_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control group's own count goes first; a kernel that tells none counts as none."""
    assert verdicts.oom_kills() >= 0
    monkeypatch.setattr(verdicts, "_control_group", lambda: tmp_path)
    (tmp_path / "memory.events").write_text("low 0\nhigh 0\nmax 3\noom 2\noom_kill 17\n")
    assert verdicts.oom_kills() == 17


def test_the_memory_of_a_group_is_that_of_all_its_processes() -> None:
    """A child's memory counts with its parent's."""
    held = "held = b'x' * 50_000_000; print(end='.', flush=True); import time; time.sleep(600)"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {held!r}]); {held}"
    process = subprocess.Popen(
        [sys.executable, "-c", parent], start_new_session=True, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stdout.read(2) == b".."
        assert verdicts.resident_memory(process.pid) > 100_000_000
    finally:
        os.killpg(process.pid, 9)
        process.communicate()
    await_that(lambda: verdicts.resident_memory(process.pid) == 0)
    assert not psutil.pid_exists(process.pid)
