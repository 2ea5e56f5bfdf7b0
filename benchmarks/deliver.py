"""How fast each driver takes rows, by each way that it has: `make bench-deliver`.

The rows are a dispatch's: a key, a label and two probabilities, into a table with a primary key, in
batches of 20,000, each committed. What docs/delivering.md says is from here. Rows a second are by
the processor time of client and server together, which other work on the machine hardly changes;
beside them is what each of the two takes a row.
"""

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pymysql.connections
import sqlalchemy as sa
from pyarrow import csv

from app.sources import Connection, connect
from app.sources.exact import storable
from app.sources.limits import Limits
from app.sources.literals import PLAIN, TextLiteral, postgresql_text, statements
from benchmarks.dispatch.places import SYSTEMS, WAYS, Place, many, place
from benchmarks.dispatch.taken import Taken, taking

BATCH = 20_000
TABLE = "delivered"
NAMES = ("row_key", "c0", "c1", "c2")
HEAD = f"INSERT INTO {TABLE} ({', '.join(NAMES)}) VALUES "  # noqa: S608 - constants
MEGABYTE = 2**20

Way = Callable[[Any, pa.Table], None]
"""Inserts rows by the connection: ours, which has the driver's own in it."""


def predictions(rows: int) -> pa.Table:
    """Return what a model could have answered."""
    late = np.random.default_rng(8).random(rows)
    labels = np.where(late > 1 - late, "late", "on_time")
    return pa.table([pa.array(range(rows)), pa.array(labels), late, 1 - late], names=NAMES)


def by_product(connection: Connection, rows: pa.Table) -> None:
    """Insert as a dispatch does."""
    connection.insert(sa.table(TABLE), rows)  # type: ignore[arg-type]


def by_executemany(connection: Any, rows: pa.Table) -> None:
    """Hand Python's values to the driver."""
    sqlite = connection.dialect.name == "sqlite"
    columns = [(storable(one) if sqlite else one).to_pylist() for one in rows.columns]
    markers = ", ".join(["?" if sqlite else "%s"] * len(NAMES))
    connection._connection.exec_driver_sql(  # noqa: SLF001
        f"{HEAD}({markers})", list(zip(*columns, strict=True))
    )


def mysql_text(text: str) -> str:
    """Return a text as MySQL and MariaDB take it, in a character set that is told with it."""
    return f"'{text}'" if PLAIN.fullmatch(text) else f"_utf8mb4 X'{text.encode().hex()}'"


def by_statements(size: int, literal: TextLiteral, connection: Any, rows: pa.Table) -> None:
    """Write many rows into one statement."""
    odbc = getattr(connection, "_handle", None)
    for statement in statements(HEAD, rows, literal, size):
        if odbc is None:
            connection._driver.cursor().execute(statement)  # noqa: SLF001
        else:
            odbc.raw.execute(statement)


def by_arrays(connection: Any, rows: pa.Table) -> None:
    """Bind whole columns, as arrow-odbc does."""
    connection._handle.raw.insert_into_table(  # noqa: SLF001
        rows.combine_chunks().to_reader(), table=TABLE, chunk_size=rows.num_rows
    )


def by_file(connection: Any, rows: pa.Table) -> None:
    """Send what the server takes for a file of the client: LOAD DATA LOCAL."""
    text, driver = BytesIO(), connection._driver  # noqa: SLF001
    csv.write_csv(rows, text, csv.WriteOptions(include_header=False, quoting_style="all_valid"))
    data = text.getvalue()

    def send(_name: object, to: Any) -> None:
        for start in range(0, len(data), MEGABYTE):
            to.write_packet(data[start : start + MEGABYTE])

    pymysql.connections._send_local_file = send  # type: ignore[attr-defined] # noqa: SLF001
    driver._local_infile = True  # noqa: SLF001
    driver.cursor().execute(
        f"LOAD DATA LOCAL INFILE 'rows' INTO TABLE {TABLE} CHARACTER SET utf8mb4 FIELDS TERMINATED "
        f"BY ',' ENCLOSED BY '\"' ESCAPED BY '' LINES TERMINATED BY '\\n' ({', '.join(NAMES)})"
    )


def ways(at: Place) -> dict[str, Way]:
    """Return the ways that a driver has, that of the product first."""
    odbc = at.way == "odbc"
    literal = mysql_text if at.system == "mariadb" else postgresql_text
    long = {
        f"statements of {size} MB": partial(by_statements, size * MEGABYTE, literal)
        for size in (1, 4, 8)
    }
    found: dict[str, Way] = {"as a dispatch does": by_product}
    match at.system, odbc:
        case "sqlite", False:
            return {**found, "executemany": by_executemany}
        case "sqlite", True:
            return found
        case "mariadb", False:
            return {**found, "executemany": by_executemany, **long, "LOAD DATA LOCAL": by_file}
        case "postgresql", False:
            return {**found, "executemany": by_executemany}
        case _:
            return {**found, "arrays of parameters": by_arrays, **long}


def measured(at: Place, way: Way, rows: pa.Table) -> Taken:
    """Insert all rows into an empty table; return what it took."""
    with at.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {TABLE}")
        connection.exec_driver_sql(
            f"CREATE TABLE {TABLE} (row_key BIGINT PRIMARY KEY, c0 VARCHAR(255), "
            "c1 DOUBLE PRECISION, c2 DOUBLE PRECISION)"
        )
    options = "&local_infile=1" if at.connection.startswith("mysql") else ""
    string = f"{at.connection}?{options[1:]}" if options else at.connection
    opened = connect("place", string, Limits(), write=True)
    with taking(at.server) as taken:
        for start in range(0, rows.num_rows, BATCH):
            way(opened, rows.slice(start, BATCH))
            opened.commit()
    opened.close()
    return taken


def main() -> None:
    """Measure and print, as a table of Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--system", choices=SYSTEMS, nargs="+", default=list(SYSTEMS))
    asked = parser.parse_args()
    rows = predictions(asked.rows)
    print("| database | way | form | rows/s | client, µs a row | server, µs a row |")
    print("|---|---|---|---|---|---|")
    for system in asked.system:
        for way in WAYS:
            with (
                tempfile.TemporaryDirectory() as name,
                place(system, way, many(10), Path(name)) as at,
            ):
                report(at, rows, asked.runs)


def report(at: Place, rows: pa.Table, runs: int) -> None:
    """Print the medians of all ways to one database, run in turn."""
    taken: dict[str, list[Taken]] = {}
    for _ in range(runs):
        for form, way in ways(at).items():
            taken.setdefault(form, []).append(measured(at, way, rows))
    for form, all_of in taken.items():
        middle = sorted(all_of, key=lambda one: one.client + one.server)[len(all_of) // 2]
        a_row = 1e6 / rows.num_rows
        print(
            f"| {at.system} | {at.way} | {form} "
            f"| {rows.num_rows / (middle.client + middle.server):,.0f} "
            f"| {middle.client * a_row:.2f} | {middle.server * a_row:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
