"""The referee can fail: each broken promise is reported, and nothing where all were kept."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.chaos.evidence import Evidence, PassedOver, Row, Run
from tests.chaos.example import (
    END,
    NUMBER,
    PROGRAM,
    ROLES,
    SERVICE,
    SLOTS,
    START,
    answered,
    kept,
    output,
)
from tests.chaos.referee import violations
from tests.chaos.roles import Role
from tests.showroom.clients import case


def without_run(evidence: Evidence, schedule: str, slot: datetime) -> Evidence:
    """Take a slot's dispatch and its rows away."""
    runs = [run for run in evidence.runs if (run.schedule, run.slot) != (schedule, slot)]
    rows = [row for row in evidence.delivered[schedule] if row.slot != slot]
    return replace(evidence, runs=runs, delivered={**evidence.delivered, schedule: rows})


def with_run(evidence: Evidence, **changes: Any) -> Evidence:
    """Add a dispatch of the second slot of `append`."""
    plain: dict[str, Any] = {
        "id": 200,
        "schedule": "append",
        "kind": "retry",
        "state": "failed",
        "slot": SLOTS[1],
        "process": PROGRAM,
    }
    return replace(evidence, runs=[*evidence.runs, Run(**plain | changes)])


def with_rows(
    evidence: Evidence, change: Callable[[list[Row]], list[Row]], role: str = "append"
) -> Evidence:
    """Change what a role has delivered."""
    rows = change(list(evidence.delivered[role]))
    return replace(evidence, delivered={**evidence.delivered, role: rows})


def wrong(rows: list[Row]) -> list[Row]:
    """Let the first row hold another answer."""
    return [replace(rows[0], output=output(rows[0].key + 1)), *rows[1:]]


def test_where_all_were_kept_nothing_is_reported() -> None:
    """Also where attempts failed before one succeeded, and a policy passed over a slot."""
    evidence = kept()
    assert violations(evidence) == []
    assert violations(with_run(evidence)) == []
    task = with_run(evidence, kind="scheduled", state="succeeded", parent=1)
    assert violations(task) == []
    told = {"hurried": [PassedOver(first=SLOTS[1], last=SLOTS[1])]}
    skipped = replace(without_run(evidence, "hurried", SLOTS[1]), passed_over=told)
    assert violations(skipped) == []
    refused = replace(
        evidence, answers=[*evidence.answers, answered(NUMBER + 1, status=503, body={})]
    )
    assert violations(refused) == []


