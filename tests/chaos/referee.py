"""The referee: one function for each promise of the product, which returns how it was broken.

The promises are numbered as they are sold; the ninth says that all is well again after the faults.
"""

import http.client
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.values.schedule import Mode
from tests.chaos.evidence import Evidence, Run
from tests.chaos.roles import Role, is_cron
from tests.showroom.verdict import judged

_SHOWN = 5
"""Most examples of one kind that are told."""
_CLOSE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A broken promise."""

    promise: int
    words: str

    def __str__(self) -> str:
        return f"promise {self.promise}: {self.words}"


def answers_are_on_record(evidence: Evidence) -> Iterator[str]:
    """1: each answer that a client got has its record, with the same inputs and outputs."""
    verdict = judged(evidence.answers, evidence.records)
    yield from _several("answers have no record", verdict.without_record)
    yield from _several("records differ from the answer", verdict.differing)
    yield from _several("cases were sent once and are recorded more often", verdict.doubled)
    if not verdict.answered:
        yield "no client got any answer"


def slots_are_dispatched_once(evidence: Evidence) -> Iterator[str]:
    """2: each slot has one dispatch that succeeds, or is passed over by policy."""
    for role in evidence.roles:
        slots = _slots(evidence, role)
        if not is_cron(role):
            yield from _as_due(evidence, role, slots)
        twice = [slot for slot, count in slots.items() if count > 1]
        yield from _several(f"{role.name}: slots were dispatched twice", twice)
        for slot, runs in _by_slot(evidence, role).items():
            good = sum(run.state == "succeeded" for run in runs)
            if good != 1:
                told = ", ".join(f"{run.id} {run.state} {run.error}" for run in runs)
                yield f"{role.name}: slot {slot} has {good} successes ({told})"


def rows_are_delivered_once(evidence: Evidence) -> Iterator[str]:
    """3: a target holds what one undisturbed run of each dispatch would have written."""
    for role in evidence.roles:
        wanted, rows = _wanted_rows(evidence, role), evidence.delivered.get(role.name, ())
        upserts = role.mode is Mode.UPSERT
        found = Counter(row.key if upserts else (row.slot, row.key) for row in rows)
        yield from _several(f"{role.name}: rows are missing", wanted - found.keys())
        yield from _several(f"{role.name}: rows are nobody's", found.keys() - wanted)
        twice = [one for one, count in found.items() if count > 1]
        yield from _several(f"{role.name}: rows were delivered twice", twice)
        wrong = [row for row in rows if not _same(row.output, evidence.by_hand.get(row.key))]
        yield from _several(f"{role.name}: rows hold another answer than by hand", wrong)


def answers_agree(evidence: Evidence) -> Iterator[str]:
    """4: Showroom, dispatches and the model called by hand answer the same."""
    wrong = [
        answer.number
        for answer in evidence.answers
        if answer.status == http.client.OK
        and not _same(answer.body["predictions"][0], evidence.by_hand.get(answer.number))
    ]
    yield from _several("answers differ from the model called by hand", wrong)
    for replica, outputs in evidence.asked.items():
        for role in evidence.roles:
            differing = [
                row.key
                for row in evidence.delivered.get(role.name, ())
                if not _same(row.output, outputs.get(row.key))
            ]
            words = f"rows of {role.name} differ from what replica {replica} answers"
            yield from _several(words, differing)


def cron_means_cron(evidence: Evidence) -> Iterator[str]:
    """5: a crontab's slots are those that the clock of its zone shows, reckoned apart."""
    for role in filter(is_cron, evidence.roles):
        yield from _as_due(evidence, role, _slots(evidence, role))


def no_secret_leaves(evidence: Evidence) -> Iterator[str]:
    """6: no password, token or key stands in a log, an answer or a page."""
    for place, text in evidence.texts.items():
        for name, secret in evidence.secrets.items():
            if secret and secret in text:
                yield f"{name} stands in {place}"


def broken_ones_stop_nothing(evidence: Evidence) -> Iterator[str]:
    """7: what is broken from the start fails, is told of, and stops no other.

    That the others go on is for the other promises: here it is shown that these were tried at all.
    """
    for name in evidence.broken:
        states = {run.state for run in evidence.runs if run.schedule == name}
        if name in evidence.set_aside:
            continue
        if not states:
            yield f"the broken schedule {name} was never tried, nor set aside"
        if "succeeded" in states:
            yield f"the broken schedule {name} has succeeded"
    for name, state in evidence.checks.items():
        if _is_broken(name) and state != "down":
            yield f"the check {name} looks at nothing, and is {state}"


