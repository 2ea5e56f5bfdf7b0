"""The service and the command line, as programs and people meet them: real processes."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
import sqlalchemy as sa
import yaml

from app.clock import utc_now
from app.errors import ExitCode
from app.factory import Factory
from tests import flights, servers, warm
from tests.patience import await_that

PATIENCE = 90.0
COLD_SECONDS = 300.0
"""For a program that imports all on a machine whose cores are all busy."""


@pytest.fixture
def known(factory: Factory, tmp_path: Path) -> Factory:
    """Give a service that knows three days of flights, the model and a schedule."""
    database = tmp_path / "place.sqlite"
    engine = sa.create_engine(f"sqlite:///{database}", poolclass=sa.NullPool)
    flights.write(flights.november(), engine)
    flights.register(factory, tmp_path)
    factory.sources.add("place", f"sqlite:///{database}", "", actor="test", now=utc_now())
    flights.schedule(factory)
    return factory


PROGRAM = Path(sys.executable).with_name("disparo")


def disparo(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command line."""
    return warm.run(*arguments, timeout=PATIENCE)


@pytest.fixture
def service(known: Factory, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """Run the service on a free port; the parameter `cold` starts the program itself."""
    assert known
    port = servers.free_port()
    environment = {
        **os.environ,
        "DISPARO_SERVER__PORT": str(port),
        "DISPARO_SHOWROOM__ENABLED": "false",
    }
    process: subprocess.Popen[bytes] | warm.Process
    if getattr(request, "param", "warm") == "cold":
        process = subprocess.Popen([PROGRAM, "serve"], env=environment)
    else:
        process = warm.start("serve", environment=environment)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        try:
            await_that(lambda: _answers(client), COLD_SECONDS)
            yield client
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) in {0, -signal.SIGTERM}


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health/live").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.timeout(700)
@pytest.mark.parametrize("service", ["cold"], indirect=True)
def test_a_dispatch_started_over_http_runs_in_a_process_of_its_own(service: httpx.Client) -> None:
    """A posted dispatch is run by a child process, and its record and rows can be read."""
    posted = service.post("/dispatches", json={"schedule": "score", "slot": "2013-11-28T00:00:00"})
    assert posted.status_code == 202
    place = f"/dispatches/{posted.json()['id']}"
    await_that(
        lambda: service.get(place).json()["state"] not in {"queued", "running"}, COLD_SECONDS
    )
    record = service.get(place).json()
    assert (record["state"], record["progress"]["rows_delivered"]) == ("succeeded", 634)
    assert record["process"] != os.getpid()
    assert len(service.get(f"{place}/rows", params={"limit": 3}).json()["items"]) == 3
    names = [event["name"] for event in service.get(f"{place}/events").json()["items"]]
    assert names[0] == "queued"
    assert names[-1] == "succeeded"


def test_lists_are_paged_and_filtered(service: httpx.Client, known: Factory) -> None:
    """Two pages of one give the two dispatches, the newest first."""
    for _ in range(2):
        flights.dispatch(known, limit=1)
    first = service.get("/dispatches", params={"limit": 1, "state": "succeeded"}).json()
    second = service.get("/dispatches", params={"limit": 1, "cursor": first["next"]}).json()
    assert [first["items"][0]["id"], second["items"][0]["id"]] == [2, 1]
    assert service.get("/dispatches", params={"schedule": "other"}).json()["items"] == []


def test_a_model_is_shown_with_its_versions(service: httpx.Client) -> None:
    """One model, its live version, and that version's signature are found by the model's name."""
    (listed,) = service.get("/models").json()["items"]
    one = service.get(f"/models/{listed['name']}").json()
    assert one == listed
    assert (one["live"], one["versions"]) == (1, 1)
    version = service.get(f"/models/{one['name']}/versions/{one['live']}").json()
    assert version["signature"]["inputs"]


def test_errors_are_problem_documents(service: httpx.Client) -> None:
    """Unknown things, wrong bodies and wrong paths all answer application/problem+json."""
    answers = {
        404: [
            service.get("/dispatches/99"),
            service.get("/models/none"),
            service.get("/models/none/versions"),
            service.get("/nowhere"),
        ],
        422: [
            service.post("/dispatches", json={"schedule": "score", "parameters": {"day": 1}}),
            service.post("/dispatches", json={"shedule": "score"}),
            service.get("/dispatches/x"),
        ],
        409: [service.post("/sources", json={"name": "place", "connection": "sqlite:///x"})],
    }
    for status, group in answers.items():
        for answer in group:
            assert answer.status_code == status, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["detail"]


