"""A worker whose supervisor was killed does not keep the port."""

import subprocess
import sys
from pathlib import Path

import psutil

from tests.patience import PATIENCE

SUPERVISOR = """
import multiprocessing, os, time
from app.orphan import end_with_parent

def work():
    end_with_parent()
    print(os.getpid(), flush=True)
    time.sleep(600)

if __name__ == "__main__":
    end_with_parent()  # nobody's child: it stays
    multiprocessing.get_context("spawn").Process(target=work).start()
    time.sleep(600)
"""


def test_a_worker_ends_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    """However that ended: it could tell its workers nothing."""
    script = tmp_path / "supervisor.py"
    script.write_text(SUPERVISOR)
    command = [sys.executable, str(script)]
    environment = {"PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as supervisor:
        assert supervisor.stdout is not None
        worker = psutil.Process(int(supervisor.stdout.readline()))
        assert supervisor.poll() is None
        supervisor.kill()
        gone, _ = psutil.wait_procs([worker], PATIENCE)
    assert gone == [worker]
