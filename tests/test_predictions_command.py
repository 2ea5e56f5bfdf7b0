"""`disparo predictions` as people call it."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.errors import ConfigurationError, InvalidCasesError, NotFoundError
from app.factory import Factory
from app.services.predictions import PredictionService
from app.values.prediction import PredictionFilter
from tests import casework
from tests.casework import inputs
from tests.on_record import label, record

HIGH, LOW = label("high", high=0.75, low=0.25), label("low", high=0.1, low=0.9)


@pytest.fixture
def made(factory: Factory, tmp_path: Path) -> str:
    """Give the id of a request of two cases, among others."""
    casework.register(factory, tmp_path)
    casework.register_regressor(factory, tmp_path)
    record(factory, {"value": 1.5}, model="r", inputs=[inputs(1)])
    return record(factory, HIGH, LOW, inputs=[inputs(30), inputs(2)])


def run(*arguments: str) -> str:
    """Run `disparo predictions` in this process; return what it prints. Raises what it raises."""
    done = CliRunner().invoke(cli, ["predictions", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def outcomes(made: str) -> list[Any]:
    """Return the outcomes of a request's cases."""
    return [case["outcome"] for case in json.loads(run("show", made))["cases"]]


def test_requests_are_listed_by_the_filters_of_the_interface(made: str) -> None:
    """A line each, with the first case that fits; JSON shows all."""
    [head, line] = [one.split() for one in run("list", "--model", "m").splitlines()]
    assert head[0] == "ID"
    assert line == [made, "2026-03-02", "12:00:00+00:00", "m", "1", "api", "live", "2", "high", "-"]
    assert run("list", "--label", "low").split()[-2:] == ["low", "-"]
    assert [one["model"] for one in json.loads(run("list", "--json"))] == ["m", "r"]
    assert json.loads(run("list", "--json", "--limit", "1"))[0]["id"] == made
    assert json.loads(run("list", "--json", "--known")) == []
    assert json.loads(run("list", "--json", "--since", "2026-03-03")) == []


def test_a_list_goes_on_until_it_is_full(factory: Factory) -> None:
    """What is rare is found however many records are looked at for a page."""
    rare = [record(factory, label("rare" if n % 10 == 0 else "often")) for n in range(40)][::10]
    service = PredictionService(factory.engine, look=3)
    found = service.newest(PredictionFilter(label="rare"), limit=3)
    assert [one.id for one in found] == rare[:0:-1]


def test_an_outcome_is_told_in_words_and_forgotten(made: str, factory: Factory) -> None:
    """The last word counts; numbers are read as numbers."""
    assert "1 of 2 cases are known" in run("outcome", made, "low", "--case", "1")
    assert "2 of 2 cases are known" in run("outcome", made, "low", "--case", "0")
    assert outcomes(made) == ["low", "low"]
    assert "1 of 2 cases are known" in run("outcome", made, "--case", "0", "--forget")
    assert outcomes(made) == [None, "low"]
    value = record(factory, {"value": 1.5}, model="r", inputs=[inputs(1)])
    run("outcome", value, "--", "-2.5")
    assert outcomes(value) == [-2.5]


def test_an_outcome_that_is_none_is_refused(made: str) -> None:
    """What is missing, doubled, unknown or of no case; nothing is kept."""
    for wrong in ([made], [made, "low", "--forget"], [made, "low"], ["x", "low"]):
        with pytest.raises(ConfigurationError):
            run("outcome", *wrong)
    with pytest.raises(InvalidCasesError, match="none of the model's classes"):
        run("outcome", made, "middle", "--case", "0")
    with pytest.raises(NotFoundError):
        run("outcome", "0" * 32, "low")
    with pytest.raises(NotFoundError):
        run("show", "0" * 32)
    assert outcomes(made) == [None, None]


def test_predictions_are_exported_to_a_file_or_printed(made: str, tmp_path: Path) -> None:
    """The suffix tells the format; on standard output it is CSV."""
    rows = list(csv.DictReader(io.StringIO(run("export", "--model", "m"))))
    assert [(row["id"], row["label"]) for row in rows] == [(made, "high"), (made, "low")]
    lines = run("export", "--format", "jsonl", "--label", "low").splitlines()
    assert [json.loads(line)["number"] for line in lines] == [1]
    for name, options in (("p.parquet", ()), ("p.dat", ("--format", "parquet"))):
        run("export", "--model", "m", "-o", str(tmp_path / name), *options)
        assert pq.read_table(tmp_path / name).num_rows == 2


def test_a_file_that_fails_is_not_left_behind(
    made: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in part nor in place of one that was there."""
    assert made
    place = tmp_path / "exported"
    place.mkdir()
    file = place / "p.csv"
    file.write_text("what was there")
    for wrong in (place / "p.xlsx", tmp_path / "none" / "p.csv", file / "p.csv"):
        with pytest.raises(ConfigurationError):
            run("export", "--model", "m", "-o", str(wrong))
    with pytest.raises(NotFoundError):
        run("export", "--model", "none", "-o", str(file))

    def broken(*_: Any) -> Any:
        yield b"id,"
        message = "the database went away"
        raise RuntimeError(message)

    monkeypatch.setattr("app.services.export.as_csv", broken)
    with pytest.raises(RuntimeError, match="went away"):
        run("export", "--model", "m", "-o", str(file))
    assert [one.name for one in place.iterdir()] == ["p.csv"]
    assert file.read_text() == "what was there"
