"""Settings: where they come from, and what is said of wrong ones."""

from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from app.connection_string import expand, redacted
from app.db.engine import database_url
from app.errors import ConfigurationError
from app.settings import Settings, effective, home, known_keys, load_settings
from app.settings_sections import Database
from scripts import settings_table

pytestmark = pytest.mark.usefixtures("state")


def test_the_file_holds_every_setting_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """`settings.yaml` says the same as the types do, and leaves no setting out."""
    monkeypatch.delenv("DISPARO_AUTH__MODE")  # of the tests
    written = yaml.safe_load((home() / "settings.yaml").read_text())
    keys = [f"{section}.{key}" for section, keys in written.items() if keys for key in keys]
    assert [*keys, "resources"] == known_keys()
    assert Settings.model_validate(written) == Settings()


def test_the_reference_is_what_the_file_says() -> None:
    """The README's table of settings is the one that its script writes, and names each setting."""
    readme = (home() / "README.md").read_text()
    assert settings_table.table(readme) == readme
    for key in known_keys():
        assert f"| `{key}` |" in readme, key


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """DISPARO_SERVER__PORT sets server.port."""
    monkeypatch.setenv("DISPARO_SERVER__PORT", "9000")
    assert load_settings().server.port == 9000


def test_a_secrets_file_goes_before_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The file disparo_database__url in the secrets directory sets database.url."""
    (tmp_path / "disparo_database__url").write_text("sqlite:///secret.sqlite")
    monkeypatch.setenv("DISPARO_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("DISPARO_DATABASE__URL", "sqlite:///other.sqlite")
    assert load_settings().database.url.get_secret_value() == "sqlite:///secret.sqlite"


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("DISPARO_SERVER__PROT", "1", "did you mean server.port?"),
        ("DISPARO_SERVR__PORT", "1", "did you mean server.port?"),
        ("DISPARO_SERVER__PORT", "many", "server.port"),
        ("DISPARO_SERVER__HOST", "0.0.0.0", "auth.trusted_network"),  # noqa: S104 - is refused
    ],
)
def test_a_wrong_variable_is_fatal_and_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    """What is wrong in the environment is named, with a near match for an unknown key."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=words.replace("?", r"\?")):
        load_settings()


def test_an_unknown_key_in_the_file_is_fatal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An unknown key of the file is named, with a near match."""
    file = tmp_path / "settings.yaml"
    file.write_text("dispatch: {batch_row: 5}")
    monkeypatch.setenv("DISPARO_SETTINGS", str(file))
    with pytest.raises(ConfigurationError, match=r"did you mean dispatch\.batch_rows"):
        load_settings()


def test_a_file_that_is_no_yaml_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The line of the fault is named, and what stands there, maybe a password, is not."""
    file = tmp_path / "settings.yaml"
    file.write_text('database:\n  url: "mysql+pymysql://u:s3cret@h/d\n')
    monkeypatch.setenv("DISPARO_SETTINGS", str(file))
    with pytest.raises(ConfigurationError, match=r"not valid YAML: .*line 3") as caught:
        load_settings()
    assert "s3cret" not in str(caught.value)


def test_a_missing_variable_in_a_connection_string_is_named() -> None:
    """`${NAME}` of a variable that is not set is an error that names the setting and the variable."""
    with pytest.raises(ConfigurationError, match=r"database\.url uses \$\{NO_SUCH\}"):
        expand("mysql+pymysql://u:${NO_SUCH}@h/d", "database.url")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mysql+pymysql://u:${ODD}@h/d", "mysql+pymysql://u:a%40%3B%7D%2F@h/d"),
        ("mysql+pymysql://${ODD}:x@h/d", "mysql+pymysql://a%40%3B%7D%2F:x@h/d"),
        ("sqlite:///${ODD}/file", "sqlite:///a@;}//file"),
        ("${ODD}", "a@;}/"),
        ("Driver=X;PWD=${ODD}", "Driver=X;PWD={a@;}}/}"),
        ("Driver=X;PWD={${ODD}};Uid=u", "Driver=X;PWD={a@;}}/};Uid=u"),
        ("Driver=X;Database=/x/${ODD}", "Driver=X;Database=/x/a@;}/"),
    ],
)
def test_a_variable_is_fitted_to_where_it_stands(
    monkeypatch: pytest.MonkeyPatch, text: str, expected: str
) -> None:
    """User and password of a URL are percent-encoded, an ODBC value gets braces; paths stay."""
    monkeypatch.setenv("ODD", "a@;}/")
    assert expand(text, "here") == expected


@pytest.mark.parametrize(
    "connection",
    [
        "mysql+pymysql://u:s3cr:e@t@h/d",
        "Driver=MariaDB Unicode;User=u;Password=s3cret;Server=h",
        "Driver=PostgreSQL;Uid=u;PWD={s3;cret}",
        "Driver=PostgreSQL;Uid=u;PWD={a}}s3;cret}",
        "Driver=PostgreSQL;Uid=u;PWD={s3;cret",
        "mysql+pymysql://h/d?passwd=s3cret",
        "mysql+pymysql://u@h/d?ssl_key_password=s3cret",
    ],
)
def test_passwords_are_redacted(connection: str) -> None:
    """No part of a password is left in what is shown."""
    assert "s3" not in redacted(connection)
    assert "cret" not in redacted(connection)


def test_effective_settings_hide_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """`disparo settings` shows neither the database's password nor the key."""
    monkeypatch.setenv("DISPARO_DATABASE__URL", "mysql+pymysql://u:s3cret@h/d")
    monkeypatch.setenv("DISPARO_SECRETS__KEY", "s3cret")
    assert "s3cret" not in yaml.safe_dump(effective(load_settings()))


@pytest.mark.parametrize("url", ["no URL", "mysql+pymysql://u:s3cret@h:port/d"])
def test_a_database_url_that_cannot_be_read_is_a_fault_of_the_configuration(
    tmp_path: Path, url: str
) -> None:
    """The answer names the setting, and shows nothing of the URL."""
    with pytest.raises(ConfigurationError, match=r"database\.url") as caught:
        database_url(Database(url=SecretStr(url)), tmp_path)
    assert "s3cret" not in caught.value.detail
