"""The flights example: its database, its model and its declarations."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import pytest
import sqlalchemy as sa
import yaml

from app.clock import utc_now
from app.factory import Factory
from app.values.dispatch import DispatchState
from app.values.schedule import Mode, Schedule
from examples.flights import dataset, pipeline, places, prepare
from tests import flights as some

KNOWN_AFTERWARDS = {"dep_delay", "arr_delay", "dep_time", "arr_time", "air_time", "outcome"}


@pytest.fixture(scope="module")
def flights() -> pd.DataFrame:
    """All flights, as rows of the table."""
    return dataset.read_flights(dataset.packaged_file())


@pytest.fixture(scope="module")
def database(flights: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a database of every twentieth flight of the year."""
    path = tmp_path_factory.mktemp("flights") / "flights.sqlite"
    dataset.write_database(flights.iloc[::20], path)
    return path


@pytest.fixture(scope="module")
def schedules() -> dict[str, Schedule]:
    """Return the declared schedules by name."""
    declared = yaml.safe_load(places.RESOURCES.read_text())["schedules"]
    return {spec["name"]: Schedule.model_validate(spec) for spec in declared}


def rows_of(database: Path, query: str) -> list[tuple[Any, ...]]:
    """Run a query."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def test_all_flights_with_a_known_delay_are_there(flights: pd.DataFrame) -> None:
    """Of 336,776 flights the 327,346 with an arrival delay are rows, and nothing else is."""
    assert len(flights) == 327_346
    assert tuple(flights.columns) == dataset.COLUMNS
    assert not flights.drop(columns="tailnum").isna().to_numpy().any()
    assert flights["id"].tolist() == list(range(1, 327_347))
    assert flights["scheduled_departure"].is_monotonic_increasing


def test_times_are_those_of_the_timetable(flights: pd.DataFrame) -> None:
    """The first flight of the year left at 05:15 on a Tuesday, to arrive at 08:19."""
    first = flights.iloc[0]
    assert first["scheduled_departure"] == "2013-01-01 05:15:00"
    assert (first["day_of_week"], first["departure_minute"], first["arrival_minute"]) == (
        2,
        5 * 60 + 15,
        8 * 60 + 19,
    )


def test_the_database_holds_what_was_read(database: Path, flights: pd.DataFrame) -> None:
    """Each row arrives in the table as it was, an unknown tail number as NULL."""
    expected = flights.iloc[::20]
    stored = rows_of(database, "SELECT * FROM flights ORDER BY id")
    assert len(stored) == len(expected)
    assert stored[0] == tuple(expected.iloc[0].tolist())
    assert rows_of(database, "SELECT DISTINCT typeof(scheduled_departure) FROM flights") == [
        ("text",)
    ]


def test_a_day_is_found_by_the_index_and_read_beside_a_writer(database: Path) -> None:
    """The index on the scheduled departure serves a window; the journal is a write-ahead log."""
    plan = rows_of(
        database,
        "EXPLAIN QUERY PLAN SELECT id FROM flights "
        "WHERE scheduled_departure >= '2013-11-28' AND scheduled_departure < '2013-11-29'",
    )
    assert "flights_by_departure" in plan[0][3]
    assert rows_of(database, "PRAGMA journal_mode") == [("wal",)]


def test_an_interrupted_database_is_not_taken_for_a_complete_one(
    flights: pd.DataFrame, tmp_path: Path
) -> None:
    """Stopped halfway, there is no file under the final name; the next run makes it whole."""
    path = tmp_path / "flights.sqlite"

    def stop(_rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dataset.write_database(flights.iloc[:10], path, stop)
    assert not dataset.is_complete(path)
    assert not path.exists()
    dataset.write_database(flights.iloc[:10], path)
    assert dataset.is_complete(path)
    assert [file.name for file in tmp_path.iterdir()] == ["flights.sqlite"]


def test_a_database_of_another_layout_is_not_complete(tmp_path: Path) -> None:
    """A file with another layout, or no database at all, is made anew."""
    path = tmp_path / "flights.sqlite"
    path.write_text("not a database")
    assert not dataset.is_complete(path)


def test_the_model_sees_nothing_that_is_known_afterwards() -> None:
    """No delay and no actual time is an input."""
    assert not KNOWN_AFTERWARDS & set(pipeline.INPUTS)
    assert set(pipeline.INPUTS) < set(dataset.COLUMNS)


def test_training_reads_january_to_october_only(database: Path) -> None:
    """The months trained on and the months judged are all twelve, and none is in both."""
    months = [*pipeline.TRAINING_MONTHS, *pipeline.JUDGED_MONTHS]
    assert list(pipeline.TRAINING_MONTHS) == list(range(1, 11))
    assert months == list(range(1, 13))
    (expected,) = rows_of(database, "SELECT count(*) FROM flights WHERE month <= 10")[0]
    assert len(pipeline.read_months(database, pipeline.TRAINING_MONTHS)) == expected


def test_an_outcome_is_late_from_the_sixteenth_minute(database: Path) -> None:
    """Fifteen minutes are on time, sixteen are late."""
    read = pd.concat(
        pipeline.read_months(database, months)
        for months in (pipeline.TRAINING_MONTHS, pipeline.JUDGED_MONTHS)
    )
    (expected,) = rows_of(database, "SELECT count(*) FROM flights WHERE arr_delay >= 16")[0]
    assert (read["outcome"] == "late").sum() == expected
    assert set(read["outcome"]) == {"late", "on_time"}


def test_training_leaves_a_model_a_sample_and_its_merit(database: Path, tmp_path: Path) -> None:
    """A model trained on a slice beats chance and the base rate on the months it has not seen."""
    metrics = pipeline.train_and_save(database, tmp_path, max_iter=30, min_samples_leaf=100)
    assert json.loads((tmp_path / "metrics.json").read_text()) == metrics
    judged = metrics["judged"]
    assert judged["roc_auc"] > 0.58
    assert judged["brier"] < judged["brier_of_known_rate"]
    trained = joblib.load(tmp_path / "model.joblib")
    assert list(trained.feature_names_in_) == list(pipeline.INPUTS)
    assert list(trained.classes_) == ["late", "on_time"]
    assert list(pd.read_parquet(tmp_path / "sample.parquet").columns) == list(pipeline.INPUTS)


def test_training_again_gives_the_same_model(database: Path) -> None:
    """The random state is fixed, so two trainings predict the same to the last bit."""
    flights = pipeline.read_months(database, pipeline.TRAINING_MONTHS)
    first, second = (pipeline.train(flights, max_iter=5) for _ in range(2))
    inputs = flights[list(pipeline.INPUTS)]
    assert (first.predict_proba(inputs) == second.predict_proba(inputs)).all()


def test_an_airport_that_is_new_is_predicted_too(database: Path) -> None:
    """A category that training has not seen is no error."""
    flights = pipeline.read_months(database, pipeline.TRAINING_MONTHS)
    trained = pipeline.train(flights, max_iter=5)
    stranger = flights[list(pipeline.INPUTS)].head(1).assign(dest="XXX")
    assert trained.predict_proba(stranger).sum() == pytest.approx(1)


def test_the_sample_holds_every_category(database: Path) -> None:
    """However small it is, each carrier and airport of the training is in the sample."""
    flights = pipeline.read_months(database, pipeline.TRAINING_MONTHS)
    sample = pipeline.sample_of(flights, rows=50)
    assert len(sample) < 300
    for name in pipeline.CATEGORIES:
        assert set(sample[name]) == set(flights[name])


def test_the_declared_schedules_fit_the_model(schedules: dict[str, Schedule]) -> None:
    """Each query selects the key and exactly the inputs of the model, from the declared source."""
    declared = yaml.safe_load(places.RESOURCES.read_text())
    assert [source["name"] for source in declared["sources"]] == ["flights"]
    for schedule in schedules.values():
        selected = schedule.collect.query.rpartition("SELECT")[2].split("FROM")[0]
        assert [name.strip() for name in selected.split(",")] == ["id", *pipeline.INPUTS]
        assert schedule.model == prepare.MODEL
        assert {schedule.collect.source, schedule.deliver.source} == {"flights"}
        assert schedule.collect.key == "id"


def test_a_slot_of_score_day_covers_the_day_that_begins(
    schedules: dict[str, Schedule], flights: pd.DataFrame
) -> None:
    """Midnight of Thanksgiving in New York stands for that day's 634 flights."""
    slot = datetime(2013, 11, 28, 5, tzinfo=UTC)
    start, end = schedules["score-day"].window(slot)
    assert (str(start), str(end)) == ("2013-11-28 00:00:00", "2013-11-29 00:00:00")
    departures = flights["scheduled_departure"]
    assert ((departures >= str(start)) & (departures < str(end))).sum() == 634


