"""`/showroom/predictions/export`: each case a row, in each format, on each database."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.clock import utc_now
from app.db.models import ModelStore
from app.db.predictions import PredictionStore
from app.factory import Factory
from app.services import export_parquet
from app.services.export import CASES
from app.values.export import ExportFormat
from app.values.model import Artifact, Estimator, RuntimeName
from app.values.outcome import TellOutcomes
from app.values.prediction import PredictionFilter
from app.values.signature import FieldType, InputField, Outputs, Signature, Task
from tests import casework
from tests.asgi import Api
from tests.casework import inputs
from tests.on_record import NOON, label, record

PLACE = "/showroom/predictions/export"
PROBLEM = "application/problem+json"
SECOND = timedelta(seconds=1)
HIGH, LOW = label("high", high=0.75, low=0.25), label("low", high=0.1, low=0.9)
COLUMNS = [
    "id", "number", "model", "version", "kind", "caller", "received_at", "input.size", "input.kind",
    "input.weight", "label", "probability_high", "probability_low", "outcome",
]  # fmt: skip


@pytest.fixture
def api(api: Api, anywhere: Factory, tmp_path: Path) -> Api:
    """Give the application with a model `m` that answers `high` or `low`, and a regressor `r`."""
    casework.register(anywhere, tmp_path)
    casework.register_regressor(anywhere, tmp_path)
    return api


def exported(api: Api, form: str, **params: Any) -> bytes:
    """Return an exported file."""
    answer = api.get(PLACE, params={"format": form, **params})
    assert answer.status_code == 200, answer.text
    assert f'filename="predictions.{form}"' in answer.headers["content-disposition"]
    return answer.content


def as_rows(api: Api, **params: Any) -> list[dict[str, Any]]:
    """Return the lines of JSON."""
    return [json.loads(line) for line in exported(api, "jsonl", **params).splitlines()]


def as_table(api: Api, **params: Any) -> pa.Table:
    """Return the Parquet file."""
    return pq.read_table(io.BytesIO(exported(api, "parquet", **params)))


def two_requests(factory: Factory) -> tuple[str, str]:
    """Put two requests on record, the older one with two cases of which one has an outcome."""
    cases = [inputs(30, weight=None), inputs(3, kind='a "b", \r\n Grüße 😀')]
    older = record(factory, HIGH, LOW, inputs=cases)
    factory.outcomes.tell(older, TellOutcomes(case=1, outcome="high"), actor="t", now=utc_now())
    newer = record(factory, LOW, at=NOON + SECOND, inputs=[inputs(2)], caller="robot")
    return older, newer


def test_each_case_is_a_row_in_each_format(api: Api, anywhere: Factory) -> None:
    """The same cells in all of them, the newest request first; CSV has empty cells for null."""
    older, newer = two_requests(anywhere)
    head = {
        "model": "m",
        "version": 1,
        "kind": "live",
        "received_at": "2026-03-02T12:00:00Z",
        "caller": "api",
    }
    high = {"label": "high", "probability_high": 0.75, "probability_low": 0.25}
    low = {"label": "low", "probability_high": 0.1, "probability_low": 0.9}
    rows = as_rows(api, model="m")
    assert rows == [
        head | low | {"id": newer, "number": 0, "caller": "robot", "outcome": None,
         "received_at": "2026-03-02T12:00:01Z",
         "input.size": 2, "input.kind": "a", "input.weight": 1.5},
        head | high | {"id": older, "number": 0, "outcome": None,
         "input.size": 30, "input.kind": "a", "input.weight": None},
        head | low | {"id": older, "number": 1, "outcome": "high",
         "input.size": 3, "input.kind": 'a "b", \r\n Grüße 😀', "input.weight": 1.5},
    ]  # fmt: skip
    assert list(rows[0]) == COLUMNS
    text = exported(api, "csv", model="m").decode()
    read = list(csv.DictReader(io.StringIO(text, newline="")))
    assert list(read[0]) == COLUMNS
    for row, cells in zip(rows, read, strict=True):
        told = {name: "" if value is None else str(value) for name, value in row.items()}
        assert cells == told | {"received_at": row["received_at"].replace("Z", "+00:00")}
    table = as_table(api, model="m")
    assert table.column_names == COLUMNS
    for row, cells in zip(rows, table.to_pylist(), strict=True):
        assert cells == row | {"received_at": datetime.fromisoformat(row["received_at"])}
    assert table.schema.field("received_at").type == pa.timestamp("us", "UTC")
    assert table.schema.field("input.size").type == pa.int64()


def test_a_value_is_a_column(api: Api, anywhere: Factory) -> None:
    """A regressor's prediction and its outcome are numbers, to the last digit."""
    made = record(anywhere, {"value": 0.1 + 0.2}, model="r", inputs=[inputs(1)])
    anywhere.outcomes.tell(made, TellOutcomes(outcome=3), actor="t", now=utc_now())
    [row] = as_table(api, model="r").to_pylist()
    assert (row["value"], row["outcome"]) == (0.30000000000000004, 3.0)
    text = exported(api, "csv", model="r").decode()
    [cells] = csv.DictReader(io.StringIO(text, newline=""))
    assert (float(cells["value"]), cells["outcome"]) == (0.30000000000000004, "3.0")


