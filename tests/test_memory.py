"""The memory of a dispatch does not grow with its rows."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.factory import Factory
from tests import flights

MEGABYTE = 2**20
ALLOWED = 400 * MEGABYTE
GROWTH = 60 * MEGABYTE
"""What two runs of the same size differ by, and some more."""

IMPORTED = (
    "import resource, sklearn.ensemble; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)


def peak_of_import() -> int:
    """Return the bytes that a process holds which imports scikit-learn and does nothing."""
    done = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, check=True)
    return int(done.stdout) * 1024


def peak_of_dispatch(name: str, rows: int) -> int:
    """Run a dispatch in a process of its own; return the most bytes that it held."""
    program = Path(sys.executable).with_name("disparo")
    done = subprocess.run(
        [program, "dispatch", "run", name], capture_output=True, text=True, check=False
    )
    assert f"{rows} rows delivered" in done.stdout, done.stderr
    listed = subprocess.run(
        [program, "dispatch", "list", "--json", "--limit", "1"], capture_output=True, check=True
    )
    return int(json.loads(listed.stdout)[0]["progress"]["peak_memory"])


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_memory_is_flat(factory: Factory, tmp_path: Path) -> None:
    """All 327,346 flights stay under 400 MB above the import of scikit-learn, and so do four times as many."""
    database = tmp_path / "place.sqlite"
    flights.write(
        flights.all_flights(), sa.create_engine(f"sqlite:///{database}", poolclass=sa.NullPool)
    )
    flights.register(factory, tmp_path)
    factory.sources.add("place", f"sqlite:///{database}", "", actor="test", now=utc_now())
    columns = flights.COLUMNS
    for times in (1, 4):
        union = " UNION ALL ".join(f"SELECT {n} AS n" for n in range(times))
        query = f"SELECT id + n * 1000000 AS id, {columns} FROM ({union}) CROSS JOIN flights"  # noqa: S608 - constants
        collect = {"query": query, "window": None, "count": False}
        flights.schedule(factory, name=f"x{times}", collect=collect, deliver={"table": f"p{times}"})
    once, four_times = (peak_of_dispatch(f"x{n}", n * 327_346) for n in (1, 4))
    assert once - peak_of_import() < ALLOWED
    assert four_times - once < GROWTH, f"{once // MEGABYTE} MB, then {four_times // MEGABYTE} MB"
