"""A house for tests that break the Showroom: a service, clients with logs, and the judge."""

import http.client
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import sqlalchemy as sa
from sklearn.linear_model import LogisticRegression

from app.clock import utc_now
from app.db.tables import prediction_cases, prediction_requests
from app.factory import Factory
from app.settings import load_settings
from app.values.model import Registration
from tests import servers, warm
from tests.patience import await_that
from tests.showroom.clients import FEATURES, Answered, Clients, case, post

START_SECONDS = 300.0
"""For what is imported on a machine whose cores are all busy."""


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


class House:
    """A service on a database, and clients that keep it busy."""

    def __init__(self, directory: Path, url: str, settings: Mapping[str, str]) -> None:
        self.directory = directory
        self.port = servers.free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if "DISPARO" not in name},
            "DISPARO_VAR": str(directory / "var"),
            "DISPARO_DATABASE__URL": url,
            "DISPARO_SERVER__PORT": str(self.port),
            "DISPARO_SCHEDULER__ENABLED": "false",
            "DISPARO_AUTH__MODE": "none",
            **settings,
        }
        self.factory = self._furnished()
        self.service: warm.Process | None = None
        self._clients: list[Clients] = []

    def _furnished(self) -> Factory:
        """Make the tables, and a model that costs little."""
        before = dict(os.environ)
        os.environ.update(self.environment)
        try:
            factory = Factory(load_settings(), self.directory / "var")
        finally:
            os.environ.clear()
            os.environ.update(before)
        factory.upgrade_schema()
        sample = pd.DataFrame([case(number) for number in range(0, 10_000, 97)])
        model = LogisticRegression().fit(sample, np.where(sample["b"] < 0.5, "low", "high"))
        file, typical = self.directory / "m.joblib", self.directory / "sample.parquet"
        joblib.dump(model, file)
        sample.to_parquet(typical)
        assert tuple(sample.columns) == FEATURES
        asked = Registration(name="m", filename=file.name, sample=typical)
        factory.models.register(file, asked, actor="test", now=utc_now())
        return factory

    def start(self) -> None:
        """Start the service."""
        with (self.directory / "service.log").open("ab") as log:
            self.service = warm.start("serve", environment=self.environment, errors=log)

    def kill(self) -> None:
        """Kill the service at once, as a crash would."""
        assert self.service is not None
        self.service.kill()
        self.service.wait()

    def load(self, processes: int = 4, connections: int = 4) -> None:
        """Let clients begin."""
        begun = len(self._clients)
        for number in range(begun, begun + processes):
            log = self.directory / f"client-{number}.jsonl"
            first = 1 + number * connections
            made = Clients(self.port, log, first=first, connections=connections)
            self._clients.append(made)

    def unload(self) -> None:
        """Let the clients end."""
        for clients in self._clients:
            clients.stop()

    def await_answer(self, number: int) -> Answered:
        """Ask until an answer with status 200 comes; return it."""
        found: list[Answered] = []

        def answers() -> bool:
            with suppress(OSError, http.client.HTTPException):
                found.append(self.ask(number))
                return found[-1].status == http.client.OK
            return False

        await_that(answers, START_SECONDS)
        return found[-1]

    def ask(self, number: int) -> Answered:
        """Ask once."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            return post(connection, number)
        finally:
            connection.close()

    def answers(self) -> list[Answered]:
        """Return what all clients were answered."""
        return [answer for clients in self._clients for answer in clients.answers()]

    def records(self) -> dict[str, tuple[Any, Any]]:
        """Return inputs and output of each recorded request of one case."""
        joined = sa.join(
            prediction_requests,
            prediction_cases,
            prediction_requests.c.id == prediction_cases.c.request,
        )
        columns = (prediction_requests.c.id, prediction_cases.c.inputs, prediction_cases.c.output)
        with self.factory.engine.connect() as connection:
            rows = connection.execute(sa.select(*columns).select_from(joined)).all()
        return {row.id: (json.loads(row.inputs), json.loads(row.output)) for row in rows}

    def judge(self) -> Verdict:
        """Compare the clients' logs with the tables."""
        answers, records = self.answers(), self.records()
        good = [answer for answer in answers if answer.status == http.client.OK]
        sent = Counter(int(inputs["a"]) for inputs, _ in records.values())
        return Verdict(
            answered=len(good),
            recorded=len(records),
            refused=Counter(one.status for one in answers if one.status != http.client.OK),
            without_record=[one.body["id"] for one in good if one.body["id"] not in records],
            differing=[
                one.body["id"]
                for one in good
                if one.body["id"] in records
                and records[one.body["id"]] != (case(one.number), one.body["predictions"][0])
            ],
            doubled=[number for number, times in sent.items() if times > 1],
        )

    def close(self) -> None:
        """End all processes."""
        for clients in self._clients:
            clients.kill()
        if self.service is not None:
            self.kill()
        self.factory.close()


@contextmanager
def furnished(directory: Path, url: str, **settings: str) -> Iterator[House]:
    """Give a house whose database is empty; `settings` are environment variables."""
    with warm.serving():
        house = House(directory, url, settings)
        try:
            yield house
        finally:
            house.close()