def test_the_lists_filters_choose_the_cases(api: Api, anywhere: Factory) -> None:
    """Of a request that fits, only the cases that do."""
    older, newer = two_requests(anywhere)
    other = record(anywhere, {"value": 1.0}, model="r", at=NOON + 2 * SECOND, inputs=[inputs(1)])

    def chosen(**params: Any) -> list[tuple[str, int]]:
        return [(row["id"], row["number"]) for row in as_rows(api, **params)]

    assert chosen() == [(other, 0), (newer, 0), (older, 0), (older, 1)]
    assert chosen(label="low") == [(newer, 0), (older, 1)]
    assert chosen(text="Grüße", model="m") == [(older, 1)]
    assert chosen(outcome=True) == [(older, 1)]
    assert chosen(outcome=False, model="m") == [(newer, 0), (older, 0)]
    assert chosen(caller="robot") == [(newer, 0)]
    assert chosen(until=(NOON + SECOND).isoformat()) == [(older, 0), (older, 1)]
    assert chosen(kind="shadow") == []
    assert as_table(api, model="m", label="low").num_rows == 2


def test_nothing_is_a_file_all_the_same(api: Api) -> None:
    """A header, a table of no rows, or not a line."""
    assert exported(api, "csv", model="m").decode() == ",".join(COLUMNS) + "\r\n"
    empty = as_table(api, model="m")
    assert (empty.num_rows, empty.column_names) == (0, COLUMNS)
    assert exported(api, "jsonl") == b""


def test_versions_that_differ_share_a_table(api: Api, anywhere: Factory) -> None:
    """Columns of both; a type that holds both; a cell that a version does not have is empty."""

    def register(kind: FieldType, outputs: Outputs, *more: InputField) -> int:
        signature = Signature(inputs=(InputField(name="x", type=kind), *more), outputs=outputs)
        with anywhere.engine.begin() as connection:
            artifact = Artifact(digest="0" * 64, filename="f", size=1)
            estimator = Estimator(runtime=RuntimeName.SKLEARN, class_name="C")
            store = ModelStore(connection)
            return store.add("v", artifact, estimator, signature, NOON).number

    def output(*classes: int | str, kind: FieldType) -> Outputs:
        return Outputs(
            task=Task.CLASSIFICATION, classes=classes, probabilities=True, label_type=kind
        )

    extra = InputField(name="at", type=FieldType.TIMESTAMP)
    register(FieldType.INTEGER, output(0, 1, kind=FieldType.INTEGER))
    register(FieldType.NUMBER, output("0", "2", kind=FieldType.TEXT), extra)
    ints = label(1, **{"0": 0.25, "1": 0.75})
    first = record(anywhere, ints, ints, model="v", inputs=[{"x": 1}, {"x": 2**53}])
    texts = label("2", **{"0": 0.25, "2": 0.75})
    second = record(
        anywhere, texts, model="v", version=2, at=NOON + SECOND, shadow_of=first,
        inputs=[{"x": 0.5, "at": "2013-11-28T07:30:00"}],
    )  # fmt: skip
    anywhere.outcomes.tell(first, TellOutcomes(case=0, outcome=0), actor="t", now=utc_now())
    wanted = ["input.x", "input.at", "label", "probability_0", "probability_1", "probability_2",
              "outcome"]  # fmt: skip
    table = as_table(api, model="v")
    assert sorted(wanted) == sorted(table.column_names[7:])
    assert [tuple(row[name] for name in wanted) for row in table.to_pylist()] == [
        (0.5, datetime(2013, 11, 28, 7, 30), "2", 0.25, None, 0.75, "0"),  # noqa: DTZ001 - naive as recorded
        (1.0, None, "1", 0.25, 0.75, None, "0"),
        (2.0**53, None, "1", 0.25, 0.75, None, None),
    ]
    shadow = as_table(api, model="v", version=2)
    assert [row["outcome"] for row in shadow.to_pylist()] == ["0"]
    assert "probability_1" not in shadow.column_names
    assert [row["label"] for row in as_rows(api, version=1)] == [1, 1]
    text = exported(api, "csv", model="v", version=2).decode()
    assert text.splitlines()[1] == (
        f"{second},0,v,2,shadow,api,2026-03-02T12:00:01+00:00,0.5,2013-11-28T07:30:00,2,0.25,0.75,0"
    )