BROKEN: list[tuple[str, int, str, Callable[[Evidence], Evidence]]] = [
    ("lost record", 1, "1 answers have no record, e.g. r100000001",
     lambda e: replace(e, records={})),
    ("wrong inputs", 1, "1 records differ",
     lambda e: replace(e, records={f"r{NUMBER}": (case(5), output(NUMBER))})),
    ("wrong outputs", 1, "1 records differ",
     lambda e: replace(e, records={f"r{NUMBER}": (case(NUMBER), output(5))})),
    ("doubled record", 1, "1 cases were sent once",
     lambda e: replace(e, records={**e.records, "other": (case(NUMBER), output(NUMBER))})),
    ("no answer", 1, "no client got any answer", lambda e: replace(e, answers=[])),
    ("slot missed", 2, "append: slots have no dispatch, e.g. 2026-03-02 12:01",
     lambda e: without_run(e, "append", SLOTS[1])),
    ("slot not passed over", 2, "hurried: slots have no dispatch",
     lambda e: without_run(e, "hurried", SLOTS[1])),
    ("other slot passed over", 2, "hurried: slots have no dispatch",
     lambda e: replace(without_run(e, "hurried", SLOTS[1]),
                       passed_over={"hurried": [PassedOver(first=None, last=SLOTS[0])]})),
    ("policy that skips nothing", 2, "append: slots have no dispatch",
     lambda e: replace(without_run(e, "append", SLOTS[1]),
                       passed_over={"append": [PassedOver(first=None, last=SLOTS[2])]})),
    ("slot doubled", 2, "append: slots were dispatched twice",
     lambda e: with_run(e, kind="scheduled", state="cancelled")),
    ("two successes", 2, "has 2 successes", lambda e: with_run(e, state="succeeded")),
    ("no success", 2, "has 0 successes",
     lambda e: with_run(without_run(e, "append", SLOTS[1]), kind="scheduled")),
    ("slot not due", 2, "append: slots were dispatched and not due",
     lambda e: with_run(e, kind="scheduled", slot=START + timedelta(seconds=7))),
    ("row missing", 3, "append: rows are missing", lambda e: with_rows(e, lambda r: r[1:])),
    ("upserted row missing", 3, "upsert: rows are missing",
     lambda e: with_rows(e, lambda r: r[1:], "upsert")),
    ("row doubled", 3, "append: rows were delivered twice",
     lambda e: with_rows(e, lambda r: [*r, r[0]])),
    ("row of nobody", 3, "append: rows are nobody's",
     lambda e: with_rows(e, lambda r: [*r, replace(r[0], slot=END)])),
    ("row of a failed dispatch", 3, "append: rows are nobody's",
     lambda e: replace(e, runs=[r for r in e.runs if (r.schedule, r.slot) != ("append", SLOTS[0])])),
    ("row wrong", 3, "append: rows hold another answer", lambda e: with_rows(e, wrong)),
    ("answer wrong", 4, "answers differ from the model called by hand",
     lambda e: replace(e, answers=[answered(body={"id": f"r{NUMBER}", "predictions": [output(3)]})],
                       records={f"r{NUMBER}": (case(NUMBER), output(3))})),
    ("replica differs", 4, "rows of append differ from what replica a answers",
     lambda e: replace(e, asked={"a": dict.fromkeys(e.asked["a"], output(77))})),
    ("cron slot missed", 5, "cron: slots have no dispatch",
     lambda e: without_run(e, "cron", SLOTS[2])),
    ("cron slot not due", 5, "cron: slots were dispatched and not due",
     lambda e: with_run(e, schedule="cron", kind="scheduled", slot=START + timedelta(seconds=30))),
    ("secret in a log", 6, "the token stands in service.log",
     lambda e: replace(e, texts={"service.log": "Bearer disparo_xyz refused"})),
    ("broken never tried", 7, "the broken schedule bad was never tried",
     lambda e: replace(e, runs=[r for r in e.runs if r.schedule != "bad"])),
    ("damaged not set aside", 7, "the broken schedule damaged was never tried",
     lambda e: replace(e, set_aside=[])),
    ("broken succeeds", 7, "the broken schedule bad has succeeded",
     lambda e: with_run(e, schedule="bad", state="succeeded")),
    ("broken check is up", 7, "the check bad-host looks at nothing, and is up",
     lambda e: replace(e, checks={"bad-host": "up"})),
    ("in the service", 8, "ran in a service, process 11", lambda e: with_run(e, process=SERVICE)),
    ("in no process", 8, "succeeded in no known process",
     lambda e: with_run(e, process=None, state="succeeded")),
    ("running for ever", 9, "1 dispatches are running for ever, e.g. 200 of append", lambda e: with_run(e, state="running")),
    ("check is down", 9, "the check place is down",
     lambda e: replace(e, checks={**e.checks, "place": "down"})),
    ("crash", 9, "service a ended by itself",
     lambda e: replace(e, crashes=["service a ended by itself, with 1"])),
    ("not well", 9, "replica b is not ready",
     lambda e: replace(e, unwell=["replica b is not ready"])),
    ("left over", 9, "left over: process 7", lambda e: replace(e, left_over=["process 7"])),
    ("silent since", 9, "nobody was answered after the last fault",
     lambda e: replace(e, answers=[answered(at=5.0)])),
]  # fmt: skip


@pytest.mark.parametrize(
    ("promise", "words", "breaks"), [one[1:] for one in BROKEN], ids=[one[0] for one in BROKEN]
)
def test_a_broken_promise_is_reported(
    promise: int, words: str, breaks: Callable[[Evidence], Evidence]
) -> None:
    """With its number, what was broken, and an example."""
    found = violations(breaks(kept()))
    assert [one for one in found if one.promise == promise and words in one.words], found


def test_slots_are_reckoned_as_the_product_reckons_them() -> None:
    """Two ways to the same: the referee's own, and the triggers that schedules have."""
    end = START + timedelta(hours=2)
    for role in (*ROLES, Role(name="odd", minutes="7-53/4", zone="Asia/Kolkata", share=40)):
        spec = role.spec(START, end)
        assert spec.trigger is not None
        reckoned = role.due(START, end)
        assert list(reckoned) == [
            one for one in spec.fires(START - timedelta(seconds=1)) if one < end
        ]
        shares = {len(keys) for keys in reckoned.values()}
        assert shares <= {2000 // role.share}
