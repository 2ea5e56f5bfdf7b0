"""`disparo schedules`, `dispatch` and `crontab` as people and cron call them."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from app.cli import cli
from app.clock import utc_now
from app.errors import ChangedError, ConfigurationError, ConflictError, NotFoundError
from app.factory import Factory
from app.values.dispatch import DispatchKind, DispatchState
from tests import flights, warm
from tests.scheduling import spec
from tests.servers import free_port

SPEC = """\
name: nightly
model: m
cron: "30 7 * * 1-5"
timezone: America/New_York
collect: {source: place, query: SELECT 1 AS id, key: id}
deliver: {source: place, table: predictions}
parameters: {share: 1}
"""


@pytest.fixture
def nightly(factory: Factory, tmp_path: Path) -> Path:
    """Give a schedule, and the file that it was made from."""
    assert factory
    file = tmp_path / "nightly.yaml"
    file.write_text(SPEC)
    disparo("schedules", "create", str(file))
    return file


def disparo(*arguments: str, text: str | None = None) -> str:
    """Run a command in this process; return what it prints. Raises what it raises."""
    done = CliRunner().invoke(cli, arguments, input=text, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def answer(*arguments: str) -> Any:
    """Run a command with --json."""
    return json.loads(disparo(*arguments, "--json"))


def test_a_schedule_is_created_and_listed_by_its_own_clock(nightly: Path) -> None:
    """The table shows when it is due, with the offset of its zone; JSON shows all."""
    assert nightly
    listed = disparo("schedules", "list")
    assert "At 07:30, Monday through Friday" in listed
    assert "07:30-0" in listed
    [one] = answer("schedules", "list")
    shown = json.loads(disparo("schedules", "show", "nightly"))
    warnings = ["there is no model 'm' (yet)", "there is no source 'place' (yet)"]
    assert shown == one | {"warnings": warnings}
    with pytest.raises(ConflictError):
        disparo("schedules", "create", str(nightly))
    assert answer("schedules", "list", "--paused") == []


def test_fields_are_set_by_their_paths(nightly: Path) -> None:
    """Values are YAML where they can be; stars and @daily are text; null is the default."""
    assert nightly
    changed = answer(
        "schedules", "set", "nightly", "cron=*/5 * * * *", "policies.retries.limit=3",
        "policies.time_out=PT1H", "parameters.share=0.5", "description=Grüße: 1",
    )  # fmt: skip
    spec = changed["spec"]
    assert (spec["cron"], spec["policies"]["retries"]["limit"]) == ("*/5 * * * *", 3)
    assert (spec["policies"]["time_out"], spec["parameters"]) == ("PT1H", {"share": 0.5})
    assert spec["description"] == "Grüße: 1"
    spec = answer("schedules", "set", "nightly", "cron=@daily", "policies=null")["spec"]
    assert (spec["cron"], spec["policies"]["retries"]["limit"]) == ("@daily", 0)
    history = disparo("schedules", "history", "nightly")
    assert "cron: */5 * * * * -> @daily" in history
    assert "policies.retries.limit: 3 -> default" in history
    for wrong in ("cron", "=1", "cron=61 * * * *", "crn=1"):
        with pytest.raises(ConfigurationError):
            disparo("schedules", "set", "nightly", wrong)
    with pytest.raises(NotFoundError):
        disparo("schedules", "set", "none", "cron=@daily")


def test_a_schedule_is_exported_replaced_and_removed(nightly: Path) -> None:
    """What is exported replaces the schedule; so does JSON, and standard input."""
    exported = disparo("schedules", "export", "nightly")
    disparo("schedules", "set", "nightly", "cron=@daily")
    nightly.write_text(exported)
    assert "revision 3" in disparo("schedules", "replace", str(nightly))
    disparo("schedules", "replace", "-", text=SPEC.replace("30 7", "45 7"))
    [one] = answer("schedules", "list")
    assert one["spec"]["cron"] == "45 7 * * 1-5"
    assert "removed" in disparo("schedules", "remove", "nightly")
    assert disparo("schedules", "export") == "schedules: []\n"
    nightly.write_text("schedules: [{name: a}, {name: b}]")
    with pytest.raises(ConfigurationError, match="does not hold one schedule"):
        disparo("schedules", "create", str(nightly))


def test_a_schedule_is_paused_and_told_when_it_is_due(nightly: Path) -> None:
    """Pause and resume; fires of a stored schedule and of an expression."""
    assert nightly
    assert answer("schedules", "pause", "nightly")["due_at"] is None
    assert "paused" in disparo("schedules", "list")
    assert answer("schedules", "resume", "nightly")["due_at"] is not None
    after = ("--after", "2026-03-06T08:00", "--count", "2")
    fires = ["2026-03-09T07:30:00-04:00", "2026-03-10T07:30:00-04:00"]
    assert answer("schedules", "fires", "nightly", *after)["fires"] == fires
    zone = ("--timezone", "America/New_York")
    assert disparo("schedules", "preview", "30 7 * * 1-5", *zone, *after).splitlines() == [
        "At 07:30, Monday through Friday",
        *fires,
    ]


def test_runs_and_backfills_are_ordered_and_cancelled(nightly: Path) -> None:
    """A run waits for the service; a backfill is counted, ordered, listed and cancelled."""
    assert nightly
    assert answer("schedules", "run", "nightly", "--param", "share=2")["order"]["parameters"] == {
        "share": 2
    }
    assert "is cancelled" in disparo("dispatch", "cancel", "1")
    with pytest.raises(ConflictError):
        disparo("dispatch", "cancel", "1")
    stretch = ("schedules", "backfill", "nightly", "2026-03-02", "2026-03-09")
    assert "it would make 5 dispatches" in disparo(*stretch, "--dry-run")
    assert answer(*stretch)["states"] == {"queued": 5}
    assert answer(*stretch, "--dry-run")["left_out"] == 5
    listed = disparo("schedules", "backfills", "nightly")
    assert "5 queued" in listed
    assert "2026-03-02 00:00-05:00" in listed
    assert "2026-03-06 07:30-05:00" in disparo("schedules", "dispatches", "nightly")
    assert "5 cancelled" in disparo("schedules", "cancel-backfill", "nightly", "1")


def test_a_crontab_is_told_first_and_then_taken(nightly: Path, tmp_path: Path) -> None:
    """Without --apply nothing is changed; what is left out is named with its line."""
    assert nightly
    file = tmp_path / "crontab"
    file.write_text("0 9 * * * disparo dispatch run nightly\n0 8 * * * /bin/true\n")
    zone = ("--timezone", "Europe/London")
    told = disparo("crontab", "import", str(file), *zone)
    assert "line 2 is left out: it does not call" in told
    assert "nothing is changed yet" in told
    assert answer("schedules", "list")[0]["spec"]["cron"] == "30 7 * * 1-5"
    done = json.loads(
        disparo("crontab", "import", "-", *zone, "--apply", "--json", text=file.read_text())
    )
    assert (done["applied"], done["taken"][0]["action"]) == (True, "change")
    exported = disparo("crontab", "export", *zone)
    assert "0 9 * * *  " in exported
    assert "disparo dispatch run nightly --slot now" in exported
    with pytest.raises(ConfigurationError, match="cannot be read"):
        disparo("crontab", "import", str(tmp_path / "none"))


def test_a_slot_that_is_dispatched_already_is_only_told(
    nightly: Path, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--slot now claims as the scheduler does, and so does nothing for a taken slot or a pause."""
    assert nightly
    monkeypatch.setenv("DISPARO_DISPATCH__NICE", "0")
    ordered, _ = factory.dispatches.order_slot("nightly", now=utc_now(), actor="test")
    told = disparo("dispatch", "run", "nightly", "--slot", "now")
    assert f"has dispatch {ordered.id} already, which is queued" in told
    disparo("schedules", "pause", "nightly")
    assert "is paused" in disparo("dispatch", "run", "nightly", "--slot", "now")
    with pytest.raises(ConfigurationError, match="no --param, --limit or --dry-run"):
        disparo("dispatch", "run", "nightly", "--slot", "now", "--dry-run")
    assert len(factory.dispatches.page()) == 1


