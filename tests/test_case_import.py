"""Cases from a query on a source: typed by the signature, all of the rows or none."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.clock import utc_now
from app.factory import Factory
from tests.asgi import Api
from tests.casework import inputs, register

QUERY = "SELECT size, kind, weight, outcome, name, note FROM seen WHERE size < :most ORDER BY size"


@pytest.fixture
def api(api: Api, anywhere: Factory, tmp_path: Path) -> Api:
    """Give a model, and a source with four rows."""
    register(anywhere, tmp_path)
    rows = [(1, "a", 0.5, "low"), (2, "b", None, "low"), (30, "a", 2, None), (50, "c", 1, "top")]
    with closing(sqlite3.connect(tmp_path / "seen.sqlite")) as connection:
        connection.execute("CREATE TABLE seen (size INT, kind TEXT, weight REAL, outcome TEXT)")
        connection.executemany("INSERT INTO seen VALUES (?, ?, ?, ?)", rows)
        connection.execute("ALTER TABLE seen ADD name TEXT")
        connection.execute("ALTER TABLE seen ADD note TEXT")
        connection.execute("UPDATE seen SET name = 'size ' || size")
        connection.commit()
    url = f"sqlite:///{tmp_path / 'seen.sqlite'}"
    anywhere.sources.add("seen", url, "", actor="test", now=utc_now())
    return api


def asked(most: int, **changes: Any) -> dict[str, Any]:
    """Return an import of the rows below a size."""
    spec = {"model": "m", "source": "seen", "query": QUERY, "parameters": {"most": most}}
    return spec | {"expected": "outcome", "title": "name", "tags": ["seen"]} | changes


def test_rows_become_cases_once(api: Api) -> None:
    """Inputs, answer and title by columns; a repeated import is refused, or leaves them out."""
    answer = api.post("/showroom/cases/import", asked(40))
    assert (answer.status_code, answer.json()) == (
        200,
        {"model": "m", "added": [1, 2, 3], "known": 0, "ignored_columns": ["note"]},
    )
    items = api.get("/showroom/cases").json()["items"]
    assert [(one["title"], one["expected"]) for one in items] == [
        ("size 1", "low"),
        ("size 2", "low"),
        ("size 30", None),
    ]
    assert items[0]["inputs"] == inputs(1, weight=0.5)
    assert (items[1]["inputs"], items[1]["tags"]) == ({"size": 2, "kind": "b"}, ["seen"])
    [event] = api.get("/showroom/cases/1/events").json()["items"]
    assert (event["name"], event["detail"]["source"]) == ("imported", "seen")
    again = api.post("/showroom/cases/import", asked(40))
    assert again.status_code == 409
    assert again.json()["facts"]["repeated"][0] == {"row": 1, "same_as": "stored case 1"}
    skipped = api.post("/showroom/cases/import", asked(40, skip_known=True)).json()
    assert (skipped["added"], skipped["known"]) == ([], 3)


def test_one_bad_row_keeps_all_of_them_out(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each fault is named by its row; so are missing columns, sources and too many rows."""
    refused = api.post("/showroom/cases/import", asked(100))
    assert refused.status_code == 422
    faults = refused.json()["facts"]["errors"]
    assert [(one["row"], one["field"]) for one in faults] == [(4, "kind"), (4, "expected")]
    for change, status in (
        ({"source": "none"}, 404),
        ({"model": "none"}, 404),
        ({"query": "SELECT 1 AS size", "parameters": {}}, 422),
        ({"query": "SELECT nothing", "parameters": {}}, 502),
        ({"parameters": {}}, 422),
        ({"expected": "result"}, 422),
        ({"qery": "x"}, 422),
    ):
        assert api.post("/showroom/cases/import", asked(40, **change)).status_code == status
    monkeypatch.setattr(api.application.factory.case_import, "_most", 2)
    monkeypatch.setattr(api.application.factory.cases, "_most", 2)
    assert api.post("/showroom/cases/import", asked(40)).status_code == 413
    assert api.get("/showroom/cases").json()["items"] == []
    assert api.post("/showroom/cases/import", asked(40, limit=2)).json()["added"] == [1, 2]


def test_the_command_line_imports_and_repeats(api: Api) -> None:
    """The same command twice, with what is known left out, adds nothing the second time."""
    assert api
    rows = ["--model", "m", "--source", "seen", "--query", QUERY, "--param", "most=40"]
    command = ["cases", "import", *rows]
    columns = ["--expected", "outcome", "--title", "name", "--skip-known"]
    for added, known in ((3, 0), (0, 3)):
        done = CliRunner().invoke(cli, [*command, *columns], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        assert f"m: {added} cases added, {known} known already" in done.output