def test_running_again_leaves_one_prediction_for_each_flight(
    schedules: dict[str, Schedule],
) -> None:
    """A day replaces its slot; where each run is a slot of its own, flights are upserted."""
    modes = {name: schedule.deliver.mode for name, schedule in schedules.items()}
    assert modes == {
        "score-day": Mode.REPLACE_SLOT,
        "score-all": Mode.UPSERT,
        "replay": Mode.UPSERT,
    }


def test_score_all_runs_by_hand_only(schedules: dict[str, Schedule]) -> None:
    """The schedule for all flights never comes due, and asks for no window."""
    assert schedules["score-all"].cron is None
    assert ":" not in schedules["score-all"].collect.query


def test_every_minute_of_the_replay_has_flights(
    flights: pd.DataFrame, schedules: dict[str, Schedule], tmp_path: Path
) -> None:
    """A round of 1,159 minutes scores each flight of November and December once, and no other."""
    path = tmp_path / "flights.sqlite"
    late = flights[flights["scheduled_departure"] >= "2013-11-01"]
    dataset.write_database(flights[flights["scheduled_departure"] >= "2013-10-31"], path)
    query = schedules["replay"].collect.query
    found: list[int] = []
    with closing(sqlite3.connect(path)) as connection:
        for minute in range(1159):
            slot = datetime(2026, 3, 7, tzinfo=UTC) + timedelta(minutes=minute)
            slot_text = schedules["replay"].local(slot).isoformat(" ")
            rows = connection.execute(query, {"slot": slot_text}).fetchall()
            assert 0 < len(rows) < 100, slot
            found += [row[0] for row in rows]
    assert sorted(found) == late["id"].tolist()


