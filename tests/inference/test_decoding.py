"""Decoding: what fits becomes rows, and everything that does not is named."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidCasesError
from app.inference.decoding import Decoder
from app.values.serving import UnknownCategories
from app.values.signature import FieldType, InputField, Outputs, Signature, Task

SIGNATURE = Signature(
    inputs=(
        InputField(name="size in cm", type=FieldType.NUMBER, nullable=False),
        InputField(name="kind", type=FieldType.TEXT, categories=("a", "b")),
        InputField(name="count", type=FieldType.INTEGER, nullable=False),
        InputField(name="at", type=FieldType.TIMESTAMP),
        InputField(name="is_new", type=FieldType.BOOLEAN),
        InputField(name="class", type=FieldType.TEXT, nullable=False, categories=("x",)),
    ),
    outputs=Outputs(task=Task.REGRESSION),
)
FITS = {"size in cm": 1.5, "kind": "a", "count": 3, "class": "x"}
ROW = (1.5, "a", 3, None, None, "x")


def rows(text: str, unknown: UnknownCategories = UnknownCategories.REFUSE) -> list[tuple[Any, ...]]:
    """Decode the text of cases."""
    return Decoder(SIGNATURE, unknown).rows(text.encode("utf-8", "surrogatepass"))


def with_value(name: str, value: str) -> str:
    """Return the text of one case that fits but for one value, which is given as JSON."""
    return json.dumps([FITS | {name: "@"}]).replace('"@"', value)


def errors(error: InvalidCasesError) -> list[dict[str, Any]]:
    """Return the faults that an error names."""
    found: Any = error.facts["errors"]
    return list(found)


def test_cases_become_rows_in_the_signature_s_order() -> None:
    """Inputs may come in any order, and those that may be missing may be left out or null."""
    backwards = dict(reversed(FITS.items()))
    assert rows(json.dumps([FITS, backwards, FITS | {"kind": None}])) == [
        ROW,
        ROW,
        (1.5, None, *ROW[2:]),
    ]


def test_times_are_without_a_zone_as_sources_give_them() -> None:
    """A time with an offset becomes UTC; one without stays."""
    (row,) = rows(with_value("at", '"2013-11-28T07:30:00-05:00"'))
    assert row[3] == datetime(2013, 11, 28, 12, 30)  # noqa: DTZ001 - sources give them so
    (row,) = rows(with_value("at", '"2013-11-28T07:30:00"'))
    assert row[3] == datetime(2013, 11, 28, 7, 30)  # noqa: DTZ001 - sources give them so


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("size in cm", '"1.5"', "send it without quotes"),
        ("size in cm", "true", "is no number"),
        ("size in cm", "null", "must not be missing"),
        ("size in cm", "NaN", "NaN and infinities"),
        ("size in cm", "-Infinity", "NaN and infinities"),
        ("size in cm", "1e999", "infinities"),
        ("size in cm", "[1]", "is no number"),
        ("count", "1.5", "is no integer"),
        ("count", "true", "is no integer"),
        ("count", "9223372036854775808", "beyond 64 bits"),
        ("count", "-99999999999999999999", "beyond 64 bits"),
        ("kind", '"c"', "none of its categories (a, b)"),
        ("kind", "1", "is no text"),
        ("kind", '"\\ud800"', "half a character"),
        ("at", '"yesterday"', "write it as 2013-11-28T07:30:00"),
        ("at", "1385623800", "is no time"),
        ("at", '"0001-01-01T00:00:00+14:00"', "years go from 1 to 9999 in UTC"),
        ("at", '"9999-12-31T23:00:00-05:00"', "years go from 1 to 9999 in UTC"),
        ("is_new", '"true"', "neither true nor false"),
        ("is_new", "1", "neither true nor false"),
        ("class", "null", "must not be missing"),
        ("other", "1", "no such input"),
    ],
)
def test_what_does_not_fit_is_named(name: str, value: str, words: str) -> None:
    """The error tells the case, the input and the reason, to people and to programs."""
    text = f"[{json.dumps(FITS)},{with_value(name, value)[1:]}"
    with pytest.raises(InvalidCasesError) as caught:
        rows(text)
    (fault,) = errors(caught.value)
    assert (fault["case"], fault["field"]) == (1, name)
    assert words in fault["reason"]
    assert f"case 1, {name}: " in caught.value.detail


def test_all_faults_are_told_up_to_a_bound() -> None:
    """Two faults in two cases are both named; of a thousand, the first twenty."""
    with pytest.raises(InvalidCasesError) as caught:
        rows(json.dumps([FITS | {"count": "3"}, {"count": 3, "class": "x"}]))
    found = [(one["case"], one["field"]) for one in errors(caught.value)]
    assert found == [(0, "count"), (1, "size in cm")]
    with pytest.raises(InvalidCasesError) as caught:
        rows(json.dumps([{}] * 1000))
    assert len(errors(caught.value)) == 20
    assert caught.value.detail.endswith("and more")


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", "[[]]", '["a"]', "null", "[" * 5000, "[{]", "\ud800"]
)
def test_what_is_no_list_of_objects_is_refused(text: str) -> None:
    """Whatever is sent, the answer is an error that a client is told."""
    with pytest.raises(InvalidCasesError):
        rows(text)


def test_an_unknown_category_is_treated_as_the_model_says() -> None:
    """It is refused, counts as missing where the input may be, or reaches the model."""
    text = with_value("kind", '"c"')
    assert rows(text, UnknownCategories.MISSING)[0][1] is None
    assert rows(text, UnknownCategories.PASS)[0][1] == "c"
    never_missing = with_value("class", '"y"')
    with pytest.raises(InvalidCasesError, match="none of its categories"):
        rows(never_missing, UnknownCategories.MISSING)
    assert rows(never_missing, UnknownCategories.PASS)[0][5] == "y"


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["a", "x", "2013-11-28T07:30:00Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from([field.name for field in SIGNATURE.inputs] + ["other"])


@given(st.lists(st.dictionaries(names, values, max_size=7) | values, max_size=3))
def test_the_two_looks_agree(cases: list[Any]) -> None:
    """What decodes has no fault to name, and what does not decode has at least one."""
    decoder = Decoder(SIGNATURE)
    text = json.dumps(cases)
    faults = decoder.faults(json.loads(text))
    if faults:
        with pytest.raises(InvalidCasesError):
            decoder.rows(text.encode())
    else:
        assert len(decoder.rows(text.encode())) == len(cases)
