"""Preparing the flights example: what is done, what is skipped, and what Disparo is told."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from examples.flights import dataset, places, prepare
from tests import warm

SCRIPT = places.HERE / "prepare.py"


FORKED = """
from examples.flights import prepare
from tests import warm

own = prepare.disparo

def disparo(*arguments):
    if arguments[0] == "apply":
        return own(*arguments)
    done = warm.run(*arguments, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout

prepare.disparo = disparo
prepare.main()
"""
"""The script, whose commands are forked but for one: each would import all, six times in a row."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a state directory that holds a trained file, told to nobody yet."""
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
    """Put a command line that records in place of the real one."""
    stand_in = Disparo()
    monkeypatch.setattr(prepare, "disparo", stand_in)
    monkeypatch.setattr(prepare, "_knows", lambda _file, digest: digest in stand_in.digests)
    monkeypatch.setattr(dataset, "is_complete", lambda _database: True)
    return stand_in


def test_a_trained_file_is_registered_once(place: Path, disparo: Disparo) -> None:
    """The first run registers and applies; the second finds both done and says nothing."""
    assert prepare.prepare()
    assert disparo.told == [
        "models register",
        "models serving",
        f"apply {places.RESOURCES}",
        "cases import",
    ]
    assert not prepare.prepare()
    assert len(disparo.told) == 4
    assert prepare.is_registered(place)


@pytest.mark.usefixtures("place", "disparo")
def test_what_begins_is_told_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    """Where no bar moves, a step that takes long is told when it begins, not when it has ended."""
    prepare.prepare()
    begun, *_ = capsys.readouterr().err.splitlines()
    assert begun == "Registering with Disparo ..."


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
    assert disparo.told[-2:] == [f"apply {places.RESOURCES}", "cases import"]


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


@pytest.mark.usefixtures("place")
def test_finding_all_done_imports_nothing_heavy() -> None:
    """A start with the example in place costs no import of pandas, scikit-learn or rich."""
    dataset.write_database(dataset.read_flights(dataset.packaged_file()).head(), places.database())
    code = (
        "import sys; from examples.flights import prepare;"
        "assert not prepare.prepare(files_only=True);"
        "print(sorted({'pandas', 'sklearn', 'numpy', 'rich', 'app'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.slow(90)
@pytest.mark.timeout(600)
def test_the_whole_example(tmp_path: Path) -> None:
    """The script prepares all with the stated quality, once; then a day is scored and judged."""
    environment = {**os.environ, "DISPARO_VAR": str(tmp_path), "COLUMNS": "120"}
    environment.pop("DISPARO_DATABASE__URL", None)
    place = tmp_path / "examples" / "flights"
    database = place / "flights.sqlite"

    def run(*command: str | Path) -> str:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=400
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    upgraded = warm.run("db", "upgrade", timeout=100, environment=environment)
    assert upgraded.returncode == 0, upgraded.stderr
    stated_quality = "53,991 flights of November and December: ROC AUC 0.627"
    assert stated_quality in run(sys.executable, "-c", FORKED)
    assert run(sys.executable, SCRIPT) == ""
    assert rows_of(database, "SELECT count(*) FROM flights") == [(327_346,)]
    judged = json.loads((place / "metrics.json").read_text())["judged"]
    stated = (places.HERE / "README.md").read_text()
    for number in ("roc_auc:.3f", "brier:.4f", "brier_of_known_rate:.4f"):
        name, form = number.split(":")
        assert format(judged[name], form) in stated
    day = ("dispatch", "run", "score-day", "--slot", "2013-11-28")
    scored = warm.run(*day, timeout=100, environment=environment)
    assert scored.returncode == 0, scored.stderr
    assert rows_of(database, "SELECT count(DISTINCT id), count(*) FROM predictions") == [(634, 634)]
    assert "634" in run(sys.executable, places.HERE / "evaluate.py")


def test_the_checks_look_at_the_port_that_the_service_listens_on(
    place: Path, disparo: Disparo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On another port a copy of the file is applied, and applied again when the port changes."""
    prepare.prepare()
    monkeypatch.setenv("DISPARO_SERVER__PORT", "9123")
    assert not prepare.is_registered(place)
    prepare.prepare()
    copy = place / "flights.yaml"
    assert f"apply {copy}" in disparo.told
    checks = {one["name"]: one["target"] for one in yaml.safe_load(copy.read_text())["checks"]}
    assert checks["own-port"]["port"] == 9123
    assert checks["own-url"]["url"] == "http://127.0.0.1:9123/health/live"
