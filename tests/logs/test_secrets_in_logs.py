"""A service that meets every kind of fault, with secrets in all of them: none is in what it says."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import joblib
import pandas as pd
import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.factory import Factory
from app.values.model import Registration
from tests import leaking, servers, warm
from tests.leaking import Leaks
from tests.patience import await_that

SECRET = "hunter2-Hunter2/+x"
IN_URL = "hunter2-Hunter2%2F%2Bx"
SEARCHED = "hunter2"
START_SECONDS = 300.0
SAMPLE = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]})


@dataclass(frozen=True, kw_only=True)
class Told:
    """A service that runs, and where its words go."""

    client: httpx.Client
    output: Path
    errors: Path

    def words(self) -> str:
        """Return all that it has said."""
        return self.output.read_text() + self.errors.read_text()

    def await_end(self, dispatch: int) -> dict[str, Any]:
        """Wait for a dispatch to end; return its record."""

        def record() -> dict[str, Any]:
            found: dict[str, Any] = self.client.get(f"/dispatches/{dispatch}").json()
            return found if found["state"] not in {"queued", "running"} else {}

        return await_that(record)


def furnish(factory: Factory, directory: Path) -> None:
    """Give the service a model that fails, sources, and schedules."""
    file, sample = directory / "leaks.joblib", directory / "sample.parquet"
    joblib.dump(Leaks().fit(SAMPLE, None), file)
    SAMPLE.to_parquet(sample)
    asked = Registration(name="leaks", filename=file.name, sample=sample)
    factory.models.register(file, asked, actor="test", now=utc_now())
    place = directory / "place.sqlite"
    engine = sa.create_engine(f"sqlite:///{place}", poolclass=sa.NullPool)
    SAMPLE.assign(id=range(4)).to_sql("rows", engine, index=False)
    sources = {
        "place": f"sqlite:///{place}",
        "refused": f"mysql+pymysql://user:{IN_URL}@127.0.0.1:1/d",
        "nowhere": f"postgresql+psycopg://user:{IN_URL}@no-such-host.invalid/d?password={IN_URL}",
        "driverless": f"Driver=No Such;Server=127.0.0.1;Uid=user;Pwd={{{SECRET}}};",
        "nonsense": f"user:{SECRET}@somewhere",
    }
    for name, connection in sources.items():
        factory.sources.add(name, connection, "", actor="test", now=utc_now())


@pytest.fixture
def told(factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """Run a service that says all it can, in lines of JSON."""
    furnish(factory, tmp_path)
    port = servers.free_port()
    for name, setting in {
        "DISPARO_SERVER__PORT": str(port),
        "DISPARO_LOGS__LEVEL": "debug",
        leaking.LEAKS: SECRET,
    }.items():
        monkeypatch.setenv(name, setting)
    output, errors = tmp_path / "output", tmp_path / "errors"
    with output.open("wb") as one, errors.open("wb") as other:
        process = warm.start("serve", environment=os.environ, output=one, errors=other)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        try:
            await_that(lambda: _answers(client), START_SECONDS)
            yield Told(client=client, output=output, errors=errors)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(90)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health/live").status_code == 200
    except httpx.TransportError:
        return False


def schedule(name: str, source: str) -> dict[str, Any]:
    """Return a schedule that is run by hand."""
    return {
        "name": name,
        "model": "leaks",
        "collect": {"source": source, "key": "id", "query": "SELECT id, a FROM rows"},
        "deliver": {"source": source, "table": "predictions"},
    }


def ask_amiss(told: Told) -> None:
    """Send secrets where they may come, and where they may not."""
    client = told.client
    headers = {"Authorization": f"Bearer {SECRET}", "X-Api-Key": SECRET}
    client.get(f"/sources/mysql%3A%2F%2Fu%3A{IN_URL}%40h", headers=headers)
    client.get("/models", params={"token": SECRET}, headers=headers)
    client.post("/sources", json={"name": "x", "connection": f"mysql://u:{SECRET}@h:port/d"})
    client.post("/sources", json={"name": "!", "connection": f"mysql://u:{IN_URL}@h/d"})
    client.post("/sources", content=f'{{"connection": "mysql://u:{IN_URL}@h/d"')
    client.post("/showroom/predictions", content=f'{{"model": "password={SECRET}"')
    client.post("/showroom/predictions", json={"model": f"password={SECRET}", "cases": [{}]})


@pytest.mark.slow(8)
@pytest.mark.timeout(500)
def test_no_fault_tells_a_secret(told: Told, factory: Factory) -> None:
    """Sources, models, dispatches, requests and alerts fail; the log tells of it without secrets."""
    client = told.client
    ask_amiss(told)
    for name in ("refused", "nowhere", "driverless", "nonsense"):
        assert client.post(f"/sources/{name}/test").json().get("ok") is not True
    case = {"model": "leaks", "cases": [{"a": 1.0}]}
    assert client.post("/showroom/predictions", json=case).status_code == 422
    records = []
    for name in ("place", "refused", "driverless"):
        assert client.post("/schedules", json=schedule(name, name)).status_code == 201
        headers = {"X-Request-ID": f"run-{name}"}
        queued = client.post("/dispatches", json={"schedule": name}, headers=headers)
        assert queued.headers["X-Request-ID"] == f"run-{name}"
        records.append(told.await_end(queued.json()["id"]))
    assert [one["state"] for one in records] == ["failed"] * 3
    assert [one["order"]["request_id"] for one in records] == ["run-place", "run-refused", "run-driverless"]  # fmt: skip
    logs = [_log(client, one["id"]) for one in records]
    assert all("(request run-" in log for log in logs), logs
    hook = {"kind": "webhook", "url": f"http://127.0.0.1:1/hook/{IN_URL}?token={IN_URL}"}
    made = client.post("/alerts/channels", json={"name": "hook", "target": hook})
    assert made.status_code == 201, made.text
    client.post("/alerts/channels/hook/test")
    with factory.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE sources RENAME TO elsewhere"))
    assert client.get("/sources").status_code == 503
    said = told.words()
    for part in (said, *logs, json.dumps(records)):
        assert SEARCHED not in part, [line for line in part.splitlines() if SEARCHED in line]
    lines = [json.loads(line) for line in told.errors.read_text().splitlines()]
    assert {line["level"] for line in lines} >= {"debug", "info", "warning", "error"}
    assert any("no access to postgresql://user:***@host" in line["event"] for line in lines)
    assert any(line.get("request_id") == "run-place" for line in lines)


def _log(client: httpx.Client, dispatch: int) -> str:
    return await_that(lambda: _whole(client.get(f"/dispatches/{dispatch}/log").text))


def _whole(log: str) -> str:
    return log if "failed in" in log else ""


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_start_that_fails_tells_no_secret(
    factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """A database that is away, and a file of declarations that is wrong."""
    assert factory
    file = tmp_path / "wrong.yaml"
    file.write_text(f"sources: [{{name: a, connection: 'mysql://u:{IN_URL}@h/d', x: {SECRET}}}]")
    monkeypatch.setenv("DISPARO_LOGS__FORMAT", form)
    starts: list[Callable[[], Any]] = [
        lambda: monkeypatch.setenv("DISPARO_RESOURCES", json.dumps([str(file)])),
        lambda: monkeypatch.setenv(
            "DISPARO_DATABASE__URL", f"mysql+pymysql://user:{IN_URL}@127.0.0.1:1/d"
        ),
    ]
    for prepare in starts:
        prepare()
        done = warm.run("serve", timeout=90)
        assert done.returncode != 0
        assert done.stderr
        assert SEARCHED not in done.stdout + done.stderr, done.stderr
