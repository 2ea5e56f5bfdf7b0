"""The service as other protocols see it: in this process, and as their own clients see it."""

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.factory import Factory
from app.main import create_app
from tests import casework, read_once
from tests.asgi import Api
from tests.patience import await_that
from tests.protocols.serving import client, numbers, service

CLIENTS = ("triton", "boto", "mlflow_scoring")
"""Programs in `clients`."""


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> dict[str, Any]:
    """Give what each client was told by one service, which is run once for all workers."""
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent
    file = place / "foreign-clients.json"
    with (place / "foreign-clients.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            chosen = {"DISPARO_PROTOCOLS__MODEL": "m"}
            with service(tmp_path_factory.mktemp("served"), migrated, **chosen) as made:
                told = {name: client(name, made.port) for name in CLIENTS}
            file.write_text(json.dumps(told))
    found: dict[str, Any] = json.loads(file.read_text())
    return found


@pytest.fixture
def door(factory: Factory, tmp_path: Path) -> Iterator[Api]:
    """Give the application in this process, with the models `m` and `n` ready to answer."""
    assert factory
    application = create_app(read_once.settings())
    made = application.factory
    casework.register(made, tmp_path)
    numbers(made, tmp_path)
    made.showroom.start()
    await_that(lambda: len(made.showroom.live.all()) == 2)
    yield Api(application)
    made.showroom.stop()
    made.close()
