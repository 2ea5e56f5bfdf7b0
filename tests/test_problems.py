"""Problem documents: every error of the API says what was wrong and what to do."""

from collections.abc import Iterator

import httpx
import pytest
import sqlalchemy as sa

from app.factory import Factory
from app.main import create_app
from tests import read_once
from tests.asgi import call

PROBLEM = "application/problem+json"


@pytest.fixture
def client(factory: Factory) -> Iterator[httpx.ASGITransport]:
    """Give the application without its start: no launcher, no server."""
    assert factory
    application = create_app(read_once.settings())
    yield httpx.ASGITransport(application, raise_app_exceptions=False)
    application.factory.close()


def test_every_fault_of_a_body_is_named(client: httpx.ASGITransport) -> None:
    """A misspelt key shows what is missing and what is not known."""
    answer = call(client, "POST", "/dispatches", json={"shedule": "score"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert answer.json()["detail"] == (
        "body.schedule: is missing; body.shedule: there is no such key"
    )


def test_broken_json_is_called_so(client: httpx.ASGITransport) -> None:
    """A body that is no JSON is told with what the reader of it missed."""
    kind = {"content-type": "application/json"}
    answer = call(client, "POST", "/dispatches", content=b"{broken", headers=kind)
    assert answer.status_code == 422
    assert answer.json()["detail"] == (
        "body: this is no JSON: Expecting property name enclosed in double quotes (at character 1)"
    )


def test_an_unknown_place_and_a_wrong_method_say_what_there_is(client: httpx.ASGITransport) -> None:
    """404 points to the documentation, 405 names what is allowed, in the header too."""
    nowhere, wrong = call(client, "GET", "/nowhere"), call(client, "PUT", "/dispatches")
    assert "/docs" in nowhere.json()["detail"]
    assert (wrong.status_code, wrong.headers["content-type"]) == (405, PROBLEM)
    assert wrong.headers["allow"] in wrong.json()["detail"]


@pytest.mark.parametrize(
    ("path", "allowed"), [("/dispatches", "GET, POST"), ("/showroom/predictions", "GET, POST")]
)
def test_a_wrong_method_is_told_all_that_the_path_has(
    client: httpx.ASGITransport, path: str, allowed: str
) -> None:
    """Each method is a route of its own, and predictions are answered before all routes."""
    answer = call(client, "PUT", path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert answer.json()["detail"] == f"PUT is not for {path}; allowed: {allowed}"


@pytest.mark.parametrize("path", ["/dispatches", "/showroom/cases"])
def test_json_without_its_header_is_told_which_header(
    client: httpx.ASGITransport, path: str
) -> None:
    """What `curl -d` sends without -H is a form by its header, however much it is JSON."""
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = call(client, "POST", path, content=b'{"model": "m"}', headers=kind)
    assert answer.status_code == 422
    assert "with the header Content-Type: application/json" in answer.json()["detail"]


def test_a_misspelt_filter_is_refused_and_told_the_others(client: httpx.ASGITransport) -> None:
    """An export with a filter that is passed over holds what it was to leave out."""
    answer = call(client, "GET", "/showroom/cases?modle=flight-delay&limit=3")
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "there is no query parameter 'modle'; there are cursor, limit, model, tag",
    )
    export = call(client, "GET", "/showroom/predictions/export?sinc=2026-01-01T00:00:00Z")
    assert (export.status_code, "format, kind" in export.json()["detail"]) == (422, True)


def test_a_misspelt_wish_for_explanations_is_refused(client: httpx.ASGITransport) -> None:
    """The door before the routes is as strict with its own parameter."""
    answer = call(client, "POST", "/showroom/predictions?explian=true", json={})
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "there is no query parameter 'explian'; there are explain, trial",
    )


def test_probes_take_what_a_balancer_adds(client: httpx.ASGITransport) -> None:
    """A probe that is refused for a parameter would take the service out of use."""
    assert call(client, "GET", "/health/live?by=balancer").status_code == 200


def test_a_time_without_an_offset_is_told_how_to_write_one(client: httpx.ASGITransport) -> None:
    """It would mean another instant in each time zone."""
    answer = call(client, "GET", "/showroom/predictions?since=2013-11-28T07:30:00")
    assert answer.json()["detail"] == (
        "query.since: the time has no offset; write e.g. 2013-11-28T07:30:00Z or …-05:00"
    )


def test_a_fault_of_ours_tells_nothing(
    client: httpx.ASGITransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unforeseen exception is a problem document too, without the exception's words."""

    def fail(_: object) -> None:
        raise RuntimeError("s3cret")

    monkeypatch.setattr("app.services.sources.SourceService.all", fail)
    answer = call(client, "GET", "/sources")
    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    assert "s3cret" not in answer.text
    assert "its log" in answer.json()["detail"]


def test_a_model_that_is_not_there_is_told_from_a_version_that_is_not(
    client: httpx.ASGITransport,
) -> None:
    """Of an unknown model no version is looked for."""
    assert "there is no model 'm'" in call(client, "GET", "/models/m/versions/1").json()["detail"]


def broken(factory: Factory, monkeypatch: pytest.MonkeyPatch, error: Exception) -> httpx.Response:
    """Ask for a prediction while its service fails."""
    application = create_app(factory.settings)

    async def fail(*_: object, **__: object) -> bytes:
        raise error

    monkeypatch.setattr(application.factory.showroom, "predict", fail)
    found = call(httpx.ASGITransport(application), "POST", "/showroom/predictions", json={})
    application.factory.close()
    return found


def test_a_fault_of_ours_in_a_prediction_is_logged_and_not_told(
    factory: Factory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """500 without a word of what it was; the log has the trace. No framework stands around it."""
    answer = broken(factory, monkeypatch, RuntimeError("password=hunter2"))
    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    assert "hunter2" not in answer.text
    assert any(one.exc_info and "hunter2" in str(one.exc_info[1]) for one in caplog.records)


def test_a_prediction_without_the_database_is_told_so(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503, whatever part of the way needed the database."""
    away = sa.exc.OperationalError("SELECT 1", {}, Exception("gone"))
    answer = broken(factory, monkeypatch, away)
    assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
    assert answer.json()["type"] == "urn:disparo:database-away"