def test_a_minute_of_the_replay_is_dispatched(
    schedules: dict[str, Schedule], factory: Factory, tmp_path: Path
) -> None:
    """The 518th minute of a round scores the flights from 10:00 to 10:59 of Thanksgiving."""
    engine = sa.create_engine(f"sqlite:///{tmp_path}/place.sqlite", poolclass=sa.NullPool)
    some.write(some.november(), engine)
    some.register(factory, tmp_path)
    factory.sources.add("flights", str(engine.url), "", actor="test", now=utc_now())
    factory.schedules.create(schedules["replay"], actor="test", now=utc_now())
    slot = datetime.fromtimestamp((20_000 * 1159 + 518) * 60, UTC)
    record = some.dispatch(factory, "replay", slot.isoformat())
    assert record.state is DispatchState.SUCCEEDED, record.error
    departures = "SELECT f.id FROM predictions_replay AS p JOIN flights AS f ON f.id = p.id"
    scored = {row[0] for row in some.read(engine, departures)}
    hour = some.november()["scheduled_departure"].str.startswith("2013-11-28 10:")
    assert scored == set(some.november()["id"][hour])
    assert len(scored) == record.progress.rows_delivered == 48


def test_a_check_of_each_kind_is_declared(factory: Factory) -> None:
    """And one that is down on purpose, which starts paused."""
    factory.declarations.apply(places.RESOURCES, now=utc_now())
    found = factory.checks.page()
    assert {one.kind for one in found} == {
        "host",
        "http",
        "database",
        "schedule",
        "disk",
        "service",
    }
    assert [one.name for one in found if one.paused] == ["down-on-purpose"]
    assert [warning for one in found for warning in factory.checks.get(one.name).warnings] == []
