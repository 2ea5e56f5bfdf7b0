"""The signature: what the model tells of its inputs, and what a sample adds."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from app.errors import ConfigurationError, ModelError
from app.inference.predictions import Predictions
from app.inference.signature import derive_outputs, field_type, read_sample
from app.values.signature import FieldType, InputField
from tests.inference.conftest import Register
from tests.inference.own_models import Picks

Data = tuple[pd.DataFrame, "pd.Series[Any]"]


def fields_of(found: Any) -> dict[str, InputField]:
    """Return a signature's inputs by name."""
    return {field.name: field for field in found.signature.inputs}


def test_a_sample_tells_types_ranges_categories_and_gaps(
    register: Register, flights: pd.DataFrame, flight_model: Pipeline
) -> None:
    """Inputs come in the model's order; an input may be missing where the sample's is."""
    found = register(flight_model, flights)
    assert found.signature.input_names == ("hour", "distance", "wind", "carrier", "origin")
    fields = fields_of(found)
    assert fields["hour"] == InputField(
        name="hour", type=FieldType.INTEGER, nullable=False, minimum=5, maximum=22
    )
    assert (fields["wind"].type, fields["wind"].nullable) == (FieldType.NUMBER, True)
    assert fields["carrier"] == InputField(
        name="carrier", type=FieldType.TEXT, nullable=True, categories=("AA", "B6", "UA")
    )
    assert not fields["origin"].nullable


def test_without_a_sample_the_model_s_encoders_tell(
    register: Register, flight_model: Pipeline
) -> None:
    """Texts and their categories are known; the rest are numbers."""
    fields = fields_of(register(flight_model))
    assert fields["origin"].type is FieldType.TEXT
    assert fields["origin"].categories == ("EWR", "JFK", "LGA")
    assert fields["hour"].type is FieldType.NUMBER
    assert all(field.nullable for field in fields.values())


def test_without_a_sample_missing_values_are_tried(register: Register, iris: Data) -> None:
    """Trees answer when an input is missing, a linear model does not, so there none may be."""
    rows, species = iris
    trees = register(HistGradientBoostingClassifier(max_iter=3).fit(rows, species))
    linear = register(LogisticRegression(max_iter=999).fit(rows, species))
    assert all(field.nullable for field in trees.signature.inputs)
    assert not any(field.nullable for field in linear.signature.inputs)


def test_what_an_encoder_saw_missing_may_be_missing(
    register: Register, flights: pd.DataFrame, flight_model: Pipeline
) -> None:
    """A sample without gaps does not forbid those that the model was fitted on."""
    fields = fields_of(register(flight_model, flights.dropna()))
    assert fields["carrier"].nullable
    assert not fields["wind"].nullable


@pytest.mark.parametrize(
    "columns", [["origin"], slice(0, 1), [0], [True, False], np.array([True, False])]
)
def test_categories_are_found_however_columns_are_chosen(
    register: Register, flights: pd.DataFrame, columns: Any
) -> None:
    """By names, a slice, positions or a mask."""
    encoder = make_pipeline(OneHotEncoder(sparse_output=False))
    chosen = ColumnTransformer([("c", encoder, columns)], remainder="passthrough")
    model = make_pipeline("passthrough", chosen, DecisionTreeClassifier(max_depth=2))
    model.fit(flights[["origin", "hour"]], flights["outcome"])
    assert fields_of(register(model))["origin"].categories == ("EWR", "JFK", "LGA")


def test_a_first_step_that_tells_no_inputs_gets_the_columns_by_name(
    register: Register, flights: pd.DataFrame
) -> None:
    """A step of one's own that was fitted on named columns sees them again."""
    model = make_pipeline(Picks("hour"), DecisionTreeClassifier(max_depth=3))
    model.fit(flights[["distance", "hour"]], flights["outcome"])
    found = register(model, flights[["distance", "hour"]])
    expected = model.predict_proba(flights[["distance", "hour"]])
    assert (found.predict(flights).probabilities == expected).all()
    with pytest.raises(ModelError, match="give a sample"):
        register(model)


