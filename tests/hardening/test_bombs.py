"""Documents that grow when they are read: nested deep, of huge numbers, of repeated keys."""

import bz2
import gzip
import io
import json
import lzma
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import onnx
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import skops.io
from sklearn.linear_model import LinearRegression

from app.clock import utc_now
from app.errors import ConfigurationError, ModelError
from app.factory import Factory
from app.inference.runtimes.onnx_ import load_onnx
from app.inference.sample import read_sample
from app.main import create_app
from app.services.documents import parse_yaml
from app.values.model import Estimator, Registration, RuntimeName
from tests.asgi import Api, call

DEEP = 20_000
HUGE = b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999,)}\n"
BOMBS = {
    "lists": b"[" * DEEP,
    "objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "less deep": b'{"a":' * 900 + b"1" + b"}" * 900,
    "digits": b'{"a": ' + b"9" * 100_000 + b"}",
    "exponent": b'{"a": 1e999999999, "b": -1e999999999}',
    "repeated keys": b"{" + b'"a": 1,' * 10_000 + b'"a": 2}',
    "many keys": json.dumps({f"k{n}": n for n in range(5_000)}).encode(),
    "surrogates": b'{"a": "\\ud800", "\\udfff": 1}',
    "NaN": b'{"a": NaN, "b": Infinity}',
    "no UTF-8": b'{"a": "\xff\xfe"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "NUL": b'{"a": "\\u0000", "\\u0000": 1}',
}


SCHEDULE = {
    "name": "s",
    "cron": "0 0 * * *",
    "timezone": "UTC",
    "model": "m",
    "collect": {"source": "s", "query": "SELECT 1 AS id", "key": "id"},
    "deliver": {"source": "s", "table": "t", "mode": "append"},
}


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, list[tuple[str, str]]]]:
    """Give the application, and each method and path that takes JSON."""
    from app.db import schema
    from app.settings import load_settings

    state = tmp_path_factory.mktemp("bombs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPARO_VAR", str(state))
        made = create_app(load_settings())
    schema.upgrade(made.factory.engine)
    api = Api(made)
    _stock(api)
    yield api, list(_taking_json(api.get("/openapi.json").json()))
    made.factory.close()


def _stock(api: Api) -> None:
    """Add what patches can be applied to."""
    for path, body in (
        ("/sources", {"name": "s", "connection": "sqlite:///s"}),
        ("/schedules", SCHEDULE),
        ("/checks", {"name": "s", "target": {"kind": "host", "address": "h", "port": 1}}),
        ("/alerts/channels", {"name": "s", "target": {"kind": "webhook", "url": "https://h"}}),
    ):
        assert api.post(path, body).status_code == 201, path


def _taking_json(description: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if "default" in operation["responses"]:
                continue  # a foreign protocol's, whose errors have its own form
            kinds = operation.get("requestBody", {}).get("content", {})
            if any(kind.endswith("json") for kind in kinds):
                yield method.upper(), re.sub(r"\{\w+\}", "1", path)


@pytest.mark.parametrize("bomb", BOMBS)
def test_no_document_breaks_the_service(
    bodies: tuple[Api, list[tuple[str, str]]], bomb: str
) -> None:
    """Each place that takes JSON refuses it in words, and soon."""
    api, places = bodies
    assert len(places) > 15
    for method, path in places:
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        answer = call(
            api._transport, method, path, content=BOMBS[bomb], headers={"Content-Type": kind}
        )
        assert 400 <= answer.status_code < 500, (method, path, answer.text[:300])
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.content) < 20_000, (method, path)


NESTED = [100, 300, 450, 900]


@pytest.mark.parametrize("depth", NESTED)
def test_a_free_part_that_is_nested_deep_is_refused(
    bodies: tuple[Api, list[tuple[str, str]]], depth: int
) -> None:
    """Where an object of any keys may stand, as in patches, parameters and inputs."""
    api, _ = bodies
    inner = '{"a":' * depth + "1" + "}" * depth
    for method, path, body in (
        ("POST", "/showroom/cases", f'{{"model": "m", "inputs": {inner}}}'),
        ("POST", "/showroom/predictions", f'{{"model": "m", "cases": [{inner}]}}'),
        ("POST", "/schedules", f'{{"name": "s", "parameters": {inner}}}'),
        ("PATCH", "/schedules/s", inner),
        ("PATCH", "/checks/s", inner),
        ("PATCH", "/alerts/channels/s", inner),
        ("PATCH", "/models/m/serving", inner),
        ("POST", "/dispatches", f'{{"schedule": "s", "parameters": {inner}}}'),
    ):
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {"Content-Type": kind}
        answer = call(api._transport, method, path, content=body.encode(), headers=headers)
        assert 400 <= answer.status_code < 500, (method, path, depth, answer.text[:300])
        assert len(answer.content) < 20_000, (method, path, depth)


LAUGHS = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 10)}]\n" for old, new in pairwise("abcdefghij")
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LAUGHS, "aliases make more than"),
        ("a: &a {b: *a}", "leads to what it stands in"),
        ("[" * 5_000, "nested too deep"),
        ("{a: " * 5_000, "nested too deep"),
        ("- " * 5_000, "nested too deep"),
    ],
)
def test_no_declaration_grows_beyond_bounds(text: str, words: str) -> None:
    """Aliases of aliases, circles and depth are told in words."""
    with pytest.raises(ConfigurationError, match=words):
        parse_yaml(text, "the file")


