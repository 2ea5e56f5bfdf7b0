"""What a start imports: libraries that take seconds are for those who need them."""

import subprocess
import sys

import pytest

ROWS = {"numpy", "pandas", "pyarrow", "scipy", "sklearn", "onnxruntime"}
SERVICE = {"alembic", "apscheduler", "cryptography", "fastapi", "sqlalchemy", "uvicorn"}


@pytest.mark.parametrize(
    ("module", "without"), [("app.cli", ROWS | SERVICE), ("app.main", ROWS | {"alembic"})]
)
def test_a_start_imports_nothing_that_it_does_not_need(module: str, without: set[str]) -> None:
    """The command line's help knows no database; a service loads models' libraries with a model."""
    code = f"import sys, {module}; print(*sorted({without!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
