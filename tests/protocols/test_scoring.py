"""Scoring servers' routes: the forms of their bodies, whose model answers, and their errors."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.errors import ConfigurationError
from app.factory import Factory
from app.main import create_app
from app.values.account import Role
from app.values.token import TokenScope
from tests import casework, read_once
from tests.asgi import Api
from tests.guard.letting import closed, token
from tests.patience import await_that

ROWS = [[30, "a", 1.5], [3, "b", None]]
NAMES = ["size", "kind", "weight"]
RECORDS = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
PATHS = ("/invocations", "/score", "/endpoints/m/invocations")


@pytest.fixture
def only(factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Give the application with the model `m` alone, and paths of Azure by settings."""
    assert factory
    monkeypatch.setenv("DISPARO_PROTOCOLS__AZURE_LIVE", "/alive")
    application = create_app(read_once.settings())
    casework.register(application.factory, tmp_path)
    application.factory.showroom.start()
    await_that(application.factory.showroom.live.all)
    yield Api(application)
    application.factory.showroom.stop()
    application.factory.close()


@pytest.fixture
def empty(factory: Factory) -> Iterator[Api]:
    """Give the application without any model."""
    assert factory
    application = create_app(read_once.settings())
    yield Api(application)
    application.factory.close()


def _sent(api: Api, path: str, body: str | bytes, kind: str = "text/csv") -> Any:
    return api._call("POST", path, content=body, headers={"Content-Type": kind})


FORMS: list[Any] = [
    {"dataframe_split": {"columns": NAMES, "data": ROWS}},
    {"dataframe_split": {"columns": ["weight", "size", "kind"], "index": [0, 1], "data": [[1.5, 30, "a"], [None, 3, "b"]]}},
    {"dataframe_split": {"columns": [0, 1, 2], "data": ROWS}},
    {"dataframe_split": {"data": ROWS}},
    {"dataframe_records": RECORDS},
    {"instances": RECORDS},
    {"instances": ROWS, "params": {}},
    {"inputs": {"size": [30, 3], "kind": ["a", "b"], "weight": [1.5, None]}},
    {"inputs": {"size": [[30], [3]], "kind": [["a"], ["b"]], "weight": [[1.5], [None]]}},
    {"inputs": ROWS},
    {"input_data": {"columns": NAMES, "index": [0, 1], "data": ROWS}},
    {"input_data": RECORDS},
    RECORDS,
    ROWS,
]  # fmt: skip


def test_all_forms_of_json_are_the_same_cases(only: Api) -> None:
    """Names or order, rows or columns: the labels are the same."""
    for form in FORMS:
        answer = only.post("/invocations", form)
        assert (answer.status_code, answer.json()) == (200, {"predictions": ["high", "low"]}), form
        assert only.post("/score", form).json() == ["high", "low"]
    assert len(only.get("/showroom/predictions").json()["items"]) == 2 * len(FORMS)


def test_csv_has_a_header_or_the_order_of_the_inputs(only: Api) -> None:
    """An empty cell is a missing value; a NaN in JSON is one where the input may be missing."""
    for text in (
        "size,kind,weight\n30,a,1.5\n3,b,\n",
        "30,a,1.5\r\n3,b,\r\n",
        "kind,size\na,30\nb,3",
    ):
        assert _sent(only, "/invocations", text).json() == {"predictions": ["high", "low"]}, text
    frame = json.dumps({"dataframe_split": {"columns": NAMES, "data": [[30.0, "a", float("nan")]]}})
    answer = _sent(only, "/invocations", frame, "application/json; charset=utf-8")
    assert answer.json() == {"predictions": ["high"]}


BAD: list[tuple[Any, str, str]] = [
    ({"dataframe_split": {"columns": NAMES, "data": [[1, "a"]]}}, "", "case 0: it is no list of 3 values"),
    ({"dataframe_split": {"columns": ["size", "size"], "data": []}}, "", "`columns` name an input twice"),
    ({"dataframe_split": []}, "", "a data frame that is split has `columns`, `data` and `index`"),
    ({"dataframe_split": {"columns": 5, "data": []}}, "", "`columns` are the names of the inputs"),
    ({"instances": 5}, "", "`instances` must be a list of cases"),
    ({"instances": [], "inputs": []}, "", "the body must have exactly one of dataframe_split, "),
    ({"instances": []}, "", "`cases` is empty"),
    ({"instances": [[1]]}, "", "case 0: it has 1 values, and the model has 3 inputs (size, kind, weight)"),
    ({"inputs": {"size": [1, 2], "kind": ["a"]}}, "", "the columns of `inputs` are of different lengths"),
    ({"instances": [{"size": 1, "kind": "z"}]}, "", 'case 0, kind: "z" is none of its categories (a, b)'),
    ({"instances": [{"size": None, "kind": "a"}]}, "", "case 0, size: it must not be missing"),
    ({"instances": [{"size": 1e400, "kind": "a"}]}, "", "NaN and infinities are no values"),
    ({"instances": [{"size": 1, "kind": "a", "colour": 1}]}, "", "case 0, colour: the model has no such input"),
    ({"instances": [[1, "a", 1]], "params": {"a": 1}}, "", "models take no `params` here"),
    ({"instances": [[1, "a", 1]] * 10_001}, "", "more than showroom.request_cases allows"),
    (5, "", "the body must be an object"),
    ("size,kind\n", "text/csv", "no row follows the header"),
    ("size,size\n1,2\n", "text/csv", "row 1: the header names an input twice"),
    ('30,"a,1.5\n', "text/csv", "row 1: a quotation mark is opened and not closed"),
    ("30,a,1.5\n3,b\n", "text/csv", "case 1: row 2 has 2 cells, and there are 3 columns"),
    ("", "text/csv", "`cases` is empty"),
    ("1,a,1\n" * 10_002, "text/csv", "more than showroom.request_cases allows"),
    (b"30,\xff,1\n", "text/csv", "byte 0xff is no text in UTF-8"),
    ('{"size": 1', "application/jsonlines", "the body is no JSON"),
]  # fmt: skip


