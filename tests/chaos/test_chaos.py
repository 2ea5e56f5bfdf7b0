"""All at once, and all that can be broken: a short form of what `make chaos` does for longer."""

from pathlib import Path

import pytest

from tests.chaos import report
from tests.chaos.campaign import Campaign, run
from tests.conftest import require
from tests.servers import has_mariadb


@pytest.mark.slow(60)
@pytest.mark.timeout(900)
def test_all_promises_are_kept(tmp_path: Path) -> None:
    """Each kind of fault that is permitted here strikes once; nothing is lost, doubled or wrong."""
    require("mariadb-server", there=has_mariadb())
    campaign = Campaign(seed=4, seconds=18, connections=2, pause=0.2, bound=400)
    story: list[str] = []
    outcome = run(campaign, tmp_path, story.append)
    told = "\n".join([*story, *report.lines(campaign, outcome)])
    if outcome.proves_nothing:
        pytest.skip(told)
    assert outcome.violations == [], told
    assert sum(outcome.struck.values()) > 5, told
