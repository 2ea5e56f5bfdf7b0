"""Cases from files and to files: each value typed by the signature, all of the rows or none."""

import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.cli import cli
from app.errors import AppError
from app.factory import Factory
from app.services.cells import typed
from app.services.csv_text import csv_line, read_csv
from app.services.expected import as_expected
from app.values.serving import UnknownCategories
from app.values.signature import FieldType, InputField, Outputs, Task
from tests.asgi import Api
from tests.casework import CASE, inputs, register, register_regressor

PATH = "/showroom/cases/import"
CSV = {"content-type": "text/csv"}


@pytest.fixture
def api(api: Api, anywhere: Factory, tmp_path: Path) -> Api:
    """Give the application with a model of `size`, `kind` (a or b) and `weight` (or none)."""
    register(anywhere, tmp_path)
    return api


def sent(api: Api, text: str | bytes, **params: Any) -> httpx.Response:
    """Import a CSV file."""
    content = text.encode() if isinstance(text, str) else text
    return api.post(PATH, content=content, headers=CSV, params={"model": "m", **params})


def stored(api: Api) -> list[dict[str, Any]]:
    """Return the cases that there are, as their users gave them."""
    items = api.get("/showroom/cases", params={"limit": 1000}).json()["items"]
    names = ("model", "title", "inputs", "expected", "tags")
    return [{name: one[name] for name in names} for one in items]


def test_a_spreadsheet_becomes_cases(api: Api) -> None:
    """Columns in any order, a BOM, cells over two lines, empty ones, 3.0 for 3; the rest is told."""
    table = (
        '\ufeffkind,note,size,weight,outcome,"the title",words\r\n'
        'a,x,3.0,,low,"two\r\nlines, and ""marks""",cold wet\r\n'
        "\r\n"
        'b,,30,"1.5",high,Größe 30,"cold;dry,"\r\n'
        "b,,31,2e0,,,\r\n"
    )
    columns = {"expected": "outcome", "title": "the title", "tags_column": "words"}
    answer = sent(api, table, tags=["all", "cold"], **columns)
    assert (answer.status_code, answer.json()) == (
        200,
        {"model": "m", "added": [1, 2, 3], "known": 0, "ignored_columns": ["note"]},
    )
    assert stored(api) == [
        {
            "model": "m",
            "title": 'two\r\nlines, and "marks"',
            "inputs": {"size": 3, "kind": "a"},
            "expected": "low",
            "tags": ["cold", "wet", "all"],
        },
        {
            "model": "m",
            "title": "Größe 30",
            "inputs": {"size": 30, "kind": "b", "weight": 1.5},
            "expected": "high",
            "tags": ["cold", "dry", "all"],
        },
        {
            "model": "m",
            "title": "",
            "inputs": {"size": 31, "kind": "b", "weight": 2.0},
            "expected": None,
            "tags": ["all", "cold"],
        },
    ]
    [event] = api.get("/showroom/cases/1/events").json()["items"]
    assert event["name"] == "imported"
    assert (event["detail"]["format"], event["detail"]["cases"]) == ("csv", 3)
    again = sent(api, table, **columns)
    assert again.status_code == 409
    assert again.json()["facts"]["repeated"][0] == {"row": 2, "same_as": "stored case 1"}
    more = table + "a,,5,,,new,\n"
    skipped = sent(api, more, skip_known=True, **columns).json()
    assert (skipped["added"], skipped["known"]) == ([4], 3)


