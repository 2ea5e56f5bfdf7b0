"""The service killed under load: each answer that a client received has its record.

A short form of what `make campaign-showroom` does for longer.
"""

from pathlib import Path

import pytest

from tests.showroom.campaign import Plan, prepared, run


@pytest.mark.slow(8)
@pytest.mark.timeout(700)
@pytest.mark.parametrize("database", ["sqlite", "mariadb"])
def test_every_answer_has_its_record(database: str, tmp_path: Path) -> None:
    """Killed at random moments, nothing that was answered is lost, differs or is there twice."""
    plan = Plan(kills=4, database=database, seed=4)
    with prepared(plan, tmp_path) as house:
        verdict = run(plan, house)
    assert verdict.is_kept, verdict
