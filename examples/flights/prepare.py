"""Prepare the flights example: the database, the model, and what Disparo is told of them.

    .venv/bin/python examples/flights/prepare.py

Each step is skipped where its result is there already, and done again where what it depends on
has changed; so it can be stopped at any moment and run again. Heavy libraries are imported by the
steps that need them, because most runs find everything done.
"""

import argparse
import contextlib
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import TYPE_CHECKING, Any

from examples.flights import dataset, places

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

MODEL = "flight-delay"
TRAINED = ("model.joblib", "sample.parquet", "metrics.json")
COMMAND_SECONDS = 300
CASES = """\
SELECT carrier, origin, dest, day_of_week, departure_minute, arrival_minute, distance,
  CASE WHEN arr_delay > 15 THEN 'late' ELSE 'on_time' END AS outcome,
  carrier || flight || ' to ' || dest || ', ' || substr(scheduled_departure, 1, 16) AS title
FROM flights WHERE month > 10 AND id % 2249 = 7 ORDER BY id"""
"""24 flights, evenly over November and December, and what really happened."""


def is_trained(place: Path) -> bool:
    """Tell whether the model is there, trained by today's code and scikit-learn."""
    if not all((place / name).exists() for name in TRAINED):
        return False
    with contextlib.suppress(ValueError, KeyError, TypeError):
        metrics = json.loads((place / "metrics.json").read_text())
        return bool(metrics["fingerprint"] == places.fingerprint())
    return False


def registration(place: Path) -> dict[str, str]:
    """Return what has been told to Disparo once the last step is done, and to which database."""
    settings = Path(os.environ.get("DISPARO_SETTINGS") or places.HERE.parents[1] / "settings.yaml")
    told = os.environ.get("DISPARO_DATABASE__URL", "")
    return {
        "model": places.digest(place / "model.joblib"),
        "resources": hashlib.sha256(places.declarations().encode()).hexdigest(),
        "cases": hashlib.sha256(CASES.encode()).hexdigest(),
        "settings": places.digest(settings) if settings.exists() else "",
        "database": hashlib.sha256(told.encode()).hexdigest(),
    }


def is_registered(place: Path) -> bool:
    """Tell whether the last step is done; where that is uncertain, no.

    For the embedded database a look into it catches one that has been deleted since.
    """
    marker = place / "registered.json"
    if not marker.exists():
        return False
    expected = registration(place)
    with contextlib.suppress(ValueError):
        if json.loads(marker.read_text()) != expected:
            return False
        elsewhere = "DISPARO_DATABASE__URL" in os.environ
        return elsewhere or _knows(places.var() / "disparo.sqlite", expected["model"])
    return False


def _knows(embedded: Path, digest: str) -> bool:
    query = (
        "SELECT count(*) FROM model_versions AS v JOIN models AS m ON m.id = v.model_id "
        "WHERE m.name = ? AND v.digest = ?"
    )
    try:
        with contextlib.closing(
            sqlite3.connect(f"{embedded.as_uri()}?mode=ro", uri=True)
        ) as connection:
            return bool(connection.execute(query, (MODEL, digest)).fetchone()[0])
    except sqlite3.Error:
        return False


def _task(progress: "Progress", words: str, total: int | None) -> "TaskID":
    """Begin a step; say so where no bar moves, such as in a log."""
    if not progress.console.is_terminal:
        progress.console.print(f"{words} ...")
    return progress.add_task(words, total=total)


def prepare_database(database: Path, progress: "Progress") -> None:
    """Write the flights database from the packaged file."""
    reading = _task(progress, "Reading the flights of 2013", total=None)
    flights = dataset.read_flights(dataset.packaged_file())
    progress.update(reading, total=1, completed=1)
    writing = _task(progress, "Writing the database", total=len(flights))
    dataset.write_database(flights, database, lambda rows: progress.advance(writing, rows))


def prepare_model(database: Path, place: Path, progress: "Progress") -> None:
    """Train the model on ten months and judge it on two."""
    task = _task(progress, "Training on January to October, judging the rest", total=None)
    from examples.flights import pipeline

    pipeline.train_and_save(database, place)
    progress.update(task, total=1, completed=1)


def prepare_registration(place: Path, progress: "Progress") -> None:
    """Tell Disparo: the model, then the source, the schedules and the checks, then the cases."""
    task = _task(progress, "Registering with Disparo", total=3)
    if not has_version(places.digest(place / "model.joblib")):
        model, sample = str(place / "model.joblib"), str(place / "sample.parquet")
        disparo("models", "register", MODEL, model, "--sample", sample)
        # A day's dispatch holds one day of the week: that is no drift.
        disparo("models", "serving", MODEL, 'drift_ignores=["day_of_week"]')
    progress.advance(task)
    disparo("apply", str(places.declared()))
    progress.advance(task)
    columns = ("--expected", "outcome", "--title", "title", "--tag", "flights-of-2013")
    rows = ("--model", MODEL, "--source", "flights", "--query", CASES)
    disparo("cases", "import", *rows, *columns, "--skip-known")
    (place / "registered.json").write_text(json.dumps(registration(place)))
    progress.advance(task)


def has_version(digest: str) -> bool:
    """Ask Disparo whether the model has a version made of this very file."""
    models = json.loads(disparo("models", "list", "--json"))
    if not any(model["name"] == MODEL for model in _items(models)):
        return False
    return digest in disparo("models", "show", MODEL, "--json")


def _items(answer: Any) -> list[dict[str, Any]]:
    return list(answer["items"] if isinstance(answer, Mapping) else answer)


def disparo(*arguments: str) -> str:
    """Run the command line of this very environment and return what it prints."""
    command = [str(Path(sys.executable).with_name("disparo")), *arguments]
    environment = {**os.environ, "DISPARO_VAR": str(places.var())}
    done = subprocess.run(  # noqa: S603 - our own command, no shell
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_SECONDS,
        env=environment,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise SystemExit(f"`disparo {' '.join(arguments)}` failed ({done.returncode}):\n{said}")
    return done.stdout


@contextlib.contextmanager
def _progress_bar() -> Iterator["Progress"]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:<48}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield progress


def prepare(*, files_only: bool = False) -> bool:
    """Do the steps that are not done yet; return whether there was any."""
    place, database = places.state_directory(), places.database()
    with contextlib.ExitStack() as stack:
        progress: Progress | None = None

        def bar() -> "Progress":
            nonlocal progress
            progress = progress or stack.enter_context(_progress_bar())
            return progress

        if not dataset.is_complete(database):
            prepare_database(database, bar())
        if not is_trained(place):
            prepare_model(database, place, bar())
        if not files_only and not is_registered(place):
            prepare_registration(place, bar())
        return progress is not None


def summary(place: Path) -> str:
    """Return in words how good the model is."""
    judged = json.loads((place / "metrics.json").read_text())["judged"]
    return (
        f"{MODEL} on {judged['rows']:,} flights of November and December: "
        f"ROC AUC {judged['roc_auc']:.3f}, Brier score {judged['brier']:.4f} "
        f"(the base rate alone: {judged['brier_of_known_rate']:.4f})"
    )


def main() -> None:
    """Prepare the example from the command line."""
    parser = argparse.ArgumentParser(description="Prepare the flights example.")
    parser.add_argument(
        "--files-only", action="store_true", help="make the files, but tell Disparo nothing"
    )
    try:
        if prepare(files_only=parser.parse_args().files_only):
            print(summary(places.state_directory()))
    except PackageNotFoundError as error:
        raise SystemExit(f"{error}; run `make run`, which installs it") from error
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
