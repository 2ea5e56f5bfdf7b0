"""The settings: typed, from `settings.yaml`, then the environment, then secrets files.

Whatever is wrong in them is fatal at start, with the place named.
"""

import difflib
import ipaddress
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from app.connection_string import redacted
from app.errors import ConfigurationError
from app.settings_access import Audit, Auth, Logins, Passwords, Sessions, SingleSignOn
from app.settings_container import ContainerSettings
from app.settings_file import SettingsFile
from app.settings_sections import (
    Alerts,
    Database,
    Dispatch,
    Health,
    Logs,
    Metrics,
    Models,
    Monitor,
    Outgoing,
    Protocols,
    Scheduler,
    Secrets,
    Section,
    Server,
    Showroom,
    Sources,
)
from app.settings_slurm import Slurm

PREFIX = "DISPARO_"
PLACES = frozenset({"DISPARO_VAR", "DISPARO_SETTINGS", "DISPARO_SECRETS_DIR"})
"""Variables that say where things are and are not settings."""


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Settings(BaseSettings):
    """Every setting. The defaults are those of `settings.yaml`; a test compares the two."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        secrets_nested_delimiter="__",
        secrets_prefix=PREFIX.lower(),
        secrets_dir_missing="ok",
    )

    server: Server = Server()
    auth: Auth = Auth()
    sessions: Sessions = Sessions()
    passwords: Passwords = Passwords()
    logins: Logins = Logins()
    audit: Audit = Audit()
    single_sign_on: SingleSignOn = SingleSignOn()
    database: Database = Database()
    models: Models = Models()
    secrets: Secrets = Secrets()
    sources: Sources = Sources()
    dispatch: Dispatch = Dispatch()
    scheduler: Scheduler = Scheduler()
    slurm: Slurm = Slurm()
    showroom: Showroom = Showroom()
    protocols: Protocols = Protocols()
    monitor: Monitor = Monitor()
    alerts: Alerts = Alerts()
    outgoing: Outgoing = Outgoing()
    health: Health = Health()
    metrics: Metrics = Metrics()
    logs: Logs = Logs()
    resources: tuple[Path, ...] = ()

    @model_validator(mode="after")
    def _closed(self) -> Self:
        is_closed = self.auth.mode == "accounts" or self.auth.trusted_network
        if not (is_closed or _loopback(self.server.host)):
            message = (
                f"auth.mode is 'none', so server.host must be a loopback address, not "
                f"{self.server.host!r}; let auth.mode be 'accounts', or where a proxy or a "
                "firewall keeps strangers out, set auth.trusted_network to true"
            )
            raise ValueError(message)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the name is the library's
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the places: secrets files, environment, YAML file."""
        return (
            init_settings,
            NestedSecretsSettingsSource(
                file_secret_settings,
                secrets_dir=secrets_dir(),
            ),
            env_settings,
            ContainerSettings(settings_cls),
            SettingsFile(settings_cls, yaml_file=settings_file()),
        )


def home() -> Path:
    """Return the checkout that the package runs from, or else the working directory."""
    checkout = Path(__file__).resolve().parent.parent
    return checkout if (checkout / "pyproject.toml").exists() else Path.cwd()


def settings_file() -> Path:
    """Return the YAML file that is read: `DISPARO_SETTINGS`, or `settings.yaml` in the home."""
    return Path(os.environ.get("DISPARO_SETTINGS", home() / "settings.yaml"))


def secrets_dir() -> Path:
    """Return where secrets files are looked for: `DISPARO_SECRETS_DIR`, or `/run/secrets`."""
    return Path(os.environ.get("DISPARO_SECRETS_DIR", "/run/secrets"))


def var() -> Path:
    """Return the state directory, and tell it to connection strings as `${DISPARO_VAR}`."""
    place = Path(os.environ.get("DISPARO_VAR") or home() / "var").resolve()
    os.environ["DISPARO_VAR"] = str(place)
    return place


def load_settings() -> Settings:
    """Read the settings from all their places.

    Raises ConfigurationError naming the setting, its place and, for an unknown key, a near match.
    """
    var()
    _refuse_unknown_variables(os.environ)
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigurationError(_in_words(error)) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(
            f"{settings_file()} is not valid YAML: {yaml_fault(error)}"
        ) from None


def yaml_fault(error: yaml.YAMLError) -> str:
    """Return what is wrong and where, without the file's own text, which may hold a password."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"{error.problem} (line {mark.line + 1}, column {mark.column + 1})"
    return "it holds characters that YAML does not allow"


def _in_words(error: ValidationError) -> str:
    return "Settings are wrong:\n" + "\n".join(
        f"- {_one(problem['type'], problem['loc'], problem['msg'])}" for problem in error.errors()
    )


def _one(kind: str, loc: Sequence[int | str], message: str) -> str:
    key = ".".join(map(str, loc))
    if kind == "extra_forbidden":
        return f"{key}: there is no such setting{_near(key)}"
    return f"{key or 'settings'}: {message.removeprefix('Value error, ')}"


def _near(key: str) -> str:
    matches = difflib.get_close_matches(key, [*known_keys(), *Settings.model_fields], n=1)
    return f"; did you mean {matches[0]}?" if matches else ""


def known_keys() -> list[str]:
    """Return every setting as `section.key`."""
    return [
        f"{section}.{key}"
        for section, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
        for key in field.annotation.model_fields
    ] + ["resources"]


def _refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    known = set(known_keys()) | set(Settings.model_fields)
    for name in environ:
        if not name.startswith(PREFIX) or name in PLACES:
            continue
        key = name.removeprefix(PREFIX).lower().replace("__", ".")
        if key not in known:
            raise ConfigurationError(f"{name}: there is no such setting{_near(key)}", setting=key)


def effective(settings: Settings) -> dict[str, Any]:
    """Return the settings as plain data, secrets redacted."""
    plain = settings.model_dump(mode="json")
    plain["database"]["url"] = redacted(settings.database.url.get_secret_value())
    return plain
