"""The Open Inference Protocol: what is answered, what is refused, and in which words."""

import gzip
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from app.factory import Factory
from app.main import create_app
from app.routers.protocols import tensors
from tests import casework, read_once
from tests.asgi import Api

DOCUMENTS = Path(__file__).with_name("mlserver")
"""Requests as the codecs of MLServer 1.7.1 wrote them, byte for byte:

- `frame.json`: `PandasCodec.encode_request(frame, use_bytes=False)`
- `columns.json`: `NumpyCodec` and `StringCodec`, one input each
- `base64.json`: the same with `Base64Codec` for the texts
- `matrix.json`: `NumpyRequestCodec.encode_request` of an array of two rows and three columns
"""
M, N = "/v2/models/m/infer", "/v2/models/n/infer"
OWN = "/showroom/predictions"
SIZE: dict[str, Any] = {"name": "size", "shape": [2], "datatype": "INT64", "data": [30, 3]}
KIND: dict[str, Any] = {"name": "kind", "shape": [2], "datatype": "BYTES", "data": ["a", "b"]}
WEIGHT: dict[str, Any] = {"name": "weight", "shape": [2], "datatype": "FP64", "data": [1.5, None]}
GOOD = [SIZE, KIND, WEIGHT]


def _own(door: Api, cases: list[dict[str, Any]], model: str = "m") -> Any:
    return door.post(OWN, {"model": model, "cases": cases})


def _output(answer: Any, name: str) -> Any:
    [found] = [one["data"] for one in answer["outputs"] if one["name"] == name]
    return found


def test_the_answers_are_those_of_the_showroom(door: Api) -> None:
    """The same cases give the same bits, and each request has its record."""
    answer = door.post(M, {"inputs": GOOD})
    assert answer.status_code == 200, answer.text
    own = _own(door, [casework.inputs(30), casework.inputs(3, kind="b", weight=None)]).json()
    document = answer.json()
    assert _output(document, "label") == [one["label"] for one in own["predictions"]]
    chances = [one["probabilities"].values() for one in own["predictions"]]
    assert _output(document, "probabilities") == [value for row in chances for value in row]
    number = document["parameters"]["prediction_id"]
    assert answer.headers["disparo-prediction-id"] == number == document["id"]
    record = door.get(f"{OWN}/{number}").json()
    assert [one["inputs"] for one in record["cases"]] == [
        {"size": 30, "kind": "a", "weight": 1.5},
        {"size": 3, "kind": "b", "weight": None},
    ]


@pytest.mark.parametrize("name", ["frame", "columns", "base64"])
def test_columns_as_mlserver_writes_them(door: Api, name: str) -> None:
    """A data frame, one codec for each input, and texts in base64."""
    body = (DOCUMENTS / f"{name}.json").read_bytes()
    answer = _raw(door, M, body)
    assert answer.status_code == 200, answer.text
    assert _output(answer.json(), "label") == ["high", "low"]


def test_a_data_frame_is_answered_with_one(door: Api) -> None:
    """Each class is a column of its own, as MLServer's PandasCodec reads them."""
    answer = _raw(door, M, (DOCUMENTS / "frame.json").read_bytes()).json()
    assert answer["parameters"]["content_type"] == "pd"
    names = [(one["name"], one["shape"]) for one in answer["outputs"]]
    assert names == [("label", [2]), ("probability_high", [2]), ("probability_low", [2])]


def test_a_matrix_as_mlserver_writes_it(door: Api) -> None:
    """One tensor of two dimensions is enough for a model of plain numbers."""
    answer = _raw(door, N, (DOCUMENTS / "matrix.json").read_bytes()).json()
    assert _output(answer, "value") == pytest.approx([6, 15])


def _raw(door: Api, path: str, body: bytes, **headers: str) -> Any:
    return door._call("POST", path, content=body, headers=headers)


def _with(change: dict[str, Any], at: int = 0) -> dict[str, Any]:
    inputs = [dict(one) for one in GOOD]
    inputs[at] |= change
    return {"inputs": inputs}


