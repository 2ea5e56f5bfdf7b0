"""A service for the clients of other protocols, and these clients: programs of their own.

Their libraries do not go together with Disparo's, so each runs with the Python of `.venv/clients`
(scripts/setup makes it), and prints what it got as one JSON document.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import joblib
import pandas as pd
from sklearn.linear_model import LinearRegression

from app.clock import utc_now
from app.factory import Factory
from app.settings import load_settings
from app.values.model import Registration
from tests import casework, servers, warm
from tests.patience import await_that

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv" / "clients" / "bin" / "python"
PROGRAMS = Path(__file__).with_name("clients")
START_SECONDS = 300.0
CLIENT_SECONDS = 100.0


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service that runs."""

    port: int
    factory: Factory
    process: warm.Process

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"


OURS = frozenset({"mlflow_scoring", "mlflow_writing"})
"""Programs that find MLflow themselves, and run beside Disparo's packages."""
AWS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_SESSION_TOKEN": "none"}


def client(program: str, *arguments: object, **environment: str) -> Any:
    """Run a client of another protocol to its end, and return what it printed."""
    done = subprocess.run(
        [
            sys.executable if program in OURS else PYTHON,
            PROGRAMS / f"{program}.py",
            *map(str, arguments),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=CLIENT_SECONDS,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **AWS, **environment},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def numbers(factory: Factory, directory: Path) -> None:
    """Register `n`: a model of three plain numbers, the last a whole one, that adds them up."""
    frame = pd.DataFrame({"a": [0.0, 1.0, 2.0, 4.0], "b": [0.5, 0.0, 1.0, 3.0], "c": [1, 5, 2, 3]})
    file, sample = directory / "n.joblib", directory / "n.parquet"
    joblib.dump(LinearRegression().fit(frame, frame.sum(axis=1)), file)
    frame.to_parquet(sample)
    asked = Registration(name="n", filename=file.name, sample=sample)
    factory.models.register(file, asked, actor="test", now=utc_now())


@contextmanager
def furnished(directory: Path, settings: Mapping[str, str]) -> Iterator[Factory]:
    """Give the parts of a service in an empty directory, with the models `m` and `n`."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("DISPARO_")]:
        del os.environ[name]
    os.environ.update({"DISPARO_VAR": str(directory / "var"), **settings})
    try:
        factory = Factory(load_settings(), directory / "var")
        yield factory
        factory.close()
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def service(directory: Path, database: Path, **settings: str) -> Iterator[Service]:
    """Run a service that has the models `m` and `n`, and wait until it answers."""
    (directory / "var").mkdir()
    (directory / "var" / "disparo.sqlite").write_bytes(database.read_bytes())
    port = servers.free_port()
    given = {
        "DISPARO_AUTH__MODE": "none",
        "DISPARO_SERVER__PORT": str(port),
        "DISPARO_SCHEDULER__ENABLED": "false",
        "DISPARO_MONITOR__ENABLED": "false",
        **settings,
    }
    with furnished(directory, given) as factory:
        casework.register(factory, directory)
        numbers(factory, directory)
        process = warm.start("serve", environment=dict(os.environ))
        made = Service(port=port, factory=factory, process=process)
        try:
            await_that(lambda: is_ready(made), START_SECONDS)
            yield made
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) in {0, -signal.SIGTERM}


def is_ready(made: Service) -> bool:
    """Tell whether a service has loaded what is live."""
    try:
        return httpx.get(f"{made.url}/v2/health/ready").status_code == 200
    except httpx.TransportError:
        return False