def test_every_fault_is_named_by_row_and_column(api: Api) -> None:
    """Also several of a row, and what is wrong with a row as a whole; nothing is stored."""
    table = (
        b"size,kind,weight,outcome,words\n"
        b'"1,5",c,"2,5",middle,a b\n'
        b"1,a,1\n"
        b'1,"a\nb",,low,a!\n'
        b"9223372036854775808,\xe4,NaN,,\n"
        b",a,1_000,,\n"
        b"1,a,2.0,high,,,\n"
        b'2,a,1e999,high,"open\n3,a,,,\n'
    )
    refused = sent(api, table, expected="outcome", tags_column="words")
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:disparo:invalid-cases")
    told = refused.json()["facts"]["errors"]
    assert [(one["row"], one["field"]) for one in told] == [
        (2, "size"), (2, "weight"), (2, "kind"), (2, "expected"),
        (3, None),
        (4, "words"), (4, "kind"),
        (5, "kind"), (5, "weight"), (5, "size"),
        (6, "weight"), (6, "size"),
        (7, None),
        (8, None),
    ]  # fmt: skip
    reasons = [one["reason"] for one in told]
    assert reasons[0] == '"1,5" is no integer; write digits alone, with a point before decimals'
    assert reasons[4] == "it has 3 cells, and the header 5"
    assert "byte 0xe4 is no text in UTF-8" in reasons[7]
    assert "leave the cell empty" in reasons[8]
    assert reasons[9] == "the integer is beyond 64 bits"
    assert reasons[11] == "it is missing"
    assert reasons[13] == "a quotation mark is opened and not closed"
    assert "row 2, size: " in refused.json()["detail"]
    assert stored(api) == []


def test_faults_are_told_up_to_a_bound(api: Api) -> None:
    """A file that is wrong throughout is given up after so many, and says that there are more."""
    refused = sent(api, "size,kind\n" + "x,a\n" * 5000)
    assert len(refused.json()["facts"]["errors"]) == 20
    assert refused.json()["detail"].endswith("; and more")
    wide = sent(api, "size,kind\n" + "1," * 200_000).json()["facts"]["errors"]
    assert [one["reason"] for one in wide] == ["it has more than 100000 cells"]
    refused = sent(api, "size,kind\n" + "1,c\n" * 5000)
    assert len(refused.json()["facts"]["errors"]) == 20


HEADERS: list[tuple[bytes, dict[str, Any], str]] = [
    (b"", {}, "the file is empty"),
    (b"\r\n\r\n", {}, "the file is empty"),
    (b"size;kind;weight\n1;a;2\n", {}, "name ';' as the delimiter"),
    (b"size\tkind\n1\ta\n", {}, r"name '\t' as the delimiter"),
    (b"size,kind,size\n1,a,1\n", {}, "column 'size' is there twice"),
    (b"size,weight\n1,2\n", {}, "there is no column 'kind'"),
    (b"size,kind\n1,a\n", {"expected": "outcome"}, "there is no column 'outcome'"),
    (b"size,kind\n1,a\n", {"tags_column": "words"}, "there is no column 'words'"),
    (b"SIZE,Kind\n1,a\n", {}, "none of the columns 'SIZE', 'Kind' is an input"),
    ("size,kind\n1,a\n".encode("utf-16"), {}, "save it as UTF-8"),
    ("size,kind\n1,a\n".encode("utf-16-le"), {}, "save it as UTF-8"),
    ("size,kind,größe\n1,a,1\n".encode("latin-1"), {}, "byte 0xf6 is no text in UTF-8"),
    (b'size,kind,"open\n1,a,1\n', {}, "a quotation mark is opened and not closed"),
    (b'size,"kind"x\n1,a\n', {}, "text follows a closing quotation mark"),
]


def test_what_is_no_table_of_cases_is_refused_at_its_header(api: Api) -> None:
    """Each says what is wrong with the first row, and nothing is stored."""
    for content, params, words in HEADERS:
        refused = sent(api, content, **params)
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:disparo:data-refused")
        assert words in refused.json()["detail"]
    assert stored(api) == []
    assert sent(api, "size,kind\n").json()["added"] == []
    indexed = sent(api, ",size,kind,,\n0,1,a,,\n").json()  # as pandas and spreadsheets leave them
    assert (indexed["added"], indexed["ignored_columns"]) == ([1], [])
    assert sent(api, "size;kind\n2;b\n", delimiter=";").json()["added"] == [2]
    assert sent(api, "size\tkind\r3\tb\r", delimiter="tab").json()["added"] == [3]


