"""The model `flight-delay`: how likely is a flight to arrive more than 15 minutes late.

It sees only what is known days before departure: the timetable. Not the delay at departure, the
time in the air, or the weather of the day; and not the month: trained on ten months of one year,
a model cannot know what November is like, and takes October's habits for it (measured: the ROC AUC
falls from 0.627 to 0.611, and the Brier score becomes worse than that of the base rate).
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from examples.flights.places import fingerprint

CATEGORIES = ("carrier", "origin", "dest")
NUMBERS = ("day_of_week", "departure_minute", "arrival_minute", "distance")
INPUTS = (*CATEGORIES, *NUMBERS)
LATE, ON_TIME = "late", "on_time"
LATE_MINUTES = 15
TRAINING_MONTHS = range(1, 11)
JUDGED_MONTHS = range(11, 13)
SAMPLE_ROWS = 5_000


def read_months(database: Path, months: range) -> pd.DataFrame:
    """Return the inputs of the flights of some months, with their outcome in column `outcome`."""
    columns = ", ".join(INPUTS)
    query = (
        f"SELECT {columns}, CASE WHEN arr_delay > ? THEN ? ELSE ? END AS outcome "  # noqa: S608 - constants
        "FROM flights WHERE month BETWEEN ? AND ? ORDER BY id"
    )
    limits = (LATE_MINUTES, LATE, ON_TIME, months[0], months[-1])
    connection = sqlite3.connect(database)
    try:
        return pd.read_sql_query(query, connection, params=limits)
    finally:
        connection.close()


def new_pipeline(**options: Any) -> Pipeline:
    """Return the untrained pipeline. `options` go to the classifier.

    The classifier's own defaults were as good on September and October, after training on January
    to August, as any of a dozen others tried there.
    """
    numbered = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = ColumnTransformer(
        [("categories", numbered, list(CATEGORIES)), ("numbers", StandardScaler(), list(NUMBERS))]
    )
    settings = {"random_state": 2013, "early_stopping": False, **options}
    return Pipeline([("columns", columns), ("trees", HistGradientBoostingClassifier(**settings))])


def train(flights: pd.DataFrame, **options: Any) -> Pipeline:
    """Return the pipeline, trained on flights with their outcome."""
    return new_pipeline(**options).fit(flights[list(INPUTS)], flights["outcome"])


def sample_of(flights: pd.DataFrame, rows: int = SAMPLE_ROWS) -> pd.DataFrame:
    """Return some inputs that hold every category, from which the signature is derived."""
    drawn = flights.sample(min(rows, len(flights)), random_state=2013)
    every = [flights.drop_duplicates(name) for name in CATEGORIES]
    chosen = pd.concat([drawn, *every]).sort_index()
    return chosen.loc[~chosen.index.duplicated(), list(INPUTS)].reset_index(drop=True)


def measure(pipeline: Pipeline, flights: pd.DataFrame, known_rate: float) -> dict[str, Any]:
    """Judge the probabilities of being late against what happened.

    `known_rate` is the share of late flights in training: the forecast to beat says it for all.
    """
    place = list(pipeline.classes_).index(LATE)
    probability = pipeline.predict_proba(flights[list(INPUTS)])[:, place]
    late = flights["outcome"] == LATE
    return {
        "rows": len(flights),
        "base_rate": float(late.mean()),
        "roc_auc": float(roc_auc_score(late, probability)),
        "brier": float(brier_score_loss(late, probability)),
        "brier_of_known_rate": float(((late - known_rate) ** 2).mean()),
    }


def train_and_save(database: Path, place: Path, **options: Any) -> dict[str, Any]:
    """Train on January to October; write model.joblib, sample.parquet and last metrics.json."""
    (place / "metrics.json").unlink(missing_ok=True)  # it says that the other two are whole
    flights = read_months(database, TRAINING_MONTHS)
    pipeline = train(flights, **options)
    joblib.dump(pipeline, place / "model.joblib")
    sample_of(flights).to_parquet(place / "sample.parquet", index=False)
    known_rate = float((flights["outcome"] == LATE).mean())
    judged = measure(pipeline, read_months(database, JUDGED_MONTHS), known_rate)
    metrics = {
        "training": {"rows": len(flights), "months": "1-10", "base_rate": known_rate},
        "judged": {"months": "11-12", **judged},
        "inputs": list(INPUTS),
        "fingerprint": fingerprint(),
    }
    (place / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    return metrics
