"""What clients were answered, beside what is on record."""

import http.client
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.db.showroom_tables import prediction_cases, prediction_requests
from tests.showroom.clients import Answered, case

Recorded = tuple[Any, Any]
"""The inputs and the output of a case."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The clients' logs beside the tables: all lists are empty if the promise was kept."""

    answered: int
    """Answers with status 200."""
    recorded: int
    """Requests in the table: also those whose answer a kill cut off."""
    refused: dict[int, int] = field(default_factory=dict)
    """Answers with another status."""
    without_record: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    """Records with other inputs or outputs than the answer."""
    doubled: list[int] = field(default_factory=list)
    """Cases that were sent once and are recorded more than once."""

    @property
    def is_kept(self) -> bool:
        """Whether each answer has its record, with its outputs, and nothing is there twice."""
        return bool(self.answered) and not (self.without_record or self.differing or self.doubled)


def records(engine: sa.Engine) -> dict[str, Recorded]:
    """Return inputs and output of each recorded request of one case, by its id."""
    joined = sa.join(
        prediction_requests,
        prediction_cases,
        prediction_requests.c.id == prediction_cases.c.request,
    )
    columns = (prediction_requests.c.id, prediction_cases.c.inputs, prediction_cases.c.output)
    query = sa.select(*columns).select_from(joined).where(prediction_requests.c.cases == 1)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    return {row.id: (json.loads(row.inputs), json.loads(row.output)) for row in rows}


def judged(answers: Iterable[Answered], found: Mapping[str, Recorded]) -> Verdict:
    """Compare the clients' logs with the records."""
    told = list(answers)
    good = [answer for answer in told if answer.status == http.client.OK]
    sent = Counter(int(inputs["a"]) for inputs, _ in found.values())
    return Verdict(
        answered=len(good),
        recorded=len(found),
        refused=Counter(one.status for one in told if one.status != http.client.OK),
        without_record=[one.body["id"] for one in good if one.body["id"] not in found],
        differing=[
            one.body["id"]
            for one in good
            if one.body["id"] in found
            and found[one.body["id"]] != (case(one.number), one.body["predictions"][0])
        ],
        doubled=[number for number, times in sent.items() if times > 1],
    )