def test_an_encoder_of_integers_tells_that_they_are(register: Register) -> None:
    """Categories of other types than text tell the type alone."""
    rows = pd.DataFrame({"line": [1, 2, 3, 4], "on": [True, False, True, False]})
    model = make_pipeline(OrdinalEncoder(), LinearRegression()).fit(rows, [1, 2, 3, 4])
    fields = fields_of(register(model, rows))
    assert (fields["line"].type, fields["line"].categories) == (FieldType.INTEGER, None)
    assert fields["on"].type is FieldType.BOOLEAN
    assert fields_of(register(model, rows.head(2)))["on"].type is FieldType.BOOLEAN


def test_categories_of_gradient_boosting_itself_are_known(
    register: Register, flights: pd.DataFrame
) -> None:
    """Trained on pandas' categories, it answers plain text alike."""
    rows = flights[["carrier", "hour"]].astype({"carrier": "category"})
    model = HistGradientBoostingRegressor(max_iter=5).fit(rows, flights["distance"])
    found = register(model, rows)
    assert fields_of(found)["carrier"].categories == ("AA", "B6", "UA")
    values = found.predict(flights[["carrier", "hour"]]).values
    assert (values == model.predict(rows)).all()


def test_inputs_without_names_take_the_sample_s(register: Register, iris: Data) -> None:
    """In the order of the sample; without one they are x0, x1 and so on."""
    rows, species = iris
    model = DecisionTreeClassifier().fit(rows.to_numpy(), species)
    assert register(model, rows).signature.input_names == tuple(rows.columns)
    assert register(model).signature.input_names == ("x0", "x1", "x2", "x3")
    numbered = rows.set_axis([f"x{n}" for n in range(4)], axis=1).assign(answer=1)
    assert register(model, numbered).signature.input_names == ("x0", "x1", "x2", "x3")


def test_a_sample_of_another_width_is_refused(register: Register, iris: Data) -> None:
    """Which columns are the inputs, nobody could know."""
    rows, species = iris
    model = DecisionTreeClassifier().fit(rows.to_numpy(), species)
    with pytest.raises(ModelError, match="4 inputs without names, the sample has 5"):
        register(model, rows.assign(answer=1))


def test_a_sample_that_lacks_inputs_is_refused(
    register: Register, flights: pd.DataFrame, flight_model: Pipeline
) -> None:
    """All that are missing are named, with near matches."""
    wrong = flights.drop(columns="wind").rename(columns={"distance": "distence"})
    with pytest.raises(ModelError, match="distance, wind; did you mean its 'distence'") as caught:
        register(flight_model, wrong)
    assert caught.value.facts["missing"] == ["distance", "wind"]


def test_further_columns_are_ignored_with_a_warning(
    register: Register, flights: pd.DataFrame, flight_model: Pipeline
) -> None:
    """They change nothing, and the estimator's record names them."""
    found = register(flight_model, flights)
    assert found.estimator.warnings == (
        "columns of the sample that are no inputs were ignored: outcome",
    )
    assert register(flight_model, flights.drop(columns="outcome")).signature == found.signature


def test_an_empty_sample_is_refused(
    register: Register, flights: pd.DataFrame, flight_model: Pipeline
) -> None:
    """Columns alone tell no types."""
    with pytest.raises(ModelError, match="holds no rows"):
        register(flight_model, flights.head(0))


def test_text_that_a_csv_file_made_numbers_is_refused(register: Register) -> None:
    """A model trained on codes like '007' would take 7 for an unknown code, silently."""
    rows = pd.DataFrame({"code": ["007", "010"] * 5})
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    model = make_pipeline(encoder, LinearRegression()).fit(rows, range(10))
    with pytest.raises(ModelError, match="'code' is integer, but the model was trained on text"):
        register(model, rows.astype({"code": int}))


