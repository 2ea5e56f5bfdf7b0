"""Declaration files: what is wrong in one is told with its place, and without its secrets."""

from pathlib import Path

import pytest

from app import cli
from app.clock import utc_now
from app.errors import ConfigurationError, ConflictError, ExitCode
from app.factory import Factory
from app.settings import load_settings

ALL = """
sources: [{name: mine, connection: 'sqlite:///a.db'}]
schedules:
- name: nightly
  model: m
  cron: 0 2 * * *
  collect: {source: mine, key: id, query: SELECT id FROM t}
  deliver: {source: mine, table: answers}
checks: [{name: h, target: {kind: host, address: h, port: 1}}]
windows: [{name: w, cron: 0 2 * * *, duration: PT1H, checks: [h]}]
alerts:
  channels: [{name: c, target: {kind: webhook, url: 'http://127.0.0.1:9/'}}]
  rules: [{name: r, checks: ['*'], channels: [c]}]
"""
"""One of each noun that a file may declare."""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            'sources:\n - name: crm\n   connection: "mysql://u:s3cret@h/d\n',
            r"not valid YAML.*line 4",
        ),
        ("sources: [a: b: s3cret", r"not valid YAML.*line 1"),
        ("sources: \x00 s3cret", "characters that YAML does not allow"),
        ("kind: host", "kind: there is no such key$"),
        ("sourcs: []", "sourcs: there is no such key; did you mean sources"),
        (
            "checks: [{name: c, target: {kind: host, host: h, port: 1}}]",
            r"target\.host\.host: there is no such key$",
        ),
        ("[1]", "the file: must be keys with values, not a list"),
        ("sources:\n - name: a b\n   connection: s3cret\n", r"sources\.0\.name"),
        (
            "sources:\n - name: crm\n   conection: s3cret\n",
            r"sources\.0\.connection: is missing\n.*conection.*did you mean connection",
        ),
        ("sources:\n - name: crm\n   connection: [s3cret]\n", r"sources\.0\.connection"),
    ],
)
def test_a_wrong_file_changes_nothing(
    factory: Factory, tmp_path: Path, text: str, words: str
) -> None:
    """The place of each fault is named; nothing is applied, and no connection string is told."""
    file = tmp_path / "churn.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=f"(?m){words}") as caught:
        factory.declarations.apply(file, now=utc_now())
    assert "s3cret" not in str(caught.value)
    assert factory.sources.all() == []


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_what_is_no_text_is_refused(
    factory: Factory, tmp_path: Path, content: bytes | None
) -> None:
    """Bytes that are no text, and a directory, are refused in words."""
    file = tmp_path / "churn.yaml"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"cannot be read|no text in UTF-8"):
        factory.declarations.apply(file, now=utc_now())


def test_an_empty_file_declares_nothing(factory: Factory, tmp_path: Path) -> None:
    """A file with nothing but a comment changes nothing."""
    file = tmp_path / "none.yaml"
    file.write_text("# later\n")
    assert factory.declarations.apply(file, now=utc_now()) == []


def test_what_is_taken_out_of_a_file_can_be_removed(anywhere: Factory, tmp_path: Path) -> None:
    """Of every noun: it stays as it is, nothing of another file is let go, and it is on record."""
    file, other = tmp_path / "all.yaml", tmp_path / "other.yaml"
    file.write_text(ALL)
    other.write_text("sources: [{name: theirs, connection: 'sqlite:///b.db'}]")
    anywhere.declarations.apply(other, now=utc_now())
    applied = anywhere.declarations.apply(file, now=utc_now())
    assert anywhere.declarations.release(file, now=utc_now()) == []
    with pytest.raises(ConflictError, match="what is taken out of the file can be edited"):
        anywhere.schedules.remove("nightly", actor="test", now=utc_now())
    file.write_text("# nothing is left\n")
    assert anywhere.declarations.apply(file, now=utc_now()) == []
    assert sorted(anywhere.declarations.release(file, now=utc_now())) == sorted(applied)
    assert anywhere.schedules.overview("nightly").revision == 2
    anywhere.schedules.remove("nightly", actor="test", now=utc_now())
    anywhere.windows.remove("w", actor="test", now=utc_now())
    anywhere.rules.remove("r", actor="test", now=utc_now())
    anywhere.channels.remove("c", actor="test", now=utc_now())
    anywhere.checks.remove("h", actor="test", now=utc_now())
    anywhere.sources.remove("mine", actor="test", now=utc_now())
    assert [one.name for one in anywhere.sources.all()] == ["theirs"]
    assert anywhere.declarations.release(other, now=utc_now()) == []
    happened = [event.name for event in anywhere.schedules.history("nightly", after=0, limit=9)]
    assert happened == ["declared", "released", "removed"]


def test_a_file_is_the_same_however_it_is_named(
    factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its own directory or another one, by a way that leads back, or by its whole path."""
    (tmp_path / "below").mkdir()
    (tmp_path / "churn.yaml").write_text("sources: [{name: a, connection: 'sqlite:///b.db'}]")
    monkeypatch.chdir(tmp_path)
    assert factory.declarations.apply(Path("churn.yaml"), now=utc_now()) == ["source a"]
    for name in ("./churn.yaml", "below/../churn.yaml", str(tmp_path / "churn.yaml")):
        assert factory.declarations.apply(Path(name), now=utc_now()) == []
    monkeypatch.chdir(tmp_path / "below")
    (tmp_path / "churn.yaml").write_text("sources: []")
    assert factory.declarations.release(Path("../churn.yaml"), now=utc_now()) == ["source a"]


def test_a_file_may_lie_deep(anywhere: Factory, tmp_path: Path) -> None:
    """Who has declared something is told by both ends of a path, however long that is."""
    directory = tmp_path / ("d" * 120)
    directory.mkdir()
    file = directory / "all.yaml"
    file.write_text(ALL)
    anywhere.declarations.apply(file, now=utc_now())
    [event] = anywhere.schedules.history("nightly", after=0, limit=9)
    assert len(event.actor) == 100
    assert event.actor.startswith(f"file:{tmp_path}"[:20])
    assert event.actor.endswith("ddd/all.yaml")


def test_a_source_needs_a_connection_string(factory: Factory) -> None:
    """A source without one is refused when it is added, not when it is used."""
    with pytest.raises(ConfigurationError, match="needs a connection string"):
        factory.sources.add("crm", " ", "", actor="test", now=utc_now())


def test_a_name_that_cannot_be_is_refused_in_words(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command line ends with the code of bad configuration, without a traceback."""
    Factory(load_settings(), state).upgrade_schema()
    monkeypatch.setattr("sys.argv", ["disparo", "sources", "add", "a b", "sqlite:///s3cret"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == ExitCode.BAD_CONFIGURATION
    told = capsys.readouterr().err
    assert told.startswith("Bad configuration: name: ")
    assert "s3cret" not in told
