"""A small house for tests of the launcher: a factory, a table of numbers, models that act."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from app.clock import utc_now
from app.factory import Factory
from app.scheduler.launchers.local import LocalLauncher
from app.values.brief import DispatchFilter
from app.values.dispatch import Dispatch
from app.values.model import Registration, RuntimeName
from app.values.schedule import Schedule
from tests.patience import await_that


class House:
    """Rows 1 to 3 in a table, and a schedule for each model."""

    def __init__(self, factory: Factory, directory: Path) -> None:
        self.factory = factory
        self.directory = directory
        directory.mkdir(exist_ok=True)
        self.rows = sa.create_engine(f"sqlite:///{directory}/rows.sqlite", poolclass=sa.NullPool)
        numbers = pd.DataFrame({"id": [1, 2, 3], "a": [1.0, 2.0, 3.0]})
        numbers.to_sql("numbers", self.rows, index=False)
        factory.sources.add(
            "rows", f"sqlite:///{directory}/rows.sqlite", "", actor="test", now=utc_now()
        )

    def place(self, name: str) -> Path:
        """Return a directory in which a model tells of itself."""
        place = self.directory / name
        place.mkdir()
        return place

    def schedule(
        self,
        name: str,
        do: str,
        policies: Any = None,
        source: str = "rows",
        partitions: int = 1,
        **what: Any,
    ) -> str:
        """Register a model that does this, and declare a schedule of the same name for it."""
        file, sample = self.directory / f"{name}.json", self.directory / "sample.parquet"
        file.write_text(json.dumps({"do": do, **what}, default=str))
        pd.DataFrame({"a": [0.0, -1.0]}).to_parquet(sample)
        asked = Registration(
            name=name,
            filename=file.name,
            runtime=RuntimeName.PYTHON,
            entry_point="tests.scheduler.programs:Acts",
            sample=sample,
        )
        self.factory.models.register(file, asked, actor="test", now=utc_now())
        spec = Schedule.model_validate(
            {
                "name": name,
                "model": name,
                "collect": {"source": source, "key": "id", "query": "SELECT id, a FROM numbers"},
                "deliver": {"source": source, "table": f"out_{name}", "mode": "append"},
                "policies": policies or {},
                "partitions": partitions,
            }
        )
        self.factory.schedules.declare(spec, "test.yaml", now=utc_now())
        return name

    def order(self, schedule: str) -> int:
        """Queue a dispatch; return its id."""
        return self.factory.dispatches.order(schedule, now=utc_now(), actor="test").id

    def get(self, dispatch_id: int) -> Dispatch:
        """Return a dispatch."""
        return self.factory.dispatches.get(dispatch_id)

    def ended(self, dispatch_id: int) -> Dispatch:
        """Wait for the end of a dispatch."""
        await_that(lambda: self.get(dispatch_id).state.is_final)
        return self.get(dispatch_id)

    def retry_of(self, dispatch_id: int) -> Dispatch:
        """Wait for the dispatch that tries this one again to end."""
        schedule = self.get(dispatch_id).schedule
        found = await_that(
            lambda: [
                one
                for one in self.factory.dispatches.page(DispatchFilter(schedule=schedule))
                if one.retry_of == dispatch_id
            ]
        )
        return self.ended(found[0].id)

    def delivered(self, schedule: str) -> list[tuple[int, float]]:
        """Return the rows of a schedule's target; none if it is not there."""
        table = f"out_{schedule}"
        if table not in sa.inspect(self.rows).get_table_names():
            return []
        with self.rows.connect() as connection:
            query = sa.text(f'SELECT id, value FROM "{table}" ORDER BY id')  # noqa: S608 - a test's
            return [(row.id, row.value) for row in connection.execute(query)]

    def log(self, dispatch_id: int) -> str:
        """Wait for the end of a dispatch's log, and return it whole."""
        self.ended(dispatch_id)
        await_that(lambda: self.factory.logs.part(dispatch_id, after=0, now=utc_now()).is_over)
        return self.factory.logs.whole(dispatch_id, now=utc_now())

    def running_process(self, place: Path) -> int:
        """Wait until a model says that it runs; return its process."""
        (found,) = await_that(lambda: list(place.glob("running-*")))
        return int(found.name.removeprefix("running-"))

    def launcher(self) -> LocalLauncher:
        """Return a launcher of this house, not started."""
        return LocalLauncher(self.factory, clock=utc_now)


DELIVERED = [(1, 2.0), (2, 4.0), (3, 6.0)]
