"""compose.yaml: a service with MySQL, whose secrets are files."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from app.settings import load_settings
from app.settings_access import Auth

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """Draw the secrets in a copy of the repository, and return their directory."""
    (tmp_path / "scripts").mkdir()
    shutil.copy2(ROOT / "scripts/compose-secrets", tmp_path / "scripts")
    draw(tmp_path)
    return tmp_path / "var/compose"


def draw(root: Path) -> None:
    """Run the script that draws the secrets."""
    subprocess.run([root / "scripts/compose-secrets"], check=True, timeout=30)


def test_the_service_is_open_to_this_machine_only() -> None:
    """Of all services one is published, on the loopback address."""
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:8000:8000"]


def test_the_service_listens_inside_its_container() -> None:
    """It listens on all addresses of the container, and lets nobody in unknown."""
    environment = SERVICES["disparo"]["environment"]
    assert environment["DISPARO_SERVER__HOST"] == "0.0.0.0"  # noqa: S104 - in a container
    assert Auth().mode == "accounts"


def test_the_schema_is_migrated_before_the_start() -> None:
    """MySQL answers, then the migration runs and ends well, then the service starts."""
    assert SERVICES["migrate"]["command"] == ["db", "upgrade"]
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert SERVICES["disparo"]["depends_on"]["migrate"] == {
        "condition": "service_completed_successfully"
    }
    assert SERVICES["db"]["healthcheck"]["test"][:2] == ["CMD", "mysqladmin"]


def test_the_database_is_mysql_8() -> None:
    """The image is of MySQL 8, and state survives in named volumes."""
    assert re.fullmatch(r"mysql:8\.\d+", SERVICES["db"]["image"])
    mounted = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
    }
    assert mounted == set(COMPOSE["volumes"])


def test_no_secret_stands_in_it() -> None:
    """Passwords come from files: no variable holds one, and no address has one inside."""
    for service in SERVICES.values():
        for name, text in service.get("environment", {}).items():
            assert "PASSWORD" not in name or name.endswith("_FILE") or text == "yes"
    assert not re.search(r"://[^/\s]*:[^/\s]*@", TEXT)


def test_each_secret_is_declared_drawn_and_ignored(drawn: Path) -> None:
    """What services use is declared, what is declared is drawn, and git ignores where it lies."""
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    files = {secret["file"] for secret in COMPOSE["secrets"].values()}
    assert used == set(COMPOSE["secrets"])
    assert files == {f"var/compose/{file.name}" for file in drawn.iterdir()}
    assert "var/" in (ROOT / ".gitignore").read_text().splitlines()


def test_secrets_are_drawn_once(drawn: Path) -> None:
    """A second run keeps them, because the database was made with them."""
    before = {file.name: file.read_text() for file in drawn.iterdir()}
    draw(drawn.parents[1])
    assert {file.name: file.read_text() for file in drawn.iterdir()} == before
    assert len(before["mysql_password"]) == 48


def test_strangers_on_this_machine_read_no_secret(drawn: Path) -> None:
    """The containers' users can read the mounted files; others can't enter their directory."""
    assert drawn.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in drawn.iterdir()} == {0o444}


def test_the_settings_read_the_drawn_secret(
    drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the container's files and variables, the settings name the MySQL server of compose."""
    for name in [name for name in os.environ if name.startswith("DISPARO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DISPARO_VAR", str(tmp_path))
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for name in SERVICES["disparo"]["secrets"]:
        shutil.copy(drawn / name, secrets / name)
    monkeypatch.setenv("DISPARO_SECRETS_DIR", str(secrets))
    for name, text in SERVICES["disparo"]["environment"].items():
        monkeypatch.setenv(name, text)
    settings = load_settings()
    url = sa.engine.make_url(settings.database.url.get_secret_value())
    variables = SERVICES["db"]["environment"]
    assert (url.drivername, url.host) == ("mysql+pymysql", "db")
    assert (url.username, url.database) == (variables["MYSQL_USER"], variables["MYSQL_DATABASE"])
    assert url.password == (drawn / "mysql_password").read_text()
    assert settings.server.host == "0.0.0.0"  # noqa: S104 - in a container
    [subnet] = COMPOSE["networks"]["default"]["ipam"]["config"]
    assert [str(one) for one in settings.server.trusted_proxies] == [subnet["subnet"]]


def test_as_many_replicas_run_as_the_proxy_knows() -> None:
    """It finds them by the service's name, and its file is the one that is mounted."""
    proxy = (ROOT / COMPOSE["configs"]["proxy"]["file"]).read_text()
    replicas = SERVICES["disparo"]["deploy"]["replicas"]
    assert f"server-template replica 1-{replicas} disparo:8000 " in proxy
    assert SERVICES["proxy"]["configs"][0]["source"] == "proxy"
