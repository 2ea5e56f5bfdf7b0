"""The flights example: its database, its model, its declarations, and what it tells Disparo."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import pytest
import yaml

from app.values.schedule import Mode, Schedule
from examples.flights import dataset, evaluate, pipeline, places, prepare

KNOWN_AFTERWARDS = {"dep_delay", "arr_delay", "dep_time", "arr_time", "air_time", "outcome"}
SCRIPT = places.HERE / "prepare.py"


@pytest.fixture(scope="module")
def flights() -> pd.DataFrame:
    """All flights, as rows of the table."""
    return dataset.read_flights(dataset.packaged_file())


@pytest.fixture(scope="module")
def database(flights: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of every twentieth flight of the year."""
    path = tmp_path_factory.mktemp("flights") / "flights.sqlite"
    dataset.write_database(flights.iloc[::20], path)
    return path


@pytest.fixture(scope="module")
def schedules() -> dict[str, Schedule]:
    """Return the declared schedules by name."""
    declared = yaml.safe_load(places.RESOURCES.read_text())["schedules"]
    return {spec["name"]: Schedule.model_validate(spec) for spec in declared}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state directory of the example that holds a trained file, told to nobody yet."""
    monkeypatch.setenv("DISPARO_VAR", str(tmp_path))
    monkeypatch.delenv("DISPARO_DATABASE__URL", raising=False)
    place = places.state_directory()
    place.mkdir(parents=True)
    (place / "model.joblib").write_bytes(b"a model")
    (place / "sample.parquet").write_bytes(b"a sample")
    (place / "metrics.json").write_text(json.dumps({"fingerprint": places.fingerprint()}))
    return place


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
    """The index on the scheduled departure serves a window, and the journal is a write-ahead log."""
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
        selected = schedule.collect.query.split("FROM")[0].removeprefix("SELECT")
        assert [name.strip() for name in selected.split(",")] == ["id", *pipeline.INPUTS]
        assert schedule.model == prepare.MODEL
        assert {schedule.collect.source, schedule.deliver.source} == {"flights"}
        assert schedule.collect.key == "id"
        assert schedule.deliver.mode is Mode.REPLACE_SLOT


def test_a_slot_of_score_day_covers_the_day_that_begins(
    schedules: dict[str, Schedule], flights: pd.DataFrame
) -> None:
    """Midnight of Thanksgiving in New York stands for that day's 634 flights."""
    slot = datetime(2013, 11, 28, 5, tzinfo=UTC)
    start, end = schedules["score-day"].window(slot)
    assert (str(start), str(end)) == ("2013-11-28 00:00:00", "2013-11-29 00:00:00")
    departures = flights["scheduled_departure"]
    assert ((departures >= str(start)) & (departures < str(end))).sum() == 634


def test_score_all_runs_by_hand_only(schedules: dict[str, Schedule]) -> None:
    """The schedule for all flights never comes due, and asks for no window."""
    assert schedules["score-all"].cron is None
    assert ":" not in schedules["score-all"].collect.query


class Disparo:
    """Stands for the command line: knows digests, and records what it is told."""

    def __init__(self) -> None:
        self.digests: list[str] = []
        self.told: list[str] = []

    def __call__(self, *arguments: str) -> str:
        """Answer one command."""
        match arguments:
            case ("models", "list", "--json"):
                return json.dumps([{"name": prepare.MODEL}] if self.digests else [])
            case ("models", "show", prepare.MODEL, "--json"):
                return json.dumps({"versions": [{"digest": digest} for digest in self.digests]})
            case ("models", "register", prepare.MODEL, path, "--sample", _):
                self.digests.append(places.digest(Path(path)))
        self.told.append(" ".join(arguments[:2]))
        return ""


@pytest.fixture
def disparo(monkeypatch: pytest.MonkeyPatch) -> Disparo:
    """A command line that records."""
    stand_in = Disparo()
    monkeypatch.setattr(prepare, "disparo", stand_in)
    monkeypatch.setattr(prepare, "_knows", lambda _file, digest: digest in stand_in.digests)
    monkeypatch.setattr(dataset, "is_complete", lambda _database: True)
    return stand_in


def test_a_trained_file_is_registered_once(place: Path, disparo: Disparo) -> None:
    """The first run registers and applies; the second finds both done and says nothing."""
    assert prepare.prepare()
    assert disparo.told == ["models register", f"apply {places.RESOURCES}"]
    assert not prepare.prepare()
    assert len(disparo.told) == 2
    assert prepare.is_registered(place)


def test_another_file_is_another_version(place: Path, disparo: Disparo) -> None:
    """A model trained anew is registered again."""
    prepare.prepare()
    (place / "model.joblib").write_bytes(b"another model")
    prepare.prepare()
    assert disparo.told.count("models register") == 2


@pytest.mark.usefixtures("place")
def test_a_known_file_is_not_registered_twice(disparo: Disparo) -> None:
    """With its marker lost, the example asks, and registers nothing that is there."""
    prepare.prepare()
    (places.state_directory() / "registered.json").unlink()
    prepare.prepare()
    assert disparo.told.count("models register") == 1


