"""The report tells what was done, what came of it, and how to do it again."""

from collections import Counter
from dataclasses import replace

from tests.chaos.campaign import Campaign, Outcome
from tests.chaos.example import kept
from tests.chaos.referee import Violation
from tests.chaos.report import lines

CAMPAIGN = Campaign(seed=7, seconds=60, only=("kill service",))


def told(**changes: object) -> list[str]:
    """Return the report of a campaign."""
    outcome = Outcome(
        evidence=kept(),
        struck=Counter({"kill service": 3}),
        missed=Counter({"kill dispatch": 1}),
        left_out={"Slurm": "it is not installed"},
        network="proxies",
    )
    for name, value in changes.items():
        setattr(outcome, name, value)
    return list(lines(CAMPAIGN, outcome))


def test_counts_are_told() -> None:
    """Faults of each kind, answers, slots, dispatches and rows; what was left out, and why."""
    report = told()
    for line in (
        "seed 7, 60 s, network by proxies",
        "left out: Slurm, for it is not installed",
        "  kill service        3",
        "  kill dispatch       0  (1 found nothing)",
        "requests answered: 1 (1 with 200), 1 on record",
        "  append                   3            0           3               6",
        "dispatches: 12 succeeded; 1 of broken schedules",
        "lost, doubled or wrong: 0",
    ):
        assert line in report, report


def test_a_broken_promise_is_told_with_the_way_to_it() -> None:
    """The same seed, length and kinds of faults."""
    report = told(violations=[Violation(promise=3, words="append: rows are missing")])
    assert report[-3:] == [
        "lost, doubled or wrong: 1",
        "  promise 3: append: rows are missing",
        "to repeat it: make chaos ARGS=\"--seed 7 --seconds 60 --only 'kill service'\"",
    ]


def test_a_database_that_damaged_itself_is_told_and_nothing_is_judged() -> None:
    """What then looks like a broken promise is none of the service's."""
    damaged = ["dispatches: The B-tree of index ix_dispatches_state is corrupted."]
    report = told(
        evidence=replace(kept(), damaged=damaged),
        violations=[Violation(promise=9, words="a dispatch waits for ever")],
    )
    assert report[-3:] == [
        "the database server has damaged its own tables, so this run proves nothing:",
        "  dispatches: The B-tree of index ix_dispatches_state is corrupted.",
        "to repeat it: make chaos ARGS=\"--seed 7 --seconds 60 --only 'kill service'\"",
    ]


def test_what_never_came_to_its_end_is_not_called_well() -> None:
    """Without evidence nothing is said of promises."""
    assert told(evidence=None)[-1] == "it did not come to its end: nothing was judged"