def test_what_does_not_fit_is_refused_in_each_form_of_error(only: Api) -> None:
    """The same words as MLflow, Azure and SageMaker would tell them; nothing is on record."""
    wrong = []
    for body, kind, words in BAD:
        text = body if kind else json.dumps(body)
        answers = [_sent(only, path, text, kind or "application/json") for path in PATHS]
        told = [one.json() for one in answers]
        found = (
            told[0].get("message"),
            told[1].get("error", {}).get("message"),
            told[2].get("Message"),
        )
        statuses = [one.status_code for one in answers]
        if statuses != [400, 400, 424] or len(set(found)) > 1 or words not in str(found[0]):
            wrong.append((words, statuses, found))
    assert wrong == []
    assert only.get("/showroom/predictions").json()["items"] == []


def test_kinds_of_bodies_and_answers_that_are_not_taken(only: Api) -> None:
    """415, and what there is."""
    for kind in ("image/png", "text/csv; charset=latin-1"):
        answer = _sent(only, "/invocations", "1,a,1", kind)
        assert (answer.status_code, answer.json()["error_code"]) == (415, "BAD_REQUEST")


def test_probes_tell_whether_the_model_is_there(only: Api) -> None:
    """The path by setting is where it is said to be."""
    paths = ("/ping", "/health", "/azure/ready", "/alive")
    assert [only.get(path).status_code for path in paths] == [200] * 4
    assert only.get("/azure/live").status_code == 404


def test_without_a_name_the_only_model_answers_or_the_chosen_one(door: Api) -> None:
    """Where there are two, the error says what to do."""
    for path in ("/invocations", "/score"):
        answer = door.post(path, {"instances": ROWS})
        assert answer.status_code == 404
        assert "there are 2 live models (m, n), and this path names none; choose one by the setting protocols.model" in answer.text  # fmt: skip
    assert door.post("/endpoints/m/invocations", ROWS).status_code == 200


def test_no_model_says_how_to_register_one(empty: Api) -> None:
    """In the first minutes nothing is ready."""
    assert [empty.get(path).status_code for path in ("/ping", "/health", "/azure/ready")] == [
        503
    ] * 3
    if not empty.application.factory.showroom.live.has_looked:
        empty.application.factory.showroom.live.follow()
    assert "disparo models register" in empty.post("/invocations", ROWS).json()["message"]


def test_a_path_that_is_taken_is_fatal(factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Azure's paths may not hide others."""
    assert factory
    monkeypatch.setenv("DISPARO_PROTOCOLS__AZURE_SCORE", "/schedules")
    with pytest.raises(ConfigurationError, match="the path /schedules is that of POST /schedules"):
        create_app(read_once.settings())


def test_the_token_of_sagemaker_is_the_session_token_of_aws(
    factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Authorization holds a signature then; a token for other models is refused."""
    assert factory
    with closed(monkeypatch) as api:
        made: Factory = api.application.factory
        casework.register(made, tmp_path)
        casework.register_regressor(made, tmp_path)
        made.showroom.start()
        secret = token(made, "robot", Role.OPERATOR)["Authorization"].split()[1]
        other = token(made, "other", Role.OPERATOR, scope=TokenScope.PREDICT, models=("r",))[
            "Authorization"
        ].split()[1]
        path, signed = (
            "/endpoints/m/invocations",
            {"Authorization": "AWS4-HMAC-SHA256 Credential=x"},
        )
        found = {
            name: api.post(path, ROWS, headers={**signed, **given})
            for name, given in (
                ("good", {"X-Amz-Security-Token": secret}),
                ("other", {"X-Amz-Security-Token": other}),
                ("wrong", {"X-Amz-Security-Token": "wrong"}),
                ("none", {}),
            )
        }
        codes = {name: one.headers.get("x-amzn-errortype") for name, one in found.items()}
        assert codes == {
            "good": None, "other": "AccessDeniedException",
            "wrong": "UnrecognizedClientException", "none": "UnrecognizedClientException",
        }  # fmt: skip
        record = api.get("/showroom/predictions", headers={"Authorization": f"Bearer {secret}"})
        assert [one["caller"] for one in record.json()["items"]] == ["token robot"]
        made.showroom.stop()