def test_two_crons_at_once_make_one_dispatch(factory: Factory, tmp_path: Path) -> None:
    """Real processes claim the same slot: one runs it, the others say so; all end well."""
    engine = sa.create_engine(f"sqlite:///{tmp_path}/place.sqlite", poolclass=sa.NullPool)
    flights.write(flights.november().head(50), engine)
    flights.register(factory, tmp_path)
    factory.sources.add("place", str(engine.url), "", actor="test", now=utc_now())
    query = f"SELECT id, {flights.COLUMNS} FROM flights"  # noqa: S608 - constants
    flights.schedule(factory, cron="0 0 1 1 *", collect={"query": query})

    def run(_: int) -> "subprocess.CompletedProcess[str]":
        return warm.run("dispatch", "run", "score", "--slot", "now", timeout=100)

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(run, range(3)))
    assert [one.returncode for one in done] == [0, 0, 0], [one.stderr for one in done]
    assert sorted("succeeded: 50 rows" in one.stdout for one in done) == [False, False, True]
    [only] = factory.dispatches.page()
    assert (only.kind, only.state) == (DispatchKind.SCHEDULED, DispatchState.SUCCEEDED)
    assert flights.read(engine, "SELECT count(*) FROM predictions")[0][0] == 50


def test_the_lists_that_people_edit_do_not_hide_a_lost_race(factory: Factory) -> None:
    """A revision that is expected and gone is refused whoever asks, not only over HTTP."""
    factory.schedules.create(spec("a"), actor="test", now=utc_now())
    with pytest.raises(ChangedError):
        factory.schedules.remove("a", actor="test", now=utc_now(), expected={2})


@pytest.mark.parametrize("command", [["serve"], ["schedules", "list"]])
def test_a_database_that_is_away_is_told_in_a_sentence(
    state: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """Who starts the service reads what to do, and not where the program was."""
    assert state
    away = f"mysql+pymysql://user:p4ss@127.0.0.1:{free_port()}/disparo"
    monkeypatch.setenv("DISPARO_DATABASE__URL", away)
    done = warm.run(*command, timeout=90)
    assert done.returncode == 3
    assert done.stderr.startswith("Database away: Disparo's database does not answer")
    assert "database.url" in done.stderr
    assert "Traceback" not in done.stderr
    assert "p4ss" not in done.stderr
