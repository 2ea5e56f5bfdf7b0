"""Replicas on one database, killed at random: each slot is dispatched and delivered once.

A short form of what `make campaign-scheduler` does for longer, with more schedules, and killing the
database too.
"""

import pytest

from tests.scheduler.campaign import Plan, prepared


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_every_slot_has_one_success_and_one_row() -> None:
    """Whoever is killed whenever: none is missing, none comes twice, in the records and rows."""
    plan = Plan(replicas=2, schedules=4, seconds=8, service_kills=3, seed=1)
    with prepared(plan) as campaign:
        outcome = campaign.run()
    assert outcome.is_exact, outcome
