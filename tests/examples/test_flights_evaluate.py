"""Judging what the flights example delivered."""

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from examples.flights import evaluate


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes delivered probabilities, outcomes and months to a database."""

    def write(*rows: tuple[float, int, int], table: str = "predictions") -> Path:
        path = tmp_path / "flights.sqlite"
        numbered = pd.DataFrame(rows, columns=["probability_late", "arr_delay", "month"])
        numbered["id"] = range(len(numbered))
        with closing(sqlite3.connect(path)) as connection:
            numbered[["id", "probability_late"]].to_sql(table, connection, index=False)
            numbered[["id", "arr_delay", "month"]].to_sql("flights", connection, index=False)
        return path

    return write


def test_delivered_predictions_are_judged(deliver: Callable[..., Path]) -> None:
    """Perfect order has a ROC AUC of 1; the Brier score is the mean squared distance."""
    path = deliver((0.8, 60, 11), (0.4, 15, 11), (0.2, -5, 12), (0.6, 16, 12))
    found = evaluate.judge(evaluate.read_delivered(path, "predictions"))
    assert found == pytest.approx(
        {"late": 0.5, "roc_auc": 1.0, "brier": 0.1, "brier_of_rate": 0.25}
    )


def test_one_outcome_alone_has_no_roc_auc(deliver: Callable[..., Path]) -> None:
    """Where no flight was late, the table says so instead of failing."""
    delivered = evaluate.read_delivered(deliver((0.5, 0, 11), table='a "b"'), 'a "b"')
    assert evaluate.judge(delivered)["roc_auc"] is None
    assert evaluate.report(delivered).row_count == 1


def test_judging_before_delivering_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a table or a database the command to run first is named, and nothing is made."""
    path = tmp_path / "flights.sqlite"
    monkeypatch.setattr(sys, "argv", ["evaluate.py", "--database", str(path)])
    with pytest.raises(SystemExit, match="dispatch run score-day"):
        evaluate.main()
    assert not path.exists()
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--table", "predictions_all"])
    with pytest.raises(SystemExit, match="dispatch run score-all"):
        evaluate.main()