def test_aliases_that_repeat_a_little_are_welcome() -> None:
    """That is what they are for; merge keys too."""
    text = "base: &b {x: 1}\none: {<<: *b, y: 2}\ntwo: *b\n"
    assert parse_yaml(text, "f") == {"base": {"x": 1}, "one": {"x": 1, "y": 2}, "two": {"x": 1}}
    assert parse_yaml("", "f") is None


def skops_file(path: Path, **parts: bytes) -> Path:
    """Write an archive as skops does, with other parts."""
    model = skops.io.dumps(LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0]))
    with ZipFile(io.BytesIO(model)) as old, ZipFile(path, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            given = next((parts[key] for key in parts if name.endswith(key)), None)
            new.writestr(name, old.read(name) if given is None else given)
        if "more" in parts:
            new.writestr("more", parts["more"])
    return path


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"more": b"\0" * 2**27}, "times as large once they are unpacked"),
        ({"json": b'{"content":' * 50_000 + b"1" + b"}" * 50_000}, "does not load"),
        ({"npy": b"\x93NUMPY\x01\x00\x46\x00" + HUGE.ljust(70)}, "does not load|more memory"),
    ],
)
def test_an_archive_of_a_model_does_not_grow(
    factory: Factory, tmp_path: Path, parts: dict[str, bytes], words: str
) -> None:
    """Neither by packing, nor by nesting, nor by what the head of an array says."""
    file = skops_file(tmp_path / "m.skops", **parts)
    asked = Registration(name="m", filename="m.skops")
    with file.open("rb") as content, pytest.raises(ModelError, match=words):
        factory.models.upload(content, asked, actor="t", now=utc_now())
    assert [
        one for one in (factory.state / "models").iterdir() if not one.name.startswith(".")
    ] == []


def test_a_model_s_file_leads_nowhere_else(factory: Factory, tmp_path: Path) -> None:
    """Names in an archive and in a graph are no paths: nothing is written or read outside."""
    file = skops_file(tmp_path / "m.skops")
    with ZipFile(file, "a") as archive:
        archive.writestr("../../escaped", "x")
        link = ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    asked = Registration(name="m", filename="../../../m.skops")
    with file.open("rb") as content:
        version = factory.models.upload(content, asked, actor="t", now=utc_now())
    assert version.artifact.filename == "m.skops"
    kept = [one.name for one in (factory.state / "models").iterdir()]
    assert kept == [version.artifact.digest]
    assert not list(tmp_path.parent.rglob("escaped"))


@pytest.mark.parametrize("location", ["secret.bin", "../secret.bin", "/etc/hostname"])
def test_a_graph_reads_no_other_file(
    tmp_path: Path, location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ONNX lets weights lie in files beside the graph's: here they do not."""
    (tmp_path / "secret.bin").write_bytes(b"\0" * 16)
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in" if location.startswith("..") else tmp_path)
    weights = onnx.TensorProto(name="w", data_type=onnx.TensorProto.FLOAT, dims=[4])
    weights.data_location = onnx.TensorProto.EXTERNAL
    weights.external_data.add(key="location", value=location)
    value = onnx.helper.make_tensor_value_info
    x, y = (value(name, onnx.TensorProto.FLOAT, [None, 4]) for name in "xy")
    add = onnx.helper.make_node("Add", ["x", "w"], ["y"])
    graph = onnx.helper.make_graph([add], "g", [x], [y], [weights])
    opset = [onnx.helper.make_opsetid("", 17)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=9)
    file = tmp_path / "m.onnx"
    file.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="does not load"):
        load_onnx(Estimator(runtime=RuntimeName.ONNX, class_name=""), file)


def packed(path: Path, text: bytes) -> Path:
    """Write a file packed as its suffix says."""
    if path.suffix == ".zip":
        with ZipFile(path, "w", ZIP_DEFLATED) as archive:
            archive.writestr("x.csv", text)
        return path
    pack: Any = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}[path.suffix]
    path.write_bytes(pack(text))
    return path


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz", "zip"])
def test_a_packed_sample_does_not_grow(tmp_path: Path, suffix: str) -> None:
    """One cell that is large, and one that is not, by each way to pack."""
    large = packed(tmp_path / f"l.csv.{suffix}", b"a,b\n1," + b"x" * 5_000_000 + b"\n")
    with pytest.raises(ModelError, match=r"models\.sample_bytes"):
        read_sample(large, 10, 1_000_000)
    small = packed(tmp_path / f"s.csv.{suffix}", b"a,b\n1,x\n2,y\n")
    assert read_sample(small, 10, 1_000_000).to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}


def test_a_parquet_sample_does_not_grow(tmp_path: Path) -> None:
    """A text that stands once in the file, and comes ten thousand times."""
    file = tmp_path / "s.parquet"
    text = "x" * 10_000
    pq.write_table(pa.table({"t": pa.array([text] * 10_000), "n": range(10_000)}), file)
    assert file.stat().st_size < 200_000
    with pytest.raises(ModelError, match=r"models\.sample_bytes"):
        read_sample(file, 10_000, 5_000_000)
    few = read_sample(file, 10, 5_000_000)
    assert (len(few), few["t"][9], list(few["n"])) == (10, text, list(range(10)))


def test_a_parquet_sample_keeps_its_types(tmp_path: Path) -> None:
    """Texts that are read as a dictionary are texts again, with what is missing."""
    frame = pd.DataFrame(
        {"t": ["a", None, "b"], "c": pd.Categorical(["u", "v", "u"]), "n": [1, 2, 3]}
    )
    frame.to_parquet(tmp_path / "s.parquet")
    plain = pd.read_parquet(tmp_path / "s.parquet")
    pd.testing.assert_frame_equal(read_sample(tmp_path / "s.parquet"), plain)
