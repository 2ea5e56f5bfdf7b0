"""Real flights at a real service: each answer is its own, and the same as everywhere else."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.factory import Factory
from examples.flights import pipeline
from tests import flights, servers, warm
from tests.patience import PATIENCE, await_that

PLACE = "/showroom/predictions"
CONNECTIONS = 64


def thousand() -> pd.DataFrame:
    """Return a thousand flights of November, no two alike for the model."""
    rows = flights.all_flights()
    rows = rows[rows["scheduled_departure"].between("2013-11-27", "2013-12-01")]
    rows = rows[rows["dest"] != "HNL"].drop_duplicates(flights.INPUTS)
    return rows.head(1000)


def expected(rows: pd.DataFrame, model: Any) -> list[dict[str, Any]]:
    """Return what the pipeline says when it is called by hand."""
    labels, chances = model.predict(rows[flights.INPUTS]), model.predict_proba(rows[flights.INPUTS])
    return [
        {"label": label, "probabilities": dict(zip(model.classes_, chance, strict=True))}
        for label, chance in zip(labels.tolist(), chances.tolist(), strict=True)
    ]


@pytest.fixture
def known(factory: Factory, tmp_path: Path) -> Factory:
    """Give a service's parts that know a thousand flights, the model and a schedule."""
    database = tmp_path / "place.sqlite"
    engine = sa.create_engine(f"sqlite:///{database}", poolclass=sa.NullPool)
    flights.write(thousand(), engine)
    flights.register(factory, tmp_path)
    factory.sources.add("place", f"sqlite:///{database}", "", actor="test", now=utc_now())
    query = f"SELECT id, {flights.COLUMNS} FROM flights"  # noqa: S608 - constants
    flights.schedule(factory, collect={"query": query, "window": None})
    return factory


def serve(port: int, workers: int) -> warm.Process:
    """Start the service without its scheduler."""
    more = {
        "DISPARO_SERVER__PORT": str(port),
        "DISPARO_SERVER__WORKERS": str(workers),
        "DISPARO_SCHEDULER__ENABLED": "false",
    }
    return warm.start("serve", environment={**os.environ, **more})


@pytest.fixture
def service(known: Factory, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """Run the service with as many workers as the test says."""
    assert known
    port = servers.free_port()
    process = serve(port, getattr(request, "param", 1))
    limits = httpx.Limits(max_connections=CONNECTIONS)
    base = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=base, timeout=PATIENCE, limits=limits) as client:
        try:
            await_that(lambda: _answers(client))
            yield client
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health/live").status_code == 200
    except httpx.TransportError:
        return False


def cases(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return flights as cases."""
    found: list[dict[str, Any]] = json.loads(rows[flights.INPUTS].to_json(orient="records"))
    return found


@pytest.mark.slow(8)
def test_each_answer_is_its_own_and_the_same_everywhere(
    service: httpx.Client, known: Factory
) -> None:
    """A thousand flights at 64 connections, in one request, by hand, and in a dispatch: one bit."""
    rows = thousand()
    by_hand = expected(rows, flights.fitted())

    def ask(case: dict[str, Any]) -> Any:
        answer = service.post(PLACE, json={"model": "flight-delay", "cases": [case]})
        assert answer.status_code == 200, answer.text
        (prediction,) = answer.json()["predictions"]
        return prediction

    with ThreadPoolExecutor(CONNECTIONS) as clients:
        alone = list(clients.map(ask, cases(rows)))
    assert alone == by_hand
    together = service.post(PLACE, json={"model": "flight-delay", "cases": cases(rows)}).json()
    assert together["predictions"] == by_hand
    assert delivered(known) == dict(zip(rows["id"].tolist(), by_hand, strict=True))


def delivered(known: Factory) -> dict[int, dict[str, Any]]:
    """Let the command line dispatch the flights; return what it delivered."""
    done = warm.run("dispatch", "run", "score", "--slot", "2013-11-28", timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    place = known.sources.get("place").connection.get_secret_value()
    found = flights.read(
        sa.create_engine(place, poolclass=sa.NullPool), "SELECT * FROM predictions"
    )
    return {
        row.id: {
            "label": row.label,
            "probabilities": {"late": row.probability_late, "on_time": row.probability_on_time},
        }
        for row in found
    }


@pytest.mark.slow(8)
@pytest.mark.parametrize("service", [2], indirect=True)
def test_a_swap_under_load_fails_and_mixes_nothing(
    service: httpx.Client, known: Factory, tmp_path: Path
) -> None:
    """With two workers, each request is answered whole by one version, and soon by the new one."""
    rows = thousand().head(20)
    other = pipeline.train(
        flights.all_flights()
        .iloc[::50]
        .assign(
            outcome=lambda table: (table["arr_delay"] > 30).map({True: "late", False: "on_time"})
        ),
        max_iter=5,
    )
    flights.register(known, tmp_path, other)
    by_version = {1: expected(rows, flights.fitted()), 2: expected(rows, other)}
    body = {"model": "flight-delay", "cases": cases(rows)}
    versions: list[int] = []
    swapped = threading.Event()

    def ask(_: int) -> None:
        while not swapped.is_set():
            answer = service.post(PLACE, json=body)
            assert answer.status_code == 200, answer.text
            found = answer.json()
            assert found["predictions"] == by_version[found["version"]]
            versions.append(found["version"])

    with ThreadPoolExecutor(8) as clients:
        asking = [clients.submit(ask, number) for number in range(8)]
        await_that(lambda: len(versions) > 20)
        known.models.promote("flight-delay", 2, actor="test", now=utc_now())
        await_that(lambda: len(versions) > 100 and set(versions[-50:]) == {2})
        swapped.set()
        for one in asking:
            one.result()
    assert versions[0] == 1
