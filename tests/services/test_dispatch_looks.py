"""How far a model has drifted by the rows of its dispatches: in their own process, told once."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy.stats import ks_2samp
from typer.testing import CliRunner

from app.cli import cli
from app.clock import utc_now
from app.factory import Factory
from app.services.health_records import HealthRecords
from app.services.pulse import Stop
from app.settings import load_settings
from app.values.backfill import BackfillRequest
from app.values.dispatch import DispatchState
from app.values.model_health import HealthFilter, HealthOrigin, HealthState, ModelHealth, NewHealth
from tests import flights
from tests.alerts import telling
from tests.asgi import Api
from tests.conftest import Place

on_sqlite = pytest.mark.parametrize("place", ["sqlite"], indirect=True)
BY_DISPATCHES = HealthFilter(model="flight-delay", origin=HealthOrigin.DISPATCHES)
AFAR = "SELECT * FROM flights WHERE distance > 2400"


@pytest.fixture
def ready(factory: Factory, place: Place, tmp_path: Path) -> Factory:
    """Give a service that knows the place with three days of flights, and the model."""
    flights.make_ready(factory, place.connection, place.engine, tmp_path)
    return factory


def found(factory: Factory) -> list[ModelHealth]:
    """Return what dispatches found, the newest first."""
    return factory.model_health.page(BY_DISPATCHES)


def with_bounds(monkeypatch: pytest.MonkeyPatch, state: Path, **bounds: object) -> Factory:
    """Give the same service with other bounds of looks."""
    for name, value in bounds.items():
        monkeypatch.setenv(f"DISPARO_HEALTH__{name.upper()}", str(value))
    return Factory(load_settings(), state)


def judged(state: HealthState, schedule: str | None, **fields: Any) -> NewHealth:
    """Return what a look may find, by a schedule's rows or by those of requests."""
    plain: dict[str, Any] = {
        "model": "flight-delay", "version": 1, "is_live": True, "state": state, "schedule": schedule,
        "dispatch": schedule and 1, "since": utc_now(), "until": utc_now(), "cases": 300,
        "sample_cases": 200, "labels": (), "inputs": (),
    }  # fmt: skip
    return NewHealth(**plain | fields)


def told(factory: Factory, records: HealthRecords, *looks: NewHealth) -> list[str]:
    """Record looks; return what people are told of, the oldest first."""
    for look in looks:
        records.add(look, utc_now())
    return [alert.notice.after for alert in telling.alerts(factory)]