def dispatches_run_elsewhere(evidence: Evidence) -> Iterator[str]:
    """8: no dispatch runs in the process of a service."""
    for run in evidence.runs:
        if run.process in evidence.services:
            yield f"dispatch {run.id} of {run.schedule} ran in a service, process {run.process}"
        if run.state == "succeeded" and run.process is None and run.tasks is None:
            yield f"dispatch {run.id} of {run.schedule} succeeded in no known process"


def all_is_well_again(evidence: Evidence) -> Iterator[str]:
    """9: nothing crashes by itself, and after the last fault all works again by itself."""
    yield from evidence.crashes
    yield from evidence.unwell
    for state in ("queued", "running"):
        found = [f"{one.id} of {one.schedule}" for one in evidence.runs if one.state == state]
        yield from _several(f"dispatches are {state} for ever", found)
    for name, state in evidence.checks.items():
        if not _is_broken(name) and state != "up":
            yield f"the check {name} is {state}"
    later = [one for one in evidence.answers if one.at > evidence.healed_at]
    if not any(one.status == http.client.OK for one in later):
        yield "nobody was answered after the last fault"
    yield from (f"left over: {one}" for one in evidence.left_over)


PROMISES: dict[int, Callable[[Evidence], Iterator[str]]] = {
    1: answers_are_on_record,
    2: slots_are_dispatched_once,
    3: rows_are_delivered_once,
    4: answers_agree,
    5: cron_means_cron,
    6: no_secret_leaves,
    7: broken_ones_stop_nothing,
    8: dispatches_run_elsewhere,
    9: all_is_well_again,
}


def violations(evidence: Evidence) -> list[Violation]:
    """Judge by all promises."""
    return [
        Violation(promise=number, words=words)
        for number, check in PROMISES.items()
        for words in check(evidence)
    ]


def _as_due(evidence: Evidence, role: Role, slots: Counter[datetime]) -> Iterator[str]:
    """Compare the slots that were dispatched with those that were due."""
    due = evidence.due[role.name]
    missing = [one for one in due if one not in slots and not _is_passed_over(evidence, role, one)]
    yield from _several(f"{role.name}: slots have no dispatch", missing)
    yield from _several(
        f"{role.name}: slots were dispatched and not due", slots.keys() - due.keys()
    )


def _is_passed_over(evidence: Evidence, role: Role, slot: datetime) -> bool:
    return role.may_skip and any(
        (one.first is None or one.first <= slot) and slot <= one.last
        for one in evidence.passed_over.get(role.name, ())
    )


def _slots(evidence: Evidence, role: Role) -> Counter[datetime]:
    """Return the slots that were claimed, and how often."""
    return Counter(
        run.slot for run in evidence.runs if _is_whole(run, role) and run.kind == "scheduled"
    )


def _by_slot(evidence: Evidence, role: Role) -> dict[datetime, list[Run]]:
    found = defaultdict(list)
    for run in evidence.runs:
        if _is_whole(run, role):
            found[run.slot].append(run)
    return found


def _is_whole(run: Run, role: Role) -> bool:
    """Tell whether it is a dispatch of a role's, and no task of one."""
    return run.schedule == role.name and run.parent is None


def _wanted_rows(evidence: Evidence, role: Role) -> set[Any]:
    """Return what is to be delivered: slots and keys, or keys alone where slots share rows."""
    due = evidence.due[role.name]
    good = {
        run.slot for run in evidence.runs if run.schedule == role.name and run.state == "succeeded"
    }
    if role.mode is Mode.UPSERT:
        return {key for slot in good for key in due.get(slot, ())}
    return {(slot, key) for slot in good for key in due.get(slot, ())}


def _same(one: Any, other: Any) -> bool:
    """Tell whether two answers are the same, up to what the order of a sum can change."""
    if one is None or other is None:
        return False
    mine, yours = one["probabilities"], other["probabilities"]
    return (
        one["label"] == other["label"]
        and mine.keys() == yours.keys()
        and all(math.isclose(mine[name], yours[name], abs_tol=_CLOSE) for name in mine)
    )


def _is_broken(check: str) -> bool:
    return check.startswith("bad-")


def _several(words: str, found: Collection[Any]) -> Iterator[str]:
    """Tell of some of them, if there are any."""
    if found:
        some = ", ".join(str(one) for one in list(found)[:_SHOWN])
        yield f"{len(found)} {words}, e.g. {some}"
