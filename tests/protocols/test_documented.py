"""The examples of docs/protocols.md, run as they stand there by the clients' own Python."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.protocols.serving import PYTHON, ROOT, Service, service

_PAGE = (ROOT / "docs" / "protocols.md").read_text()
EXAMPLES = re.findall(r"```python\n(# run with: .*?)```", _PAGE, re.DOTALL)
EXPECTED = {
    "tritonclient": "[b'high', b'low'] (2, 2)\n",
    "boto3": "['high', 'low']\n",
    "mlflow": "['high', 'low']\n",
}
_BEHIND = (
    "import site, sys; from pathlib import Path; "
    "site.addsitedir(str(next(Path(sys.prefix, 'clients').glob('lib/python3*/site-packages'))));"
)
"""What lets a program find MLflow behind our own pandas."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Service]:
    """Give a service that anybody may ask, whose model is `m`."""
    chosen = {"DISPARO_PROTOCOLS__MODEL": "m"}
    with service(tmp_path_factory.mktemp("documented"), migrated, **chosen) as made:
        yield made


@pytest.mark.timeout(700)
def test_the_examples_run_as_written(served: Service) -> None:
    """Each prints what it is to print; so does the line for curl."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "DISPARO_ADDRESS": f"127.0.0.1:{served.port}",
        "DISPARO_TOKEN": "any",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_SESSION_TOKEN": "any",
    }
    assert len(EXAMPLES) == len(EXPECTED)
    for code, (name, printed) in zip(EXAMPLES, EXPECTED.items(), strict=True):
        assert name in code
        is_mlflow = name == "mlflow"
        done = subprocess.run(
            [sys.executable if is_mlflow else str(PYTHON), "-c", _BEHIND * is_mlflow + code],
            capture_output=True, text=True, check=False, timeout=100, env=environment,
        )  # fmt: skip
        assert (done.stdout, done.returncode) == (printed, 0), done.stderr
    [(line, printed)] = re.findall(r"\$ (curl .*?}')\n({.*?})\n", _PAGE, re.DOTALL)
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        capture_output=True, text=True, check=False, timeout=60, env=environment,
    )  # fmt: skip
    assert json.loads(done.stdout) == json.loads(printed)
