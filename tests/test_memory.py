"""The memory of a dispatch does not grow with its rows."""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.factory import Factory
from app.inference.program import peak_memory
from app.values.brief import DispatchFilter
from tests import flights

MEGABYTE = 2**20
ALLOWED = 400 * MEGABYTE
ROWS = 160_000
BATCH_ROWS = 4000
GROWTH = 15 * MEGABYTE
"""Much more than two runs of the same size differ by: 125 bytes for each further row."""

IMPORTED = (
    "import sklearn.ensemble; from app.inference.program import peak_memory; print(peak_memory())"
)


def peak_of_import() -> int:
    """Return the bytes that a process holds which imports scikit-learn and does nothing."""
    done = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, check=True)
    return int(done.stdout)


def peak_of_dispatch(factory: Factory, name: str, rows: int) -> int:
    """Run a dispatch in a process of its own; return the most bytes that it held."""
    program = Path(sys.executable).with_name("disparo")
    done = subprocess.run(
        [program, "dispatch", "run", name], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"{rows} rows delivered" in done.stdout
    [record] = factory.dispatches.page(DispatchFilter(schedule=name))
    assert record.progress.peak_memory is not None
    return record.progress.peak_memory


@pytest.mark.slow(40)
@pytest.mark.timeout(300)
def test_memory_is_flat(factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """160,000 flights stay under 400 MB above the import of scikit-learn, as a quarter does.

    Without the sample of rows for the health of models, whose size has a bound of its own: it
    scatters what the allocator keeps, by more than a leak of some columns would show. And with
    batches of one size, so small that a quarter has more of them than its stages and the queues
    between these hold at once.
    """
    monkeypatch.setenv("DISPARO_HEALTH__ENABLED", "false")
    for bound in ("LEAST", "ROWS"):
        monkeypatch.setenv(f"DISPARO_DISPATCH__BATCH_{bound}", str(BATCH_ROWS))
    database = tmp_path / "place.sqlite"
    rows = flights.all_flights().head(ROWS)
    flights.write(rows, sa.create_engine(f"sqlite:///{database}", poolclass=sa.NullPool))
    flights.register(factory, tmp_path)
    factory.sources.add("place", f"sqlite:///{database}", "", actor="test", now=utc_now())
    for name, modulus in (("quarter", 4), ("all", 1)):
        query = f"SELECT id, {flights.COLUMNS} FROM flights WHERE id % {modulus} = 0"  # noqa: S608 - constants
        collect = {"query": query, "window": None, "count": False}
        flights.schedule(factory, name=name, collect=collect, deliver={"table": name})
    quarter = peak_of_dispatch(factory, "quarter", ROWS // 4)
    whole = peak_of_dispatch(factory, "all", ROWS)
    bare = peak_of_import()
    assert bare < quarter
    assert bare < peak_memory(), "this process has held all flights: it is not its peak that counts"
    assert whole - bare < ALLOWED
    assert whole - quarter < GROWTH, f"{quarter // MEGABYTE} MB, then {whole // MEGABYTE} MB"
