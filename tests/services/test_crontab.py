"""Crontabs taken over and written: every line is taken, or named with what hinders it."""

from datetime import timedelta
from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.factory import Factory
from app.services.zones import same_clock, system_zone
from app.values.crontab_file import Action, CrontabImport
from app.values.crontab_line import call
from tests.scheduling import NOON, spec

RUN = "/opt/disparo/.venv/bin/disparo dispatch run"


def take_over(factory: Factory, text: str, *, apply: bool = True, **options: bool) -> CrontabImport:
    """Take a crontab over on a machine in London."""
    return factory.crontab.take_over(
        text, timezone="Europe/London", apply=apply, actor="test", now=NOON, **options
    )


def outcome(done: CrontabImport) -> list[tuple[int, str, str]]:
    """Return line, schedule and action of what was taken."""
    return [(one.line, one.schedule, one.action) for one in done.taken]


@pytest.mark.parametrize(
    ("line", "cron", "parameters"),
    [
        (f"30 7 * * 1-5 {RUN} nightly", "30 7 * * 1-5", ()),
        (f"@daily {RUN} nightly --slot now", "@daily", ()),
        (f"\t*/5 *\t* * * {RUN} --slot=now nightly", "*/5 * * * *", ()),
        ("0 1 * * * disparo dispatch run nightly", "0 1 * * *", ()),
        (f"0 1 * * * cd /srv/x && {RUN} nightly >> /var/log/x.log 2>&1", "0 1 * * *", ()),
        (f"0 1 * * * A=b C='d e' {RUN} nightly >/dev/null", "0 1 * * *", ()),
        (f"0 1 * * * env A=b {RUN} nightly &>/dev/null", "0 1 * * *", ()),
        (f"0 1 * * * export A=b; {RUN} nightly%standard input", "0 1 * * *", ()),
        (
            f"0 1 * * * {RUN} nightly --param x=50\\% --param=y='a b'",
            "0 1 * * *",
            ("x=50%", "y=a b"),
        ),
    ],
)
def test_a_line_that_runs_a_schedule_is_read(
    line: str, cron: str, parameters: tuple[str, ...]
) -> None:
    """Any path, settings before, redirections after; `%` as cron has it."""
    found = call(line, system=False)
    assert (found.cron, found.schedule, found.parameters) == (cron, "nightly", parameters)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0 1 * * * /usr/bin/backup", "does not call"),
        ("0 1 * * * echo disparo dispatch run nightly", "does not call"),
        (f"0 1 * * * {RUN} nightly && mail me", "runs other commands too"),
        (f"0 1 * * * {RUN} nightly | logger", "runs other commands too"),
        (f"0 1 * * * {RUN} a; {RUN} b", "runs other commands too"),
        (f"0 1 * * * {RUN} a b", "does not name one schedule"),
        (f"0 1 * * * {RUN} --slot 2013-11-28 nightly", "one fixed slot"),
        (f"0 1 * * * {RUN} nightly --dry-run", "nothing like --dry-run"),
        (f"0 1 * * * {RUN} 'nightly", "quotes do not close"),
        ("0 1 * *", "no command"),
        ("@daily", "no command"),
    ],
)
def test_what_no_schedule_can_do_is_told(line: str, reason: str) -> None:
    """The reason names what hinders."""
    with pytest.raises(ValueError, match=reason):
        call(line, system=False)


CRONTAB = f"""\
# The nightly runs
MAILTO=ops@example.org

30 7 * * 1-5 {RUN} nightly --slot now
CRON_TZ=America/New_York
0 9 * * *  {RUN} nightly --param share=0.5
0 3 * * *  /usr/bin/backup
61 * * * * {RUN} other
@reboot    {RUN} other
0 4 * * *  {RUN} unknown
0 5 * * *  {RUN} other --param share=1
0 6 * * *  {RUN} filed
CRON_TZ=Mars/Base
0 7 * * *  {RUN} other
"""


def test_a_crontab_is_taken_over_line_by_line(anywhere: Factory) -> None:
    """A dry run tells all and changes nothing; the second line of a schedule makes a copy."""
    for name in ("nightly", "other"):
        parameters = {"share": 1} if name == "nightly" else {}
        made = spec(name, cron="@yearly", parameters=parameters)
        anywhere.schedules.create(made, actor="test", now=NOON)
    anywhere.schedules.declare(spec("filed"), "filed.yaml", now=NOON)
    dry = take_over(anywhere, CRONTAB, apply=False)
    assert outcome(dry) == [(4, "nightly", Action.CHANGE), (6, "nightly-2", Action.CREATE)]
    reasons = {
        7: "it does not call `disparo dispatch run`",
        8: "its minute field is '61'",
        9: "'@reboot' is not a time",
        10: "there is no schedule 'unknown', which would say what to run",
        11: "schedule 'other' has no parameter 'share'",
        12: "schedule 'filed' is declared in filed.yaml",
        14: "timezone: 'Mars/Base' is not an IANA time zone",
    }
    assert [one.line for one in dry.left_out] == list(reasons)
    for one in dry.left_out:
        assert reasons[one.line] in one.reason
    assert len(anywhere.schedules.page()) == 3
    assert anywhere.schedules.get("nightly").spec.cron == "@yearly"

    done = take_over(anywhere, CRONTAB)
    assert (outcome(done), done.applied) == (outcome(dry), True)
    first, second = (anywhere.schedules.get(name).spec for name in ("nightly", "nightly-2"))
    assert (first.cron, first.timezone, first.parameters) == (
        "30 7 * * 1-5",
        "Europe/London",
        {"share": 1},
    )
    assert (second.cron, second.timezone, second.parameters) == (
        "0 9 * * *",
        "America/New_York",
        {"share": 0.5},
    )
    assert anywhere.schedules.history("nightly")[-1].detail["after"] == {
        "cron": "30 7 * * 1-5",
        "timezone": "Europe/London",
    }
    again = take_over(anywhere, CRONTAB)
    assert outcome(again) == [(4, "nightly", Action.NONE), (6, "nightly-2", Action.NONE)]
    assert anywhere.schedules.get("nightly").revision == 2