def test_a_connection_string_is_never_shown(service: httpx.Client) -> None:
    """A source's secret is taken, and comes back in no answer."""
    body = {"name": "s", "connection": "mysql+pymysql://u:s3cret@127.0.0.1:1/d"}
    answers = [
        service.post("/sources", json=body),
        service.get("/sources"),
        service.get("/sources/s"),
        service.post("/sources/s/test"),
        service.get("/openapi.json"),
    ]
    assert not any("s3cret" in answer.text for answer in answers)
    assert answers[3].json()["failed_step"] == "refused"
    assert service.delete("/sources/s").status_code == 204


def test_the_service_says_that_it_is_ready(service: httpx.Client) -> None:
    """Readiness names database, schema and model store; `/` leads to the page."""
    assert service.get("/health/ready").json()["ready"] is True
    assert service.get("/").headers["location"] == "/ui/"


def test_the_documentation_of_the_interface_needs_no_other_address(service: httpx.Client) -> None:
    """Whatever `/docs` loads comes from the service itself: it also works without a network."""
    loaded = re.findall(r'(?:src|href)="([^"]+)"', service.get("/docs").text)
    assert loaded
    for address in loaded:
        assert not urlsplit(address).netloc, address
        assert service.get(urljoin("/docs", address)).status_code == 200, address


def test_an_outdated_schema_is_refused_at_start(state: Path) -> None:
    """The service does not start on an empty database, and says which command mends it."""
    assert not state.exists()
    done = disparo("serve")
    assert done.returncode == ExitCode.BAD_CONFIGURATION
    assert "disparo db upgrade" in done.stderr


@pytest.mark.usefixtures("known")
def test_the_command_line_runs_a_dispatch() -> None:
    """`disparo dispatch run score --slot 2013-11-28` delivers the day and ends with 0.

    That the program itself does so, which imports all, tests/test_memory.py asks.
    """
    done = disparo("dispatch", "run", "score", "--slot", "2013-11-28")
    assert done.returncode == ExitCode.SUCCESS, done.stderr
    assert "634 rows delivered" in done.stdout
    assert json.loads(disparo("dispatch", "show", "1").stdout)["state"] == "succeeded"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"version": 9}, ExitCode.BAD_CONFIGURATION),
        ({"collect": {"source": "dead"}}, ExitCode.SOURCE_UNREACHABLE),
        ({"collect": {"query": "SELECT 1 AS id"}}, ExitCode.DATA_REFUSED),
    ],
)
def test_exit_codes_tell_what_failed(
    known: Factory, changes: dict[str, Any], code: ExitCode
) -> None:
    """Bad configuration, an unreachable source and refused data end with codes of their own."""
    known.sources.add("dead", "mysql+pymysql://u:p@127.0.0.1:1/d", "", actor="test", now=utc_now())
    flights.schedule(known, **changes)
    done = disparo("dispatch", "run", "score", "--slot", "2013-11-28")
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_sigterm_ends_a_dispatch_as_cancelled(known: Factory, tmp_path: Path) -> None:
    """A running dispatch that gets SIGTERM ends with 6, is recorded, and leaves nothing."""
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000000) SELECT MAX(i) AS id FROM n"
    flights.schedule(known, collect={"query": slow, "count": False})
    process = warm.start("dispatch", "run", "score")
    await_that(lambda: any(event.name == "model loaded" for event in _events(known)))
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == ExitCode.CANCELLED
    assert known.dispatches.get(1).state == "cancelled"
    engine = sa.create_engine(f"sqlite:///{tmp_path}/place.sqlite", poolclass=sa.NullPool)
    assert flights.tables(engine) == {"flights"}


def _events(factory: Factory) -> list[Any]:
    found = factory.dispatches.page()
    return factory.dispatches.events(found[0].id) if found else []


@pytest.mark.usefixtures("known")
def test_a_file_of_declarations_is_applied_once(tmp_path: Path) -> None:
    """`disparo apply` changes what differs, then nothing; what it declares the API cannot remove."""
    file = tmp_path / "more.yaml"
    file.write_text(yaml.safe_dump({"sources": [{"name": "more", "connection": "sqlite:///x"}]}))
    assert disparo("apply", str(file)).stdout == "applied source more\n"
    assert disparo("apply", str(file)).stdout == "nothing to change\n"
    refused = disparo("sources", "remove", "more")
    assert refused.returncode == ExitCode.BAD_CONFIGURATION
    assert str(file) in refused.stderr