REFUSED: list[tuple[str, Any, str]] = [
    ("datatype", _with({"datatype": "INT65"}), "there is no datatype 'INT65'; there are BOOL, "),
    ("no shape", _with({"shape": []}), "input 'size': [] is no shape"),
    ("negative", _with({"shape": [-1]}), "input 'size': [-1] is no shape"),
    ("too few", _with({"data": [1]}), "input 'size': its shape is of 2 values, and its data has 1"),
    ("cases differ", _with({"shape": [3]}, 1), "input 'kind' has 3 cases, and 'size' has 2"),
    ("no column", _with({"shape": [2, 2]}), "input 'size': shape [2, 2] is no column"),
    ("no data", _with({"data": None}), "input 'size' has no data"),
    ("range", _with({"datatype": "INT8", "data": [300, 1]}), "input 'size': '300' is no INT8"),
    ("text", _with({"data": ["x", "y"]}), "input 'size': 'x' is no INT64"),
    ("uneven", _with({"data": [[1], 2]}), "input 'size': its data is nested unevenly"),
    ("number for text", _with({"datatype": "INT64", "data": [1, 2]}, 1), "kind: 1 is no text"),
    ("text for number", _with({"datatype": "BYTES", "data": ["3", "4"]}), 'case 0, size: "3" is no integer; send it without quotes'),
    ("fraction", _with({"datatype": "FP64", "data": [1.5, 2]}), "case 0, size: 1.5 is no integer"),
    ("missing", _with({"data": [None, 1]}), "case 0, size: it must not be missing"),
    ("category", _with({"data": ["a", "z"]}, 1), 'case 1, kind: "z" is none of its categories (a, b)'),
    ("no input", _with({"name": "x"}), "case 0, x: the model has no such input; case 0, size: it is missing"),
    ("twice", {"inputs": [SIZE, SIZE, KIND]}, "there are two inputs 'size'"),
    ("nothing", {"inputs": []}, "there are no `inputs`"),
    ("no inputs", {"id": "1"}, "the request: Object missing required field `inputs`"),
    ("content type", _with({"parameters": {"content_type": "pd_json"}}), "there is no content type 'pd_json' here"),
    ("base64", _with({"parameters": {"content_type": "base64"}, "data": ["!", "Yg=="]}, 1), "input 'kind': '!' is no base64"),
    ("memory", _with({"parameters": {"shared_memory_region": "r"}}), "this service reads no shared memory"),
    ("output", {"inputs": GOOD, "outputs": [{"name": "score"}]}, "there is no output 'score'; there are label, "),
    ("classes", {"inputs": GOOD, "outputs": [{"name": "label", "parameters": {"classification": 2}}]}, "there are no classification strings"),
    ("timeout", {"inputs": GOOD, "parameters": {"timeout": "x"}}, "the parameter timeout is a number of microseconds"),
    ("matrix", {"inputs": [{"name": "x", "shape": [1, 3], "datatype": "FP64", "data": [1, 2, 3]}]}, "input 'x' is none of the model's (size, kind, weight); one tensor of all columns is for models of plain numbers, and 'kind' is text"),
    ("no cases", {"inputs": [{**one, "shape": [0], "data": []} for one in GOOD]}, "`cases` is empty"),
    ("too many", {"inputs": [{"name": "size", "shape": [10_001], "datatype": "UINT8", "data": [1] * 10_001}]}, "the request has 10001 cases, more than showroom.request_cases allows"),
]  # fmt: skip


def test_what_does_not_fit_is_refused_in_the_words_of_the_showroom(door: Api) -> None:
    """400, and one sentence under `error`; nothing of it is on record."""
    wrong = []
    for name, body, words in REFUSED:
        answer = door.post(M, body)
        if answer.status_code != 400 or set(answer.json()) != {"error"}:
            wrong.append(f"{name}: {answer.status_code} {answer.text}")
        elif words not in answer.json()["error"]:
            wrong.append(f"{name}: {answer.json()['error']}")
    assert wrong == []
    assert door.get(OWN).json()["items"] == []


def test_a_nan_is_missing_where_the_input_may_be(door: Api) -> None:
    """A tensor of floats has no null; where nothing may be missing, NaN is refused by its words."""
    body = json.dumps(_with({"data": [1.5, float("nan")]}, 2)).encode()
    assert _raw(door, M, body).status_code == 200
    matrix = {"name": "x", "shape": [1, 3], "datatype": "FP64", "data": [1.0, float("nan"), 2.0]}
    refused = _raw(door, N, json.dumps({"inputs": [matrix]}).encode())
    assert refused.status_code == 400
    assert refused.json()["error"] == (
        "case 0, b: NaN and infinities are no values; send null where it may be missing"
    )
    infinite = json.dumps(_with({"data": [1.5, float("inf")]}, 2)).encode()
    assert "NaN and infinities are no values" in _raw(door, M, infinite).json()["error"]


def _binary(sizes: bytes = struct.pack("<2q", 30, 3), **changes: int) -> tuple[bytes, str]:
    """Return a body with binary tensors, and the length of its JSON."""
    kinds = b"".join(struct.pack("<I", len(one)) + one for one in (b"a", b"b"))
    weights = struct.pack("<2d", 1.5, 2.0)
    inputs = [
        {**{key: value for key, value in one.items() if key != "data"},
         "parameters": {"binary_data_size": changes.get(one["name"], len(data))}}
        for one, data in zip(GOOD, (sizes, kinds, weights), strict=True)
    ]  # fmt: skip
    head = json.dumps({"inputs": inputs}).encode()
    return head + sizes + kinds + weights, str(len(head))


