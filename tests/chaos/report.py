"""The report: what was done, what came of it, and how to do it again."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.campaign import Campaign, Outcome
from tests.chaos.evidence import Evidence
from tests.chaos.faults import KINDS


def lines(campaign: Campaign, outcome: Outcome) -> Iterator[str]:
    """Return the report, line by line."""
    yield f"seed {campaign.seed}, {campaign.seconds:g} s, network by {outcome.network}"
    for what, why in outcome.left_out.items():
        yield f"left out: {what}, for {why}"
    yield "faults:"
    for kind in KINDS:
        struck, missed = outcome.struck[kind.name], outcome.missed[kind.name]
        if struck or missed:
            yield f"  {kind.name:<16} {struck:4}" + (f"  ({missed} found nothing)" * bool(missed))
    if outcome.evidence is None:
        yield "it did not come to its end: nothing was judged"
        return
    yield from _counts(outcome.evidence)
    if damaged := outcome.evidence.damaged:
        yield "the database server has damaged its own tables, so this run proves nothing:"
        yield from (f"  {one}" for one in damaged)
        yield from repeat(campaign)
        return
    yield f"all was well {outcome.rest:.1f} s after the last slot"
    yield f"lost, doubled or wrong: {len(outcome.violations)}"
    if outcome.violations:
        yield from (f"  {one}" for one in outcome.violations)
        yield from repeat(campaign)


def repeat(campaign: Campaign) -> Iterator[str]:
    """Tell how to run a campaign again."""
    only = "".join(f" --only '{one}'" for one in campaign.only)
    words = f"--seed {campaign.seed} --seconds {campaign.seconds:g}{only}"
    yield f'to repeat it: make chaos ARGS="{words}"'


def _counts(evidence: Evidence) -> Iterator[str]:
    statuses = Counter(one.status for one in evidence.answers)
    told = ", ".join(f"{number} with {status}" for status, number in sorted(statuses.items()))
    yield f"requests answered: {sum(statuses.values())} ({told}), {len(evidence.records)} on record"
    yield "schedules:             slots  passed over  dispatches  rows delivered"
    for role in evidence.roles:
        runs = [one for one in evidence.runs if one.schedule == role.name and one.parent is None]
        due = evidence.due[role.name]
        skipped = len(due.keys() - {one.slot for one in runs}) if role.may_skip else 0
        rows = len(evidence.delivered.get(role.name, ()))
        yield f"  {role.name:<20} {len(due):5} {skipped:12} {len(runs):11} {rows:15}"
    states = Counter(one.state for one in evidence.runs if one.schedule not in evidence.broken)
    told = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    broken = sum(one.schedule in evidence.broken for one in evidence.runs)
    yield f"dispatches: {told}; {broken} of broken schedules"
    yield f"services: {len(evidence.services)} processes, {len(evidence.crashes)} crashes"
