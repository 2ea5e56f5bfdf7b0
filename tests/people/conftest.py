"""Hashing that costs as little as the settings allow."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _cheap(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert state
    monkeypatch.setenv("DISPARO_PASSWORDS__MEMORY", str(19 * 2**20))
    monkeypatch.setenv("DISPARO_PASSWORDS__ROUNDS", "2")
