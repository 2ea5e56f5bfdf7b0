"""The program of a job: what it does before it runs its dispatch."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.cli.slurm_job import claim_as_job
from app.errors import ConfigurationError, OutdatedSchemaError
from app.factory import Factory
from app.services import patience
from tests.scheduler.house import House

NAME = "disparo-1-0123456789abcdef-1"


def failing(error: Exception, times: int) -> Callable[[Factory], None]:
    """Return a check of the schema that fails some times."""
    errors = [error] * times

    def check(_: Factory) -> None:
        if errors:
            raise errors.pop()

    return check


@pytest.fixture
def dispatch(factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Give a dispatch that waits, and is no job's."""
    monkeypatch.setattr(patience, "_PAUSE_SECONDS", 0.01)
    house = House(factory, tmp_path / "house")
    return house.order(house.schedule("plain", "nothing"))


def test_a_job_that_begins_while_the_database_is_away_waits_for_it(
    factory: Factory, dispatch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the job would end, and the dispatch with it: here it comes to ask for its own."""
    away = sa.exc.OperationalError("SELECT 1", {}, Exception("gone"))
    monkeypatch.setattr(Factory, "check_schema", failing(away, times=3))
    with pytest.raises(ConfigurationError, match="knows no job"):
        claim_as_job(factory, dispatch, NAME)


def test_a_job_refuses_another_schema(
    factory: Factory, dispatch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once: waiting would not mend it."""
    outdated = OutdatedSchemaError("it is of another release")
    monkeypatch.setattr(Factory, "check_schema", failing(outdated, times=1))
    with pytest.raises(OutdatedSchemaError):
        claim_as_job(factory, dispatch, NAME)
