"""`disparo checks` and `disparo windows` as people call them."""

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.clock import utc_now
from app.errors import ConfigurationError, ConflictError, ExitCode, NotFoundError
from app.factory import Factory
from tests.patience import await_that
from tests.watching import BAD, World, check, monitoring

pytestmark = pytest.mark.usefixtures("factory")


def disparo(*arguments: str, text: str | None = None, code: int = 0) -> str:
    """Run a command in this process; return what it prints. Raises what it raises."""
    done = CliRunner().invoke(cli, arguments, input=text, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.stdout


@pytest.fixture
def port() -> Iterator[int]:
    """Give a port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def target(port: int) -> str:
    """Return a check in YAML."""
    return f"name: web\ntarget: {{kind: host, address: 127.0.0.1, port: {port}}}\n"


def test_a_check_is_made_changed_and_removed(port: int) -> None:
    """Each command says what it did, and what the check is now."""
    assert disparo("checks", "create", "-", text=target(port)).startswith("created web, revision 1")
    assert "revision 2" in disparo("checks", "set", "web", "every=30", "target.port=1")
    assert json.loads(disparo("checks", "show", "web"))["spec"]["target"]["port"] == 1
    assert "revision 3" in disparo("checks", "replace", "-", text=target(port))
    assert "paused" in disparo("checks", "pause", "web")
    assert "web" in disparo("checks", "list", "--state", "paused")
    disparo("checks", "resume", "web")
    exported = disparo("checks", "export")
    assert disparo("checks", "remove", "web") == "removed web\n"
    assert json.loads(disparo("checks", "list", "--json")) == []
    disparo("checks", "create", "-", text=exported)
    with pytest.raises(ConflictError):
        disparo("checks", "create", "-", text=exported)
    with pytest.raises(NotFoundError):
        disparo("checks", "show", "none")


def test_a_test_exits_by_what_it_finds(port: int) -> None:
    """0 when the target is well, 10 when it is not; nothing is recorded."""
    disparo("checks", "create", "-", text=target(port))
    assert disparo("checks", "test", "web").startswith("well after")
    disparo("checks", "set", "web", "target.port=1")
    told = disparo("checks", "test", "web", code=ExitCode.NOT_WELL)
    assert told.startswith("failed at refused")
    found: Any = json.loads(disparo("checks", "test", "web", "--json", code=ExitCode.NOT_WELL))
    assert found["failed_step"] == "refused"
    assert json.loads(disparo("checks", "results", "web", "--by", "raw", "--json")) == []


def test_results_and_flips_are_printed(factory: Factory) -> None:
    """Each result, hours, and changes of state."""
    world = World()
    world.otherwise = BAD
    factory.checks.create(check("web"), actor="test", now=utc_now())
    with monitoring(factory, world):
        await_that(lambda: factory.checks.flips("web"))
    assert "refused" in disparo("checks", "results", "web", "--by", "raw")
    assert re.search(r" 0\.00 % +\d\.\d{3} +\d\.\d{3} *$", disparo("checks", "results", "web"))
    assert "unknown  down" in disparo("checks", "flips", "web")


def test_what_a_target_says_is_printed_as_it_is(factory: Factory) -> None:
    """Brackets and colons of a driver's message are neither styles nor pictures."""
    words = "[ma-3.1.15]Can't connect [/red] :warning:"
    world = World()
    world.otherwise = BAD.model_copy(update={"detail": words})
    factory.checks.create(check("web"), actor="test", now=utc_now())
    with monitoring(factory, world):
        await_that(lambda: factory.checks.flips("web"))
    assert words in disparo("checks", "flips", "web")
    assert words in disparo("checks", "list")


def test_a_paused_check_says_who_paused_it() -> None:
    """Once, before the Monitor has followed too."""
    disparo("checks", "create", "-", text="{name: a, target: {kind: host, address: h, port: 1}}")
    done = disparo("checks", "pause", "a")
    assert done == "paused a, revision 2: paused by a person\n"


def test_a_file_declares_checks_and_windows(tmp_path: Path) -> None:
    """In any order; what depends on what is not there changes nothing at all."""
    host = "{kind: host, address: h, port: 1}"
    file = tmp_path / "checks.yaml"
    file.write_text(
        f"checks:\n- {{name: b, target: {host}, depends_on: [a]}}\n"
        f"- {{name: a, target: {host}, paused: true}}\n"
        "windows:\n- {name: night, cron: '0 2 * * *', duration: PT1H, checks: [a]}\n"
    )
    applied = ["applied check b", "applied check a", "applied window night"]
    assert disparo("apply", str(file)).splitlines() == applied
    assert disparo("apply", str(file)) == "nothing to change\n"
    disparo("checks", "resume", "a")
    assert disparo("apply", str(file)) == "nothing to change\n"
    assert "night" in disparo("windows", "list")
    file.write_text(f"checks:\n- {{name: c, target: {host}, depends_on: [none]}}\n")
    with pytest.raises(ConfigurationError, match="there is no such check"):
        disparo("apply", str(file))
    assert [one["name"] for one in json.loads(disparo("checks", "list", "--json"))] == ["a", "b"]


def test_a_window_is_made_and_removed() -> None:
    """The command tells whether it is open now."""
    always = "name: w\ncron: '* * * * *'\nduration: PT1H\n"
    told = "it is open now, and never closes: it begins again before it ends\n"
    assert disparo("windows", "create", "-", text=always) == f"created w: {told}"
    past = "{name: w, starts: 2020-01-01T00:00, ends: 2020-01-01T02:00, timezone: Asia/Tokyo}"
    assert disparo("windows", "replace", "-", text=past) == "replaced w: it is over\n"
    far = "{name: w, starts: 2100-01-01T00:00, ends: 2100-01-01T02:00, timezone: Asia/Tokyo}"
    told = "replaced w: it is not open before 2100-01-01 00:00+09:00\n"
    assert disparo("windows", "replace", "-", text=far) == told
    assert disparo("windows", "remove", "w") == "removed w\n"
    assert json.loads(disparo("windows", "list", "--json")) == []
    with pytest.raises(NotFoundError, match="there is no maintenance window 'w'"):
        disparo("windows", "replace", "-", text=past)


def test_the_list_of_windows_says_how_each_stands(factory: Factory) -> None:
    """For which checks, for how long as it was written, and which one cannot be read."""
    disparo("windows", "create", "-", text="{name: a, cron: '* * * * *', duration: PT1H}")
    disparo("windows", "create", "-", text="{name: b, cron: '0 2 * * 0', duration: P1M}")
    past = "starts: 2020-01-01T00:00, ends: 2020-01-01T02:30, timezone: Asia/Tokyo"
    disparo("windows", "create", "-", text=f"{{name: c, {past}}}")
    with factory.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE maintenance_windows SET spec = '{}' WHERE name = 'a'")
    done = CliRunner().invoke(cli, ["windows", "list"])
    _, damaged, other, once = done.stdout.splitlines()
    assert (
        " ".join(once.split()) == "c over all 2020-01-01 00:00 until 2020-01-01 02:30 - Asia/Tokyo"
    )
    assert damaged.split() == ["a", "cannot", "be", "read", *"-" * 4]
    assert " ".join(other.split()) == (
        "b open now, and never closes: it begins again before it ends all "
        "At 02:00, only on Sunday P30D UTC"
    )
    assert "a: the stored spec cannot be read" in done.stderr