@on_sqlite
def test_a_dispatch_tells_what_its_rows_were_like(ready: Factory, place: Place) -> None:
    """All of its rows are compared, as pandas and scipy have them, and each label is counted."""
    record = flights.dispatch(ready)
    [health] = found(ready)
    assert (health.dispatch, health.schedule) == (record.id, "score")
    assert health.cases == 634
    assert health.since.isoformat() == "2013-11-28T05:00:00+00:00"
    assert health.until.isoformat() == "2013-11-29T05:00:00+00:00"
    labels = flights.read(place.engine, "SELECT label, COUNT(*) FROM predictions GROUP BY label")
    assert {one.label: one.cases for one in health.labels} == dict(map(tuple, labels))
    rows = flights.november()
    rows = rows[rows["scheduled_departure"].str.startswith("2013-11-28")]
    sample = pd.DataFrame(ready.models.sample(ready.models.version("flight-delay", 1)).cases)
    assert health.answers is not None
    assert health.answers.name == "label"
    by_name = {one.name: one for one in health.inputs}
    assert by_name.keys() == set(flights.INPUTS)
    test = by_name["distance"].test
    assert test is not None
    expected = ks_2samp(sample["distance"], rows["distance"], method="asymp")
    assert (test.statistic, test.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    shares = {one.name: one.recent for one in by_name["carrier"].bins}
    assert shares["UA"] == pytest.approx((rows["carrier"] == "UA").mean())


@on_sqlite
def test_the_window_that_is_told_is_by_the_wall_clock(ready: Factory) -> None:
    """The day on which New York's clocks are put back has 25 hours."""
    flights.schedule(ready, name="all", collect={"query": "SELECT * FROM flights"})
    flights.dispatch(ready, "all", slot="2013-11-03")
    [health] = found(ready)
    assert health.since.isoformat() == "2013-11-03T04:00:00+00:00"
    assert health.until.isoformat() == "2013-11-04T05:00:00+00:00"


@on_sqlite
@pytest.mark.parametrize("options", [{"dry_run": True}, {"limit": 300}])
def test_dry_runs_and_those_of_a_few_rows_tell_nothing(
    ready: Factory, options: dict[str, Any]
) -> None:
    """They are no use of the model."""
    assert flights.dispatch(ready, **options).state is DispatchState.SUCCEEDED
    assert found(ready) == []


@on_sqlite
def test_backfills_tell_nothing(ready: Factory) -> None:
    """Their rows are of the past."""
    flights.schedule(ready, name="daily", cron="0 0 * * *")
    asked = BackfillRequest(
        schedule="daily",
        first=datetime(2013, 11, 28, 5, tzinfo=UTC),
        until=datetime(2013, 11, 29, 5, tzinfo=UTC),
    )
    assert ready.backfills.order(asked, actor="test", now=utc_now()).slots == 1
    ended = ready.execution.run(1, clock=utc_now, stop=Stop())
    assert ended.state is DispatchState.SUCCEEDED, ended.error
    assert found(ready) == []


@on_sqlite
def test_a_large_dispatch_is_looked_at_in_part(
    ready: Factory, monkeypatch: pytest.MonkeyPatch, state: Path
) -> None:
    """At most `health.cases` rows, spread over all batches, are compared."""
    monkeypatch.setenv("DISPARO_DISPATCH__BATCH_ROWS", "100")
    flights.dispatch(with_bounds(monkeypatch, state, cases=200))
    [health] = found(ready)
    assert health.cases == 200
    assert sum(one.cases for one in health.labels) == 200


@on_sqlite
def test_a_look_that_fails_fails_no_dispatch(
    ready: Factory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What was delivered is delivered; the log says why nothing is known of the model's health."""

    def broken(*_: object) -> None:
        message = "no room"
        raise OSError(message)

    monkeypatch.setattr(HealthRecords, "add", broken)
    assert flights.dispatch(ready).state is DispatchState.SUCCEEDED
    assert "the health of flight-delay could not be recorded" in caplog.text
    assert "no room" in caplog.text


@on_sqlite
def test_nobody_looks_where_health_is_not_wanted(
    ready: Factory, monkeypatch: pytest.MonkeyPatch, state: Path
) -> None:
    """`health.enabled: false` goes for dispatches too."""
    flights.dispatch(with_bounds(monkeypatch, state, enabled="false"))
    assert found(ready) == []


@on_sqlite
def test_people_are_told_of_rows_unlike_the_sample(ready: Factory) -> None:
    """The alert names the dispatch, and which input moved; the next one alike tells nothing new."""
    telling.declared(ready, telling.channel(), telling.rule(models=["*"]))
    flights.schedule(ready, name="afar", collect={"query": AFAR})
    flights.dispatch(ready, "afar")
    flights.dispatch(ready, "afar")
    assert [health.state for health in found(ready)] == [HealthState.DRIFTED] * 2
    [alert] = telling.alerts(ready)
    assert alert.notice.name == "flight-delay"
    assert "cases of dispatch 1 of afar" in alert.notice.detail
    assert "distance: its distribution has moved" in alert.notice.detail


def test_a_model_is_well_when_no_origin_drifts(anywhere: Factory, tmp_path: Path) -> None:
    """Requests that are well end no drift of a schedule's rows; its own do."""
    flights.register(anywhere, tmp_path)
    flights.schedule(anywhere)
    telling.declared(anywhere, telling.channel(), telling.rule(models=["*"]))
    well, drifted = HealthState.WELL, HealthState.DRIFTED
    records = anywhere.health_records
    assert told(anywhere, records, judged(drifted, "score"), judged(well, None)) == [drifted]
    assert told(anywhere, records, judged(HealthState.UNKNOWN, "score")) == [drifted]
    assert told(anywhere, records, judged(well, "score")) == [drifted, well]
    assert told(anywhere, records, judged(well, "score")) == [drifted, well]


def test_a_schedule_that_is_gone_keeps_no_model_drifted(anywhere: Factory, tmp_path: Path) -> None:
    """Nor does one that runs another model now."""
    flights.register(anywhere, tmp_path)
    telling.declared(anywhere, telling.channel(), telling.rule(models=["*"]))
    flights.schedule(anywhere, name="other", model="another")
    well, drifted = HealthState.WELL, HealthState.DRIFTED
    looks = [judged(drifted, "gone"), judged(drifted, "other"), judged(well, None)]  # one is told
    assert told(anywhere, anywhere.health_records, *looks) == [drifted, well]


def test_a_version_that_a_schedule_runs_is_told_of(anywhere: Factory, tmp_path: Path) -> None:
    """It is in use, whether it is live or not."""
    flights.register(anywhere, tmp_path)
    telling.declared(anywhere, telling.channel(), telling.rule(models=["*"]))
    look = judged(HealthState.DRIFTED, "score", is_live=False)
    assert told(anywhere, anywhere.health_records, look) == [HealthState.DRIFTED]


def test_what_dispatches_found_is_read_apart(anywhere: Factory, api: Api, tmp_path: Path) -> None:
    """By origin and by schedule, over HTTP and by the command; without any it says what to do."""
    flights.register(anywhere, tmp_path)
    flights.schedule(anywhere)
    run = CliRunner().invoke
    nothing = run(cli, ["models", "health", "flight-delay", "--schedule", "score"])
    assert "each dispatch that succeeds" in str(nothing.exception)
    for schedule in (None, "score", "afar"):
        anywhere.health_records.add(judged(HealthState.WELL, schedule), utc_now())
    for query, expected in (
        ({}, ["afar", "score", None]),
        ({"origin": "requests"}, [None]),
        ({"origin": "dispatches"}, ["afar", "score"]),
        ({"schedule": "score"}, ["score"]),
    ):
        items = api.get("/models/flight-delay/health", params=query).json()["items"]
        assert [one["schedule"] for one in items] == expected, query
    assert api.get("/models/flight-delay/health", params={"origin": "no"}).status_code == 422
    shown = run(cli, ["models", "health", "flight-delay", "--schedule", "score"])
    assert "300 cases of dispatch 1 of score" in shown.output