def test_several_values_are_several_columns(api: Api, anywhere: Factory) -> None:
    """Named as a dispatch delivers them."""
    signature = Signature(inputs=(), outputs=Outputs(task=Task.REGRESSION, values=2))
    with anywhere.engine.begin() as connection:
        artifact = Artifact(digest="0" * 64, filename="f", size=1)
        estimator = Estimator(runtime=RuntimeName.SKLEARN, class_name="C")
        ModelStore(connection).add("w", artifact, estimator, signature, NOON)
    record(anywhere, {"values": [1.5, -2.0]}, model="w", inputs=[{}])
    [row] = as_table(api, model="w").to_pylist()
    assert (row["value_0"], row["value_1"]) == (1.5, -2.0)


def test_a_bounded_number_of_cases_is_held(anywhere: Factory) -> None:
    """However many a request has; all of them come, in their order and once."""
    sizes = [3, CASES, 2 * CASES + 1, 1, CASES - 1]
    made = [record(anywhere, *[LOW] * size, at=NOON + n * SECOND) for n, size in enumerate(sizes)]
    parts = list(anywhere.export.parts(PredictionFilter()))
    assert max(map(len, parts)) <= CASES
    expected = [
        (one, number)
        for one, size in zip(reversed(made), reversed(sizes), strict=True)
        for number in range(size)
    ]
    assert [(row["id"], row["number"]) for part in parts for row in part] == expected


def test_many_requests_come_page_by_page(anywhere: Factory) -> None:
    """Pages follow each other without a gap; between two pieces no connection is held."""
    made = [record(anywhere, at=NOON + n * SECOND) for n in range(250)]
    seen = []
    for part in anywhere.export.parts(PredictionFilter()):
        assert anywhere.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        seen += [row["id"] for row in part]
    assert seen == made[::-1]


@pytest.mark.parametrize("form", list(ExportFormat))
def test_a_file_is_sent_while_it_is_made(
    form: ExportFormat,
    factory: Factory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first piece comes before the last page is read; what fails later ends the stream."""
    casework.register(factory, tmp_path)
    monkeypatch.setattr(export_parquet, "_GROUP", 50)
    for n in range(250):
        record(factory, LOW, at=NOON + n * SECOND, inputs=[inputs(1)])
    read, page = [], PredictionStore.summaries

    def counted(self: PredictionStore, *args: Any, **kwargs: Any) -> Any:
        read.append(1)
        if len(read) == 3:
            message = "the database went away"
            raise ConnectionError(message)
        return page(self, *args, **kwargs)

    monkeypatch.setattr(PredictionStore, "summaries", counted)
    pieces: Iterator[bytes] = factory.export.stream(PredictionFilter(model="m"), form)
    assert next(pieces)
    assert len(read) < 3
    with pytest.raises(ConnectionError):
        list(pieces)


def test_groups_of_a_parquet_file_are_bounded(
    api: Api, anywhere: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each about as large as one that is held; together they are everything."""
    monkeypatch.setattr(export_parquet, "_GROUP", 600)
    record(anywhere, *[LOW] * 2000, inputs=[inputs(n) for n in range(2000)])
    file = pq.ParquetFile(io.BytesIO(exported(api, "parquet", model="m")))
    groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert groups == [1000, 1000]
    assert file.read().column("input.size").to_pylist() == list(range(2000))


def test_what_cannot_be_exported_is_refused(api: Api) -> None:
    """With a status of its own, before a byte is sent."""
    for form in ("csv", "parquet"):
        refused = api.get(PLACE, params={"format": form})
        assert (refused.status_code, refused.headers["content-type"]) == (422, PROBLEM)
        assert "name a model" in refused.json()["detail"]
        assert api.get(PLACE, params={"format": form, "model": "none"}).status_code == 404
        unknown = api.get(PLACE, params={"format": form, "model": "m", "version": 7})
        assert (unknown.status_code, unknown.headers["content-type"]) == (404, PROBLEM)
    for wrong in ({"format": "xlsx"}, {"version": 0}, {"since": "yesterday"}, {"text": ""}):
        refused = api.get(PLACE, params={"model": "m", **wrong})
        assert (refused.status_code, refused.headers["content-type"]) == (422, PROBLEM), wrong
        assert next(iter(wrong)) in refused.json()["detail"]
