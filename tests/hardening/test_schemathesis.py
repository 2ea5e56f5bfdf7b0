"""The whole API by its own description: no 5xx, no status that the description lacks."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.clock import utc_now
from app.db import schema
from app.main import create_app
from app.scheduler.tryouts import Tryouts
from app.settings import load_settings
from app.values.account import Role
from app.values.token import NewToken
from tests.hardening.listening_on import served
from tests.hardening.schemathesis_run import command

EXAMPLES = 1
"""Requests for each operation: `make campaign-api` makes more, of more kinds, for whoever's token."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Serve the API to accounts alone; give its address, and the token of an admin."""
    state = tmp_path_factory.mktemp("schemathesis")
    tried: list[Tryouts] = []  # they start a process, which the service stops at its end

    def trying(*arguments: Any) -> Tryouts:
        tried.append(Tryouts(*arguments))
        return tried[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPARO_VAR", str(state))
        patch.setenv("DISPARO_AUTH__MODE", "accounts")
        patch.setattr("app.main.Tryouts", trying)
        app = create_app(load_settings())
    schema.upgrade(app.factory.engine)
    new = NewToken(name="robot", role=Role.ADMIN)
    _, token = app.factory.tokens.create(new, actor="test", now=utc_now())
    app.factory.showroom.start()  # until it has looked, it is not ready
    with served(app, app.limits, state) as port:
        url = f"http://127.0.0.1:{port}"
        # The description is made when it is first asked for, which takes its time.
        header = {"Authorization": f"Bearer {token}"}
        assert httpx.get(f"{url}/openapi.json", headers=header, timeout=100).status_code == 200
        yield url, token
    for one in tried:
        one.stop()
    app.factory.showroom.stop()
    app.factory.close()


@pytest.mark.slow(20)
def test_the_api_is_as_its_description_says(service: tuple[str, str], tmp_path: Path) -> None:
    """All checks, by who may all, with the same requests each time.

    Who may less is refused before most of it is reached: tests/guard walks all roles over all routes.
    """
    url, token = service
    words = command(url, token=token, phases="fuzzing", examples=EXAMPLES)
    ran = subprocess.run(
        words, check=False, capture_output=True, text=True, timeout=110, cwd=tmp_path,
        env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-2000:]
