"""GET /metrics: what Prometheus reads, in both of its forms."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.clock import utc_now
from app.factory import Factory
from app.main import create_app
from app.settings import home
from tests import casework, read_once
from tests.asgi import Api
from tests.casework import inputs
from tests.scraping import series, value

OPEN = {"Accept": "application/openmetrics-text; version=1.0.0"}


@pytest.fixture
def busy(factory: Factory, tmp_path: Path) -> Api:
    """Give the application after it has answered, refused and failed."""
    casework.register(factory, tmp_path)
    application = create_app(read_once.settings())
    made: Factory = application.factory
    made.showroom.start()
    made.metrics.start(made.showroom.show, utc_now())
    api = Api(application)
    for cases in ([inputs(1)], [inputs(2), inputs(30)]):
        assert ask(api, cases).status_code == 200
    assert ask(api, [{"size": "huge"}]).status_code == 422
    assert ask(api, [inputs(1)], model="nobody").status_code == 404
    assert api.get("/models/m").status_code == 200
    assert api.get("/models/nobody").status_code == 404
    assert api.get("/nowhere/at/all").status_code == 404
    made.showroom.stop()
    return api


def ask(api: Api, cases: list[dict[str, Any]], model: str = "m") -> httpx.Response:
    """Ask for predictions."""
    return api.post("/showroom/predictions", {"model": model, "cases": cases})


def test_requests_latencies_and_batches_are_counted_by_version(busy: Api) -> None:
    """Two requests of one and two cases: two answers, two batches, three cases; two errors."""
    answer = busy.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = series(answer.text)
    of = {"model": "m", "version": "1"}
    name = "disparo_prediction"
    assert value(found, f"{name}_requests_total", outcome="answered", **of) == 2
    for histogram in ("request_seconds", "queue_seconds", "inference_seconds", "batch_cases"):
        assert value(found, f"{name}_{histogram}_count", **of) == 2, histogram
    assert value(found, f"{name}_batch_cases_sum", **of) == 3
    assert value(found, f"{name}_batch_cases_bucket", le="1.0", **of) == 1
    assert 0 < value(found, f"{name}_request_seconds_sum", **of) < 60
    assert value(found, f"{name}_errors_total", reason="invalid-cases") == 1
    assert value(found, f"{name}_errors_total", reason="not-found") == 1


def test_other_requests_are_counted_by_pattern(busy: Api) -> None:
    """A path's pattern is the label: whatever clients ask for, the labels stay few."""
    found = series(busy.get("/metrics").text)
    name, route = "disparo_http_requests_total", "/models/{name}"
    assert value(found, name, method="GET", route=route, status="200") == 1
    assert value(found, name, method="GET", route=route, status="404") == 1
    assert value(found, name, method="GET", route="other", status="404") == 1
    assert "nowhere" not in busy.get("/metrics").text


def test_a_client_that_knows_openmetrics_gets_it(busy: Api) -> None:
    """The same counts, in the form that the client names."""
    answer = busy.get("/metrics", headers=OPEN)
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")
    found, plain = series(answer.text, is_open=True), series(busy.get("/metrics").text)
    name, of = "disparo_prediction_batch_cases_count", {"model": "m", "version": "1"}
    assert value(found, name, **of) == value(plain, name, **of) == 2


def test_names_and_units_are_as_prometheus_wants_them(busy: Api) -> None:
    """Counters end in `_total`, times are in seconds, sizes in bytes, and all are described."""
    text = busy.get("/metrics").text
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    helps = dict(re.findall(r"^# HELP (\S+) (.+)$", text, re.MULTILINE))
    assert kinds.keys() == helps.keys()
    for name, kind in kinds.items():
        assert re.fullmatch(r"(disparo|process)(_[a-z]+)+", name), name
        assert (kind == "counter") == name.endswith("_total"), name
        assert not re.search(r"_(ms|milliseconds|minutes|kb|mb)\b", name), name


def test_metrics_can_be_off(factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing is counted, and the path says which setting it is."""
    assert factory
    monkeypatch.setenv("DISPARO_METRICS__ENABLED", "false")
    application = create_app(read_once.settings())
    answer = Api(application).get("/metrics")
    assert answer.status_code == 404
    assert "metrics.enabled" in answer.json()["detail"]
    application.factory.close()


def _queried(dashboard: dict[str, Any]) -> set[str]:
    expressions = json.dumps([panel.get("targets", []) for panel in dashboard["panels"]])
    variables = json.dumps(dashboard["templating"])
    return set(re.findall(r"\b(?:disparo|process)_[a-z_]+", expressions + variables))


def test_the_dashboard_asks_for_what_there_is(busy: Api) -> None:
    """Each metric that the Grafana dashboard queries is in a real scrape."""
    dashboard = json.loads((home() / "docs/grafana/disparo.json").read_text())
    text = busy.get("/metrics").text
    there = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)) | {
        name for name, _ in series(text)
    }
    parts = {f"{one}_{end}" for one in there for end in ("bucket", "sum", "count")}
    assert _queried(dashboard)
    assert _queried(dashboard) <= there | parts


def test_the_table_of_metrics_is_what_is_told(busy: Api) -> None:
    """docs/metrics.md lists each metric with its kind, its labels and its description."""
    text = busy.get("/metrics").text
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    helps = dict(re.findall(r"^# HELP (\S+) (.+)$", text, re.MULTILINE))
    page = (home() / "docs/metrics.md").read_text()
    listed = re.findall(r"^\| `(\w+)` \| (\w+) \| [^|]* \| ([^|]+) \|$", page, re.MULTILINE)
    assert {name: (kind, words) for name, kind, words in listed} == {
        name: (kind, helps[name]) for name, kind in kinds.items()
    }
