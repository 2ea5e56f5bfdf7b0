"""Declaration files: what is wrong in one is told with its place, and without its secrets."""

from pathlib import Path

import pytest

from app import cli
from app.clock import utc_now
from app.errors import ConfigurationError, ExitCode
from app.factory import Factory
from app.settings import load_settings


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
