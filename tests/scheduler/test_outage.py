"""The database goes away under services at work, and comes back: they resume by themselves."""

import pytest

from tests.scheduler.campaign import Plan, prepared
from tests.scheduler.outage import await_first_success, take_away


@pytest.mark.slow(18)
@pytest.mark.timeout(600)
def test_the_scheduler_resumes_within_15_seconds() -> None:
    """Twice, of which the second time meets what the first one left behind."""
    plan = Plan(replicas=1, schedules=2, seconds=600, service_kills=0)
    with prepared(plan) as campaign, campaign.serving():
        await_first_success(campaign)
        for seconds in (3.0, 1.5):
            resumed = take_away(campaign, seconds)
            assert resumed.claims < 15