@pytest.mark.usefixtures("place")
def test_a_deleted_database_is_told_again(disparo: Disparo) -> None:
    """When Disparo's database has forgotten the model, the marker is not believed."""
    prepare.prepare()
    disparo.digests.clear()
    prepare.prepare()
    assert disparo.told.count("models register") == 2


def test_another_database_is_told_too(
    place: Path, disparo: Disparo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one database was told, another is told as well."""
    prepare.prepare()
    monkeypatch.setenv("DISPARO_DATABASE__URL", "mysql+pymysql://u@h/d")
    assert not prepare.is_registered(place)
    prepare.prepare()
    assert prepare.is_registered(place)
    assert disparo.told[-1] == f"apply {places.RESOURCES}"


def test_a_broken_marker_is_not_believed(place: Path, disparo: Disparo) -> None:
    """Cut-off JSON in either of the example's own files means that the step is done again."""
    prepare.prepare()
    (place / "registered.json").write_text("{")
    (place / "metrics.json").write_text("{")
    assert not prepare.is_registered(place)
    assert not prepare.is_trained(place)
    assert disparo.told


def test_a_failing_command_is_shown_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command that failed, its exit code and what it said end the preparation."""
    command = tmp_path / "disparo"
    command.write_text("#!/bin/sh\necho 'run disparo db upgrade' >&2\nexit 2\n")
    command.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(
        SystemExit, match=r"`disparo apply x` failed \(2\):\nrun disparo db upgrade"
    ):
        prepare.disparo("apply", "x")


def test_finding_all_done_imports_nothing_heavy(database: Path, place: Path) -> None:
    """A start with the example in place costs no import of pandas, scikit-learn or rich."""
    os.link(database, place / "flights.sqlite")
    code = (
        "import sys; from examples.flights import prepare;"
        "assert not prepare.prepare(files_only=True);"
        "print(sorted({'pandas', 'sklearn', 'numpy', 'rich', 'app'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes delivered probabilities, outcomes and months to a database."""

    def write(*rows: tuple[float, int, int], table: str = "predictions") -> Path:
        path = tmp_path / "flights.sqlite"
        numbered = pd.DataFrame(rows, columns=["probability_late", "arr_delay", "month"])
        numbered["id"] = range(len(numbered))
        with closing(sqlite3.connect(path)) as connection:
            numbered[["id", "probability_late"]].to_sql(table, connection, index=False)
            numbered[["id", "arr_delay", "month"]].to_sql("flights", connection, index=False)
        return path

    return write


def test_delivered_predictions_are_judged(deliver: Callable[..., Path]) -> None:
    """Perfect order has a ROC AUC of 1; the Brier score is the mean squared distance."""
    path = deliver((0.8, 60, 11), (0.4, 15, 11), (0.2, -5, 12), (0.6, 16, 12))
    found = evaluate.judge(evaluate.read_delivered(path, "predictions"))
    assert found == pytest.approx(
        {"late": 0.5, "roc_auc": 1.0, "brier": 0.1, "brier_of_rate": 0.25}
    )


def test_one_outcome_alone_has_no_roc_auc(deliver: Callable[..., Path]) -> None:
    """Where no flight was late, the table says so instead of failing."""
    delivered = evaluate.read_delivered(deliver((0.5, 0, 11), table='a "b"'), 'a "b"')
    assert evaluate.judge(delivered)["roc_auc"] is None
    assert evaluate.report(delivered).row_count == 1


def test_judging_before_delivering_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a table or a database the command to run first is named, and nothing is made."""
    path = tmp_path / "flights.sqlite"
    monkeypatch.setattr(sys, "argv", ["evaluate.py", "--database", str(path)])
    with pytest.raises(SystemExit, match="dispatch run score-day"):
        evaluate.main()
    assert not path.exists()


@pytest.mark.slow
def test_the_whole_preparation(tmp_path: Path) -> None:
    """The script makes all files, with the quality that the README states, and only once."""
    environment = {**os.environ, "DISPARO_VAR": str(tmp_path)}
    command = [sys.executable, str(SCRIPT), "--files-only"]

    def run() -> str:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=100
        )
        return done.stdout

    assert "53,991 flights of November and December: ROC AUC 0.627" in run()
    place = tmp_path / "examples" / "flights"
    assert sorted(file.name for file in place.iterdir()) == [
        "flights.sqlite",
        "metrics.json",
        "model.joblib",
        "sample.parquet",
    ]
    assert rows_of(place / "flights.sqlite", "SELECT count(*) FROM flights") == [(327_346,)]
    judged = json.loads((place / "metrics.json").read_text())["judged"]
    stated = (places.HERE / "README.md").read_text()
    assert f"{judged['roc_auc']:.3f}" in stated
    assert f"{judged['brier']:.4f}" in stated
    assert f"{judged['brier_of_known_rate']:.4f}" in stated
    assert run() == ""
