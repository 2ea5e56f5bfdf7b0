"""Replicas on one database, killed at random: each slot is dispatched and delivered once.

A short form of what `make campaign-scheduler` does for longer and with more schedules.
"""

import pytest

from tests.scheduler.campaign import Plan, prepared


@pytest.mark.slow(35)
@pytest.mark.timeout(700)
def test_every_slot_has_one_success_and_one_row() -> None:
    """Services and the database die, connections break: no slot is missing, none comes twice."""
    plan = Plan(
        replicas=2,
        schedules=2,
        seconds=8,
        service_kills=2,
        database_kills=1,
        cuts=4,
        patience=200,
        seed=1,
    )
    with prepared(plan) as campaign:
        outcome = campaign.run()
    assert outcome.is_exact, outcome