def test_what_comes_otherwise_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other kinds, other encodings, no model, unknown parameters, and too much of anything."""
    table = b"size,kind\n1,a\n2,a\n3,a\n"

    def status(headers: dict[str, str], content: Any = table, **params: Any) -> int:
        return api.post(PATH, content=content, headers=headers, params=params).status_code

    assert status(CSV) == 422
    assert status(CSV, model="none") == 404
    assert status(CSV, model="a b") == 422
    assert status(CSV, model="m", delimiter=":") == 422
    assert status(CSV, model="m", tags="a b") == 422
    assert status({"content-type": "text/csv; charset=iso-8859-1"}, model="m") == 415
    assert status({"content-type": "application/vnd.ms-excel"}, model="m") == 415
    assert status({"content-type": "multipart/form-data; boundary=x"}, model="m") == 415
    json_kind = {"content-type": "application/json"}
    assert status(json_kind, b"{broken") == status(json_kind, b"\xff") == 422
    assert status(json_kind, b"[" * 100_000) == 422
    assert status(json_kind, b"{}", model="m") == 422
    monkeypatch.setattr(api.application.factory.cases, "_most", 2)
    assert status(CSV, model="m") == 413
    usual = api.application.factory.settings
    few = usual.showroom.model_copy(update={"import_bytes": 20})
    small = usual.model_copy(update={"showroom": few})
    monkeypatch.setattr(api.application.factory, "settings", small)
    assert status(CSV, model="m") == 413

    async def pieces() -> Any:
        for _ in range(1000):
            yield b"size,kind\n"

    assert status(CSV, pieces(), model="m") == 413
    assert stored(api) == []


def tricky(api: Api) -> list[dict[str, Any]]:
    """Store cases that files easily mistake, and return them."""
    assert api.patch("/models/m/serving", {"unknown_categories": "pass"}).status_code == 200
    kinds = ["", " a ", 'x,"y"\r\nz', "=1+1", "NaN", "007", "null", "Größe \u2028", "\ufeffa", "\r"]
    cases = [
        {**CASE, "inputs": inputs(at, kind=kind), "title": kind, "tags": ["ü/1", "b"][: at % 3]}
        for at, kind in enumerate(kinds)
    ]
    weights = [1, 1.0, 0.1 + 0.2, -0.0, 1e300, 5e-324, 10**30, None]
    cases += [
        {**CASE, "inputs": inputs(-(10**18), weight=one), "expected": "high", "title": f"{one!r}"}
        for one in weights
    ]
    assert api.post("/showroom/cases", cases).status_code == 201
    return stored(api)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_is_exported_is_imported_to_equal_cases(api: Api, form: str) -> None:
    """Empty texts, marks, line ends, the last digit of a number, and which number it is."""
    before = tricky(api)
    exported = api.get("/showroom/cases/export", params={"model": "m", "format": form})
    kind = exported.headers["content-type"]
    assert exported.headers["content-disposition"] == f'attachment; filename="m-cases.{form}"'
    assert api.post(PATH, content=exported.content, headers={"content-type": kind},
                    params={"model": "m"}).status_code == 409  # fmt: skip
    for number in range(1, len(before) + 1):
        api.delete(f"/showroom/cases/{number}")
    taken = api.post(
        PATH, content=exported.content, headers={"content-type": kind}, params={"model": "m"}
    )
    assert (taken.status_code, taken.json()["ignored_columns"]) == (200, [])
    assert list(map(json.dumps, stored(api))) == list(map(json.dumps, before))
    assert api.get("/showroom/cases/export", params={"model": "none"}).status_code == 404


def test_lines_of_json_are_refused_line_by_line(api: Api) -> None:
    """What is no JSON, no object, of another model, or no case is named by its line."""
    lines = [
        b'\xef\xbb\xbf{"inputs": {"size": 1, "kind": "a"}, "tags": ["x"]}',
        b"",
        b'{"inputs": {"size": "1", "kind": "a"}}',
        b"{",
        b"[1]",
        b'{"model": "n", "inputs": {"size": 1, "kind": "a"}}',
        b'{"inputs": {"size": 1, "kind": "a"}, "expected": {"a": 1}, "titel": "x"}',
        b'{"inputs": {"size": NaN, "kind": "a"}}',
        b'{"inputs": {"size": 1, "kind": "\xe4"}}',
        b"[" * 100_000,
    ]
    kind = {"content-type": "application/x-ndjson"}

    def post(some: list[bytes]) -> httpx.Response:
        params = {"model": "m", "tags": ["all"]}
        return api.post(PATH, content=b"\n".join(some), headers=kind, params=params)

    told = post(lines).json()["facts"]["errors"]
    assert [(one["line"], one["field"]) for one in told] == [
        (3, "size"), (4, None), (5, None), (6, None), (7, None), (7, None),
        (8, "size"), (9, None), (10, None),
    ]  # fmt: skip
    assert told[4]["reason"] == "titel: there is no such key"
    assert stored(api) == []
    assert post(lines[:2]).json()["added"] == [1]
    assert stored(api)[0]["tags"] == ["x", "all"]


def test_a_query_gives_tags_by_a_column_too(api: Api, anywhere: Factory, tmp_path: Path) -> None:
    """The same columns mean the same, wherever rows come from."""
    from app.clock import utc_now

    (tmp_path / "empty.sqlite").touch()
    url = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    anywhere.sources.add("empty", url, "", actor="test", now=utc_now())
    query = "SELECT 1 AS size, 'a' AS kind, 'x y' AS words, 'high' AS \"case.expected\""
    asked = {"model": "m", "source": "empty", "query": query, "tags_column": "words"}
    assert api.post(PATH, {**asked, "tags": ["all"]}).json()["added"] == [1]
    assert (stored(api)[0]["tags"], stored(api)[0]["expected"]) == (["x", "y", "all"], "high")


def disparo(*arguments: Any, text: str | None = None) -> tuple[int, str]:
    """Run a command; return its exit code and what it said."""
    done = CliRunner().invoke(cli, list(map(str, arguments)), input=text)
    if isinstance(done.exception, AppError):
        return done.exception.exit_code, done.exception.detail
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout


def test_the_command_line_takes_files_and_gives_them(factory: Factory, tmp_path: Path) -> None:
    """By suffix, from standard input, with another delimiter; what cannot be read is named."""
    register(factory, tmp_path)
    table, other = tmp_path / "cases.csv", tmp_path / "others.tsv"
    table.write_text("size,kind,outcome\n1,a,low\n30,b,high\n")
    other.write_text("size\tkind\n5\ta\n")
    into = ("cases", "import", "--model", "m")
    code, said = disparo(*into, table, "--expected", "outcome", "--tag", "x")
    assert (code, said) == (0, "m: 2 cases added, 0 known already\n")
    assert disparo(*into, other)[0] == 0
    assert disparo(*into, "-", "--delimiter", ";", text="size;kind\n6;a\n")[0] == 0
    lines = tmp_path / "out.jsonl"
    assert disparo("cases", "export", "m", "--tag", "x", "-o", lines)[0] == 0
    assert [json.loads(one)["expected"] for one in lines.read_text().splitlines()] == [
        "low",
        "high",
    ]
    assert disparo(*into, lines, "--skip-known")[1] == "m: 0 cases added, 2 known already\n"
    exported = disparo("cases", "export", "m")[1]
    assert exported.startswith("size,kind,weight,case.title,case.expected,case.tags\n1,a,,,low,x\n")
    for arguments, expected, words in (
        ((tmp_path / "none.csv",), 2, "No such file"),
        ((tmp_path,), 2, "has no suffix"),
        ((table, "--source", "s", "--query", "q"), 2, "name either a FILE"),
        (("--source", "s"), 2, "name either a FILE"),
        ((), 2, "name either a FILE"),
        ((other, "--format", "jsonl"), 4, "line 1: that is no JSON"),
        ((other, "--delimiter", ","), 4, "as the delimiter"),
    ):
        code, said = disparo(*into, *arguments)
        assert (code, words in said) == (expected, True), said
    assert disparo("cases", "export", "m", "-o", tmp_path / "no" / "x.csv")[0] == 2
    assert disparo("cases", "export", "m", "-o", tmp_path / "x.xlsx")[0] == 2


def test_the_command_line_edits_single_cases(factory: Factory, tmp_path: Path) -> None:
    """Add, show, set, remove: values are typed by the signature; refusals name the input."""
    register(factory, tmp_path)
    add = ("cases", "add", "m", "size=30", "kind=a", "weight=")
    assert disparo(*add, "--expected", "high", "--tag", "x", "--title", "t") == (
        0,
        "added case 1\n",
    )
    shown = json.loads(disparo("cases", "show", 1)[1])
    assert (shown["inputs"], shown["expected"]) == ({"size": 30, "kind": "a"}, "high")
    assert disparo("cases", "set", 1, "inputs.weight=2.5", "title=null")[0] == 0
    assert json.loads(disparo("cases", "show", 1)[1])["inputs"]["weight"] == 2.5
    for arguments, expected, words in (
        (("cases", "add", "m", "size=1,5", "kind=c"), 4, 'size: "1,5" is no integer'),
        (("cases", "add", "m", "size=1", "kind=a", "x=1"), 4, "x: the model has no such input"),
        (("cases", "add", "m", "size"), 2, "'size' is not of the form NAME=VALUE"),
        (("cases", "add", "none", "size=1"), 2, "no model 'none'"),
        (("cases", "set", 9, "title=x"), 2, "no case 9"),
    ):
        code, said = disparo(*arguments)
        assert (code, words in said) == (expected, True), said
    assert disparo("cases", "remove", 1) == (0, "removed case 1\n")
    assert disparo("cases", "show", 1)[0] == 2


def field(kind: FieldType, *categories: str) -> InputField:
    """Return an input that may be missing."""
    return InputField(name="x", type=kind, categories=categories or None)


GOOD: list[tuple[FieldType, str | None, Any]] = [
    (FieldType.INTEGER, " 42 ", 42),
    (FieldType.INTEGER, "+7", 7),
    (FieldType.INTEGER, "-9223372036854775808", -(2**63)),
    (FieldType.INTEGER, "9007199254740993.0", 2**53 + 1),
    (FieldType.INTEGER, "1e3", 1000),
    (FieldType.INTEGER, "", None),
    (FieldType.NUMBER, "5", 5),
    (FieldType.NUMBER, "-.5e-3", -0.0005),
    (FieldType.NUMBER, "5.", 5.0),
    (FieldType.NUMBER, None, None),
    (FieldType.BOOLEAN, "TRUE", True),
    (FieldType.BOOLEAN, "0", False),
    (FieldType.BOOLEAN, "  ", None),
    (FieldType.TIMESTAMP, "2013-11-28", "2013-11-28T00:00:00"),
    (FieldType.TIMESTAMP, "2013-11-28 07:30", "2013-11-28T07:30:00"),
    (FieldType.TIMESTAMP, "2013-11-28T07:30:00Z", "2013-11-28T07:30:00Z"),
    (FieldType.TEXT, " a ", " a "),
    (FieldType.TEXT, "", ""),
    (FieldType.TEXT, None, None),
]
BAD: list[tuple[FieldType, str, str]] = [
    *(
        (FieldType.INTEGER, text, "is no integer")
        for text in ("1.5", "0x10", "1_000", "١٢", "\u22125")
    ),
    (FieldType.INTEGER, "1e9999", "beyond 64 bits"),
    (FieldType.INTEGER, "9" * 5000, "beyond 64 bits"),
    (FieldType.INTEGER, "1e-9999", "is no integer"),
    *((FieldType.NUMBER, text, "a point before decimals") for text in ("1,5", "1.234,5", "1 234")),
    *((FieldType.NUMBER, text, "leave the cell empty") for text in ("NaN", "NULL", "n/a", "-")),
    *((FieldType.NUMBER, text, "is no number") for text in ("inf", "Infinity", "12%", "1e", ".")),
    (FieldType.NUMBER, "1e999", "is too large"),
    *((FieldType.BOOLEAN, text, "neither true nor false") for text in ("yes", "WAHR", "2", "1.0")),
    *((FieldType.TIMESTAMP, text, "is no time") for text in ("11/28/2013", "28.11.2013", "41606")),
]


def test_cells_are_typed_by_the_signature() -> None:
    """A value has the type of its input, and is missing where the cell is empty."""
    for kind, text, value in GOOD:
        found = typed(text, field(kind), UnknownCategories.REFUSE)
        assert (found, type(found)) == (value, type(value))
    closed = field(FieldType.TEXT, "a")
    assert typed("", closed, UnknownCategories.REFUSE) is None
    assert typed("", closed, UnknownCategories.PASS) == ""
    assert typed("", field(FieldType.TEXT, "a", ""), UnknownCategories.REFUSE) == ""


def test_what_locales_and_programs_write_otherwise_is_no_value() -> None:
    """Nothing is guessed: decimal commas, other digits, words for nothing, dates of a country."""
    for kind, text, words in BAD:
        with pytest.raises(ValueError, match=words):
            typed(text, field(kind), UnknownCategories.REFUSE)


def test_expected_answers_are_read_from_text_as_cells_are() -> None:
    """Classes and values alike; what Python alone takes for a number is none."""
    numbers = Outputs(task=Task.CLASSIFICATION, classes=(1, 2, 10), label_type=FieldType.INTEGER)
    flags = Outputs(task=Task.CLASSIFICATION, classes=(False, True), label_type=FieldType.BOOLEAN)
    assert as_expected("1.0", numbers, is_text=True) == 1
    assert as_expected("True", flags, is_text=True) is True
    assert as_expected(" 2.5 ", Outputs(task=Task.REGRESSION), is_text=True) == 2.5
    for text, outputs in (("1_0", numbers), ("yes", flags), ("1_0", Outputs(task=Task.REGRESSION))):
        with pytest.raises(ValueError, match=text):
            as_expected(text, outputs, is_text=True)


CELLS = st.lists(st.one_of(st.none(), st.text(st.characters(codec="utf-8"))), min_size=2)


@settings(max_examples=50)
@given(st.lists(CELLS, max_size=5), st.sampled_from(",;|\t"))
def test_rows_are_read_as_they_were_written(rows: list[list[str | None]], delimiter: str) -> None:
    """Whatever is in the cells; only what begins like a file's mark (BOM) needs another first."""
    head = csv_line(["first", "row"], delimiter)
    content = (head + "".join(csv_line(row, delimiter) for row in rows)).encode()
    found = list(read_csv(io.BytesIO(content), delimiter))
    assert [one.cells for one in found[1:]] == rows
    assert [one.number for one in found] == list(range(1, len(rows) + 2))


def test_a_regressors_cases_come_back_to_the_last_digit(factory: Factory, tmp_path: Path) -> None:
    """Expected values too."""
    register_regressor(factory, tmp_path)
    table = tmp_path / "r.csv"
    table.write_text("size,kind,outcome\n1,a,0.30000000000000004\n2,b,1e-7\n")
    assert disparo("cases", "import", table, "--model", "r", "--expected", "outcome")[0] == 0
    exported = disparo("cases", "export", "r")[1]
    assert "1,a,,,0.30000000000000004,\n2,b,,,1e-07,\n" in exported
    bad = disparo("cases", "import", "-", "--model", "r", text="size,kind,case.expected\n1,a,big\n")
    assert (bad[0], "row 2, expected: 'big' is no number" in bad[1]) == (4, True)
