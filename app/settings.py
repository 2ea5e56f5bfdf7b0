"""The settings: typed, from `settings.yaml`, then the environment, then secrets files.

Whatever is wrong in them is fatal at start, with the place named.
"""

import difflib
import ipaddress
import os
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from app.connection_string import redacted
from app.errors import ConfigurationError
from app.settings_file import SettingsFile

PREFIX = "DISPARO_"
PLACES = frozenset({"DISPARO_VAR", "DISPARO_SETTINGS", "DISPARO_SECRETS_DIR"})
"""Variables that say where things are and are not settings."""

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Count = Annotated[int, Field(ge=1)]


class Durability(StrEnum):
    """When an answer of the Showroom may leave."""

    COMMITTED = "committed"
    """Once its record is committed."""
    QUEUED = "queued"
    """Once its record waits to be written: a crash may lose it."""
    OFF = "off"
    """At once; nothing is recorded."""


class Section(BaseModel):
    """A group of settings that refuses keys which it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Server(Section):
    """Where the service listens."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    workers: Count = 1
    max_body: Count = 256 * 2**20


class Auth(Section):
    """Who may do what."""

    mode: Literal["none"] = "none"
    trusted_network: bool = False


class Database(Section):
    """Disparo's own database."""

    url: SecretStr = SecretStr("sqlite:///disparo.sqlite")
    pool_size: Count = 10
    pool_timeout: Seconds = 10.0
    busy_timeout: Seconds = 10.0
    answer_timeout: Seconds = 60.0


class Models(Section):
    """The model store."""

    store: Path = Path("models")
    max_size: Count = 2 * 2**30
    sample_rows: Count = 100_000


class Secrets(Section):
    """The key that encrypts connection strings and the secrets of channels at rest."""

    key: SecretStr = SecretStr("")
    key_file: Path = Path("secret.key")


class Sources(Section):
    """Bounds on outside databases."""

    connect_timeout: Seconds = 10.0
    lock_timeout: Seconds = 60.0
    max_text: Count = 4096


class Dispatch(Section):
    """Bounds on one dispatch."""

    batch_rows: Count = 20_000
    queued_batches: Count = 2
    threads: Count = 2
    nice: Annotated[int, Field(ge=0, le=19)] = 10
    progress_seconds: Seconds = 1.0
    grace_seconds: Seconds = 10.0
    record_seconds: Seconds = 600.0


class Scheduler(Section):
    """When slots are claimed, and how many dispatches run and wait."""

    enabled: bool = True
    workers: Annotated[int, Field(ge=0)] = 2
    running_limit: Count = 1000
    queue: Count = 1000
    backfill_limit: Count = 10_000
    poll_seconds: Seconds = 1.0
    missed_after: Seconds = 60.0
    lease_seconds: Annotated[float, Field(ge=1, le=3600)] = 6.0
    lost_after: Annotated[float, Field(ge=2, le=86_400)] = 60.0
    on_stop: Literal["drain", "hand back"] = "hand back"
    drain_seconds: Seconds = 30.0
    log_bytes: Annotated[int, Field(ge=1024)] = 2**20
    log_followers: Count = 100


class Showroom(Section):
    """Real-time prediction: what waits, what is kept."""

    enabled: bool = True
    durability: Durability = Durability.COMMITTED
    spool: bool = False
    spool_bytes: Count = 2**30
    request_cases: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    explain_cases: Count = 100
    explain_queue: Count = 16
    replays: Count = 2
    case_runs: Count = 2
    max_body: Count = 16 * 2**20
    import_bytes: Count = 64 * 2**20
    batch_cases: Count = 64
    queue_cases: Count = 20_000
    log_queue: Count = 20_000
    log_bytes: Count = 256 * 2**20
    deadline_seconds: Seconds = 10.0
    commit_seconds: Seconds = 5.0
    faults: Count = 20
    memory: Count = 2**30
    keep_days: Count = 365
    keep_requests: Count = 10_000_000


