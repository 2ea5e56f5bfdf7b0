"""deploy/disparo.service: systemd takes it, and finds little that it may do."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).resolve().parents[2] / "deploy/disparo.service"
pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def analyzed(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze."""
    command = ["systemd-analyze", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_systemd_takes_it(tmp_path: Path) -> None:
    """No line is unknown; the command is there, once the environment's own stands in its place."""
    command = Path(sys.executable).with_name("disparo")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/disparo/.venv/bin/disparo", str(command)))
    found = analyzed("verify", unit)
    said = [line for line in found.stderr.splitlines() if "disparo" in line]
    assert (found.returncode, said) == (0, [])


def test_it_may_do_little() -> None:
    """By systemd's own measure its exposure is medium at most: 10 is everything."""
    found = analyzed("security", "--offline=yes", "--no-pager", UNIT)
    told = re.search(r"Overall exposure level for disparo\.service: ([\d.]+)", found.stdout)
    assert told is not None, found.stdout + found.stderr
    assert float(told[1]) < 6
