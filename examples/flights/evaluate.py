"""Compare what was delivered with what happened: ROC AUC and Brier score by SQL and scikit-learn.

    .venv/bin/python examples/flights/evaluate.py [--table predictions_all]

The months that the model was trained on are listed apart: being good there is no merit.
"""

import argparse
import contextlib
import sqlite3
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from sklearn.metrics import roc_auc_score

from examples.flights import places
from examples.flights.pipeline import LATE_MINUTES, TRAINING_MONTHS

FILLED_BY = {"predictions": "score-day --slot 2013-11-28", "predictions_all": "score-all"}
"""What to run for each table that the example's schedules deliver to."""


def read_delivered(database: Path, table: str) -> pd.DataFrame:
    """Return the delivered probability, the outcome and the month of each delivered flight."""
    query = f"""
        SELECT p.probability_late AS probability, f.arr_delay > ? AS late, f.month
        FROM "{table.replace('"', '""')}" AS p JOIN flights AS f ON f.id = p.id
    """  # noqa: S608 - the table's name is quoted
    with contextlib.closing(
        sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)
    ) as connection:
        return pd.read_sql_query(query, connection, params=(LATE_MINUTES,))


def judge(delivered: pd.DataFrame) -> dict[str, float | None]:
    """Return the share of late flights and how good the probabilities were.

    Without both outcomes there is no ROC AUC.
    """
    late, probability = delivered["late"], delivered["probability"]
    rate = float(late.mean())
    both = 0 < rate < 1
    return {
        "late": rate,
        "roc_auc": float(roc_auc_score(late, probability)) if both else None,
        "brier": float(((late - probability) ** 2).mean()),
        "brier_of_rate": rate * (1 - rate),
    }


def report(delivered: pd.DataFrame) -> Table:
    """Return a table with a line for each period of which something was delivered."""
    titles = ("Flights", "Number", "Late", "ROC AUC", "Brier", "Brier of that share")
    table = Table(*titles)
    trained = delivered["month"].isin(TRAINING_MONTHS)
    periods = {"November, December": delivered[~trained], "seen in training": delivered[trained]}
    for period, flights in periods.items():
        if len(flights):
            found = judge(flights).values()
            cells = ["-" if value is None else f"{value:.4f}" for value in found]
            table.add_row(period, f"{len(flights):,}", *cells)
    return table


def main() -> None:
    """Judge the delivered predictions from the command line."""
    parser = argparse.ArgumentParser(description="Judge the delivered predictions.")
    parser.add_argument("--table", default="predictions", help="where they were delivered")
    parser.add_argument("--database", type=Path, default=places.database())
    given = parser.parse_args()
    try:
        delivered = read_delivered(given.database, given.table)
    except (sqlite3.Error, pd.errors.DatabaseError) as error:
        filled_by = FILLED_BY.get(given.table, FILLED_BY["predictions"])
        raise SystemExit(
            f"{given.database} has no table {given.table!r} yet; first run "
            f"`.venv/bin/disparo dispatch run {filled_by}`"
        ) from error
    Console().print(report(delivered))


if __name__ == "__main__":
    main()
