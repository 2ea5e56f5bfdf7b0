"""The Showroom in this process: the application without a server, on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.factory import Factory
from tests import casework
from tests.asgi import Api


@pytest.fixture
def door(api: Api, tmp_path: Path) -> Iterator[Api]:
    """Give the application with a model `m` of one version, ready to answer."""
    factory: Factory = api.application.factory
    casework.register(factory, tmp_path)
    factory.showroom.start()
    yield api
    factory.showroom.stop()