def test_a_gap_far_down_the_sample_is_tried(register: Register, iris: Data) -> None:
    """A model that cannot take a missing value is not registered with a sample that has one."""
    rows, species = iris
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, species)
    sample = pd.concat([rows] * 10, ignore_index=True)
    sample.iloc[-1, 2] = np.nan
    with pytest.raises(ModelError, match="contains NaN"):
        register(model, sample)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pd.Series([1, 2], dtype="int8"), FieldType.INTEGER),
        (pd.Series([1, None], dtype="Int64"), FieldType.INTEGER),
        (pd.Series([1, None]), FieldType.NUMBER),
        (pd.Series([True, None], dtype=object), FieldType.BOOLEAN),
        (pd.Series(["a", None]), FieldType.TEXT),
        (pd.Series(["a", None], dtype="category"), FieldType.TEXT),
        (pd.Series([1, 2], dtype="category"), FieldType.INTEGER),
        (pd.Series([pd.Timestamp(2013, 1, 1), pd.NaT]), FieldType.TIMESTAMP),
        (pd.Series([None, None], dtype=object), None),
        (pd.Series([np.nan, np.nan]), None),
    ],
)
def test_a_column_s_type_is_that_of_its_values(
    column: "pd.Series[Any]", expected: FieldType | None
) -> None:
    """Whatever pandas' type; where all values are missing there is none."""
    assert field_type("c", column) is expected


@pytest.mark.parametrize("values", [[1, "a"], [1j, 2j], [[1], [2]]])
def test_a_column_of_strange_values_is_refused(values: list[Any]) -> None:
    """Mixed types, complex numbers and lists come from no database."""
    with pytest.raises(ModelError, match="column 'c' holds"):
        field_type("c", pd.Series(values))


def test_infinity_is_no_range(register: Register, iris: Data) -> None:
    """A range is finite, so that it can be written as JSON."""
    rows, species = iris
    model = HistGradientBoostingClassifier(max_iter=2).fit(rows, species)
    sample = rows.assign(**{rows.columns[0]: [np.inf, *rows.iloc[1:, 0]]})
    assert register(model, sample).signature.inputs[0].maximum == 7.9


@pytest.mark.parametrize(
    ("classes", "said"), [([1, "1"], "read alike"), ([b"a", b"b"], "of type bytes")]
)
def test_classes_that_make_no_columns_are_refused(classes: list[Any], said: str) -> None:
    """Two that read alike, and what is no text, number or boolean."""
    array = np.array(classes, dtype=object)
    with pytest.raises(ModelError, match=said):
        derive_outputs(Predictions(labels=array, classes=array))


def test_a_sample_is_read_from_csv_and_parquet(flights_csv: Path, tmp_path: Path) -> None:
    """Both give the same rows, and no more than asked for."""
    rows = pd.read_csv(flights_csv)
    rows.to_parquet(tmp_path / "rows.PARQUET", row_group_size=500)
    for path in (flights_csv, tmp_path / "rows.PARQUET"):
        pd.testing.assert_frame_equal(read_sample(path), rows)
        pd.testing.assert_frame_equal(read_sample(path, 700), rows.head(700))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rows.csv", b"", "cannot be read"),
        ("rows.csv", b"a,b\n", "holds no rows"),
        ("rows.csv", b"a\n1,2,3\n1\n1,2,3,4,5\n", "cannot be read"),
        ("rows.csv", b"a\n\xff\xfe\n", "cannot be read"),
        ("rows.parquet", b"a,b\n1,2\n", "cannot be read"),
        ("rows.xlsx", b"PK", r"must be a \.csv or a \.parquet"),
    ],
)
def test_a_sample_that_cannot_be_read_is_told(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    """Empty, without rows, ragged, in another encoding, or of another kind."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=said):
        read_sample(tmp_path / name)


def test_a_sample_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The error names the file; the command is to blame, not the model."""
    with pytest.raises(ConfigurationError, match=r"no file .*absent\.csv"):
        read_sample(tmp_path / "absent.csv")
