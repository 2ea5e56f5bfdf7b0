"""The routes of the application."""

import warnings

import httpx
import pytest

from app.factory import Factory
from app.main import create_app
from tests import read_once
from tests.asgi import call


def test_no_request_waits_for_routes_to_be_built(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are built before there are threads: building them changes the filters of warnings."""
    assert factory
    application = create_app(read_once.settings())

    def late(*_: object, **__: object) -> None:
        raise AssertionError("a route is built while a request waits")

    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    with monkeypatch.context() as patch:
        patch.setattr(warnings, "catch_warnings", late)
        answered = call(transport, "GET", "/nothing").status_code
    assert answered == 404
    application.factory.close()