def _sent(door: Api, body: bytes, length: str) -> Any:
    return _raw(door, M, body, **{"Inference-Header-Content-Length": length})


def test_binary_tensors_are_read(door: Api) -> None:
    """The values follow the JSON, whose length the header says."""
    answer = _sent(door, *_binary())
    assert _output(answer.json(), "label") == ["high", "low"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (lambda: (_binary()[0][:-1], _binary()[1]), "the body breaks off: 16 bytes are to come, and 15 are there"),
        (lambda: (_binary()[0] + b"x", _binary()[1]), "1 bytes of the body belong to no input"),
        (lambda: _binary(size=8, weight=24), "2 values of INT64 are 16 bytes, and its data has 8"),
        (lambda: (_binary()[0], "999999"), "Inference-Header-Content-Length says 999999, and the body has"),
        (lambda: (_binary()[0], "-1"), "Inference-Header-Content-Length '-1' is no length"),
        (lambda: (_binary()[0], "9" * 5000), "is no length"),
        (lambda: (_binary()[0], "10"), "the request is no JSON"),
        (lambda: _binary(kind=9, weight=17), "input 'kind': its 9 bytes are not 2 texts"),
        (lambda: _binary(kind=-1), "input 'kind': binary_data_size is a number of bytes"),
    ],
)  # fmt: skip
def test_binary_that_does_not_fit_is_refused(door: Api, body: Any, words: str) -> None:
    """Sizes that disagree, what breaks off, and what is left over."""
    answer = _sent(door, *body())
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["error"]


def test_binary_texts_are_utf_8(door: Api) -> None:
    """Other bytes are refused, and the place is named."""
    body, length = _binary()
    answer = _sent(door, body.replace(b"\x01\x00\x00\x00a", b"\x01\x00\x00\x00\xff"), length)
    assert "input 'kind': 'utf-8' codec can't decode" in answer.json()["error"]


def test_what_is_no_json_and_what_is_too_large_is_refused(door: Api) -> None:
    """The status is that of the Showroom, the form the protocol's."""
    assert "is no JSON" in _raw(door, M, b"{").json()["error"]
    most = door.application.factory.settings.showroom.max_body
    answer = _raw(door, M, b" " * (most + 1))
    assert answer.status_code == 413
    assert "showroom.max_body" in answer.json()["error"]
    bomb = _raw(door, M, _bomb(most), **{"Content-Encoding": "gzip"})
    assert (bomb.status_code, "unpacked" in bomb.json()["error"]) == (413, True)
    broken = _raw(door, M, _bomb(most)[:-1000], **{"Content-Encoding": "deflate"})
    assert "the body is no deflate" in broken.json()["error"]
    other = _raw(door, M, b"{}", **{"Content-Encoding": "br"})
    assert other.status_code == 415


def _bomb(most: int) -> bytes:
    return gzip.compress(b" " * (most + 1000))


def test_paths_and_methods_that_are_not_there(door: Api) -> None:
    """Even these errors have the protocol's form; 405 says what there is."""
    for path in (
        "/v2/models/m/config",
        "/v2/nothing",
        "/v2/models/none",
        "/v2/models/m/versions/x",
    ):
        answer = door.get(path)
        assert (answer.status_code, set(answer.json())) == (404, {"error"}), path
    answer = door.get(M)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert door.post("/v2", {}).headers["allow"] == "GET"
    assert door._call("HEAD", "/v2/health/live").status_code == 200


def test_a_version_is_chosen_by_its_number(door: Api) -> None:
    """The path may name it; the answer does."""
    answer = door.post("/v2/models/m/versions/1/infer", {"inputs": GOOD})
    assert (answer.status_code, answer.json()["model_version"]) == (200, "1")
    assert door.post("/v2/models/m/versions/9/infer", {"inputs": GOOD}).status_code == 404
    assert door.get("/v2/models/m/versions/1").json()["versions"] == ["1"]


def test_all_datatypes_go_there_and_back() -> None:
    """What is packed is unpacked again, of each datatype."""
    for datatype in tensors.DATATYPES:
        values: list[Any] = ["ä", ""] if datatype == "BYTES" else [1, 0]
        if datatype == "BF16":
            assert tensors.from_bytes("x", datatype, b"\xc0\x3f", 1) == [1.5]
            continue
        packed = tensors.to_bytes(datatype, values)
        assert tensors.from_bytes("x", datatype, packed, 2) == values, datatype
        assert tensors.from_json("x", datatype, values, 2) == values


def test_a_protocol_that_is_switched_off_is_not_there(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its paths lead to nothing."""
    assert factory
    monkeypatch.setenv("DISPARO_PROTOCOLS__OPEN_INFERENCE", "false")
    application = create_app(read_once.settings())
    assert Api(application).get("/v2/health/live").status_code == 404
    application.factory.close()