def test_a_copy_never_takes_the_name_of_another_schedule(factory: Factory) -> None:
    """A schedule that is no copy of the first one stays as it is."""
    factory.schedules.create(spec("nightly"), actor="test", now=NOON)
    factory.schedules.create(spec("nightly-2", model="other"), actor="test", now=NOON)
    done = take_over(factory, f"0 1 * * * {RUN} nightly\n0 2 * * * {RUN} nightly\n")
    assert outcome(done) == [(1, "nightly", Action.CHANGE)]
    assert "another schedule has that name" in done.left_out[0].reason


def test_a_system_crontab_names_users(factory: Factory) -> None:
    """With --system the sixth field is a user; --timezone goes before CRON_TZ."""
    factory.schedules.create(spec("nightly"), actor="test", now=NOON)
    text = f"CRON_TZ=Asia/Tokyo\n0 1 * * * disparo {RUN} nightly\n"
    assert outcome(take_over(factory, text)) == []
    done = take_over(factory, text, system=True, fixed_zone=True)
    assert [(one.schedule, one.timezone) for one in done.taken] == [("nightly", "Europe/London")]


def write(factory: Factory, *names: str, every_zone: bool = False) -> str:
    """Write a crontab for a machine in London."""
    return factory.crontab_export.write(
        names or None,
        command="/opt/100%/disparo",
        environment={"DISPARO_VAR": "/srv/var"},
        timezone="Europe/London",
        every_zone=every_zone,
        now=NOON,
    )


def test_a_written_crontab_is_taken_back(factory: Factory) -> None:
    """Lines of the machine's own zone stand as they are, and come to the same schedules."""
    here = {
        "a": spec("a", cron="30 7 * * 1-5", timezone="Europe/London"),
        "b": spec("b", cron="@daily", timezone="Europe/Jersey"),
    }
    for one in here.values():
        factory.schedules.create(one, actor="test", now=NOON)
    text = write(factory)
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines == [
        "DISPARO_VAR=/srv/var",
        "CRON_TZ=Europe/Jersey",
        "@daily  /opt/100\\%/disparo dispatch run b --slot now",
        "CRON_TZ=Europe/London",
        "30 7 * * 1-5  /opt/100\\%/disparo dispatch run a --slot now",
    ]
    assert {one.action for one in take_over(factory, text).taken} == {Action.NONE}
    for name in here:
        factory.schedules.change(name, {"cron": "@yearly"}, actor="test", now=NOON)
    assert len(take_over(factory, text).taken) == 2
    assert {name: factory.schedules.get(name).spec for name in here} == here


def test_what_cron_cannot_do_is_named_in_a_comment(factory: Factory) -> None:
    """Other triggers, extensions, active times, pauses and other zones are not run by cron."""
    later = (NOON + timedelta(days=1)).isoformat()
    cannot = {
        "often": spec("often"),
        "last": spec("last", cron="0 0 L * *"),
        "nth": spec("nth", cron="0 0 * * 1#2"),
        "friday": spec("friday", cron="0 0 * * 5L"),
        "later": spec("later", cron="@daily", active_from=later),
        "stopped": spec("stopped", cron="@daily"),
        "tokyo": spec("tokyo", cron="0 1 * * *", timezone="Asia/Tokyo"),
    }
    for one in cannot.values():
        factory.schedules.create(one, actor="test", now=NOON)
    factory.schedules.pause("stopped", actor="test", now=NOON)
    text = write(factory)
    assert not [line for line in text.splitlines() if " dispatch run " in line and line[0] != "#"]
    for name in cannot:
        assert f"# {name} is left out: " in text or f"# {name} goes by Asia/Tokyo" in text
    heeded = write(factory, "tokyo", every_zone=True).splitlines()
    assert heeded[-2:] == [
        "CRON_TZ=Asia/Tokyo",
        "0 1 * * *  /opt/100\\%/disparo dispatch run tokyo --slot now",
    ]
    with pytest.raises(ConfigurationError, match="no schedule 'none'"):
        write(factory, "none")


def test_the_machines_time_zone_is_found_where_debian_keeps_it(tmp_path: Path) -> None:
    """/etc/timezone, else the link /etc/localtime, else UTC."""
    assert system_zone(tmp_path) == "UTC"
    (tmp_path / "localtime").symlink_to("/usr/share/zoneinfo/America/Sao_Paulo")
    assert system_zone(tmp_path) == "America/Sao_Paulo"
    (tmp_path / "timezone").write_text("Europe/London\n")
    assert system_zone(tmp_path) == "Europe/London"
    assert same_clock("UTC", "Etc/UTC", 2026)
    assert not same_clock("Europe/London", "UTC", 2026)
