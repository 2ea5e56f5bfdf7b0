"""`GET /settings`: what holds and who has said so, for admins, without any secret."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.factory import Factory
from app.services.settings import SettingsService
from app.settings import Settings, known_keys
from app.settings_access import SingleSignOn
from app.settings_sections import Database, Server
from app.settings_sections import Secrets as SecretsSection
from app.values.account import Role
from app.values.setting import EffectiveSettings, Setting
from tests.guard.letting import closed, token

PASSWORD = "tr0ub4dor-and-three"
NOWHERE = Path("/nowhere")


def by_name(shown: EffectiveSettings) -> dict[str, Setting]:
    """Return the settings that are shown, by their names."""
    return {one.name: one for section in shown.sections for one in section.settings}


def test_every_setting_is_shown_with_what_it_is_for() -> None:
    """In the order of the file, each with its comment there."""
    found = by_name(SettingsService(Settings.model_construct(), {}, NOWHERE).effective())
    assert list(found) == known_keys()
    assert found["server.port"].about == "port to listen on"
    assert all(one.about for one in found.values())
    assert {one.origin for one in found.values()} == {"default"}


def test_each_tells_where_it_comes_from(tmp_path: Path) -> None:
    """A secrets file goes before the environment, that before the file; the rest is default."""
    (tmp_path / "disparo_server__url").write_text("https://disparo.example.org")
    server = Server(url="https://disparo.example.org", host="::1", port=9000, workers=2)
    settings = Settings.model_construct(server=server)
    variables = {
        "DISPARO_SERVER__URL": "https://other.example.org",
        "disparo_server__port": "9000",
        "DISPARO_SESSIONS": '{"most": 20}',
        "PATH": "/bin",
    }
    found = by_name(SettingsService(settings, variables, tmp_path).effective())
    assert found["server.url"].origin == "secrets file"
    assert found["server.port"].origin == "environment"
    assert found["sessions.most"].origin == "environment"
    assert found["sessions.idle_seconds"].origin == "default"
    assert found["server.host"].origin == "file"
    assert (found["server.workers"].value, found["server.workers"].default) == (2, 1)


def test_no_secret_is_shown() -> None:
    """Neither of what is a secret by its type, nor a password within an address."""
    settings = Settings.model_construct(
        database=Database(url=SecretStr(f"mysql+pymysql://disparo:{PASSWORD}@db/disparo")),
        single_sign_on=SingleSignOn(
            issuer="https://login.example.org",
            client_id="disparo",
            client_secret=SecretStr(PASSWORD),
            viewer_groups=("staff",),
        ),
        secrets=SecretsSection(key=SecretStr(PASSWORD), old_keys=(SecretStr(PASSWORD),)),
    )
    variables = {"DISPARO_DATABASE__URL": f"mysql+pymysql://disparo:{PASSWORD}@db/disparo"}
    shown = SettingsService(settings, variables, NOWHERE).effective()
    assert PASSWORD not in shown.model_dump_json()
    found = by_name(shown)
    assert found["database.url"].value == "mysql+pymysql://disparo:***@db/disparo"
    assert set(found["single_sign_on.client_secret"].value) == {"*"}
    assert found["secrets.key"].default == ""


def test_it_is_for_admins_alone(factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator is told which role it needs; what an admin gets is data."""
    with closed(monkeypatch) as api:
        asked = {
            role: api.get("/settings", headers=token(factory, role, role))
            for role in (Role.OPERATOR, Role.ADMIN)
        }
        assert api.get("/settings").status_code == 401
    assert asked[Role.OPERATOR].status_code == 403
    assert asked[Role.OPERATOR].json()["facts"]["needed"] == "admin"
    answer: dict[str, Any] = json.loads(asked[Role.ADMIN].content)
    assert [one["name"] for one in answer["sections"]] == list(Settings.model_fields)
