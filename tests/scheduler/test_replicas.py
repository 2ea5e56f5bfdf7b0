"""Replicas on one database, killed at random: each slot is dispatched and delivered once.

Short forms of what `make campaign-scheduler` does for longer, with more schedules.
"""

import pytest

from tests.scheduler.campaign import Plan, prepared


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    "plan",
    [
        Plan(replicas=2, schedules=4, seconds=8, service_kills=3, seed=1),
        Plan(replicas=3, schedules=3, seconds=8, service_kills=2, database_kills=1, seed=2),
    ],
    ids=["two replicas", "three replicas and the database"],
)
def test_every_slot_has_one_success_and_one_row(plan: Plan) -> None:
    """Whoever is killed whenever: none is missing, none comes twice, in the records and rows."""
    with prepared(plan) as campaign:
        outcome = campaign.run()
    assert outcome.is_exact, outcome