class Monitor(Section):
    """Checks: who looks, how much at once, what is kept."""

    enabled: bool = True
    threads: Annotated[int, Field(ge=1, le=10_000)] = 512
    abandoned: Annotated[int, Field(ge=0, le=1000)] = 32
    tests: Annotated[int, Field(ge=1, le=1000)] = 8
    queue: Count = 50_000
    write_seconds: Seconds = 1.0
    refresh_seconds: Seconds = 1.0
    followers: Count = 100
    flap_changes: Count = 6
    flap_seconds: Seconds = 600.0
    keep_results_days: Count = 3
    keep_hours_days: Count = 90
    keep_days: Count = 1100
    stuck_calls: Count = 100
    body_bytes: Count = 2**20


class Alerts(Section):
    """How alerts are sent, how often they are tried, how long they are kept."""

    enabled: bool = True
    at_once: Annotated[int, Field(ge=1, le=1000)] = 64
    at_once_each: Annotated[int, Field(ge=1, le=100)] = 2
    tests: Annotated[int, Field(ge=1, le=1000)] = 4
    poll_seconds: Seconds = 1.0
    claim_seconds: Annotated[float, Field(ge=1, le=3600)] = 30.0
    retry_seconds: Seconds = 5.0
    longest_retry_seconds: Seconds = 900.0
    give_up_seconds: Annotated[float, Field(gt=0, le=30 * 86_400)] = 86_400.0
    refusals: Count = 3
    answer_bytes: Annotated[int, Field(ge=100, le=2**20)] = 4096
    queue: Count = 10_000
    keep_days: Count = 90


class Health(Section):
    """How far models drift: what is looked at, when it counts, what it may cost."""

    enabled: bool = True
    every_seconds: Seconds = 3600.0
    window_hours: Annotated[int, Field(ge=1, le=24 * 366)] = 24
    least_cases: Count = 200
    cases: Annotated[int, Field(ge=1, le=10_000_000)] = 20_000
    requests: Count = 100_000
    bins: Annotated[int, Field(ge=2, le=100)] = 10
    psi: Annotated[float, Field(gt=0)] = 0.25
    p_value: Annotated[float, Field(ge=0, le=1)] = 0.001
    missing: Annotated[float, Field(gt=0, le=1)] = 0.1
    unseen: Annotated[float, Field(gt=0, le=1)] = 0.05
    time_out: Seconds = 300.0
    memory: Annotated[int, Field(ge=2**28)] = 2 * 2**30
    keep_days: Count = 365


class Metrics(Section):
    """What is counted for Prometheus."""

    enabled: bool = True
    versions: Annotated[int, Field(ge=0, le=10_000)] = 50
    checks: Annotated[int, Field(ge=0, le=100_000)] = 1000
    keep_seconds: Annotated[float, Field(ge=0, le=3600)] = 3.0
    answer_timeout: Annotated[float, Field(ge=0.1, le=60)] = 2.0


class Logs(Section):
    """What the service and its programs say of themselves."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"
    max_characters: Annotated[int, Field(ge=200, le=1_000_000)] = 16_384


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
    database: Database = Database()
    models: Models = Models()
    secrets: Secrets = Secrets()
    sources: Sources = Sources()
    dispatch: Dispatch = Dispatch()
    scheduler: Scheduler = Scheduler()
    showroom: Showroom = Showroom()
    monitor: Monitor = Monitor()
    alerts: Alerts = Alerts()
    health: Health = Health()
    metrics: Metrics = Metrics()
    logs: Logs = Logs()
    resources: tuple[Path, ...] = ()

    @model_validator(mode="after")
    def _closed(self) -> Self:
        if not (self.auth.trusted_network or _loopback(self.server.host)):
            message = (
                f"auth.mode is 'none', so server.host must be a loopback address, not "
                f"{self.server.host!r}; where a proxy or a firewall keeps strangers out, "
                "set auth.trusted_network to true"
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
                secrets_dir=os.environ.get("DISPARO_SECRETS_DIR", "/run/secrets"),
            ),
            env_settings,
            SettingsFile(settings_cls, yaml_file=settings_file()),
        )


def home() -> Path:
    """Return the checkout that the package runs from, or else the working directory."""
    checkout = Path(__file__).resolve().parent.parent
    return checkout if (checkout / "pyproject.toml").exists() else Path.cwd()


def settings_file() -> Path:
    """Return the YAML file that is read: `DISPARO_SETTINGS`, or `settings.yaml` in the home."""
    return Path(os.environ.get("DISPARO_SETTINGS", home() / "settings.yaml"))


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
