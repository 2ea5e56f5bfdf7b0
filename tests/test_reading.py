"""Reading waits for no writer, on the embedded database too."""

from pathlib import Path

import pytest

from app.clock import utc_now
from app.factory import Factory
from app.main import create_app
from tests import read_once
from tests.asgi import Api
from tests.casework import CASE, register
from tests.scheduling import SPEC

PLACES = [
    "/models", "/models/m", "/models/m/versions", "/models/m/versions/1", "/models/m/serving",
    "/models/m/events", "/models/m/performance",
    "/sources",
    "/schedules", "/schedules/nightly", "/schedules/nightly/fires", "/schedules/nightly/events",
    "/schedules/nightly/dispatches", "/schedules/nightly/backfills",
    "/dispatches", "/dispatches/1", "/dispatches/1/events", "/dispatches/1/log",
    "/showroom/cases", "/showroom/cases/1", "/showroom/cases/1/events",
    "/showroom/cases/export?model=m",
    "/showroom/predictions", "/showroom/predictions/export?format=jsonl",
]  # fmt: skip


def test_what_only_reads_waits_for_no_writer(
    factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every list and every single thing is answered while a transaction writes."""
    register(factory, tmp_path)
    factory.sources.add("place", "sqlite:///place.sqlite", "", actor="test", now=utc_now())
    monkeypatch.setenv("DISPARO_DATABASE__BUSY_TIMEOUT", "0.05")
    api = Api(create_app(read_once.settings()))
    assert api.post("/showroom/cases", CASE).status_code == 201
    assert api.post("/schedules", SPEC).status_code == 201
    assert api.post("/schedules/nightly/run").status_code == 202
    with factory.engine.begin():
        refused = api.post("/schedules/nightly/run")
        told = {place: api.get(place).status_code for place in PLACES}
        assert api.post("/showroom/cases/run", {"model": "m"}).status_code == 200
    assert refused.status_code == 503
    assert told == dict.fromkeys(PLACES, 200)
    api.application.factory.close()
