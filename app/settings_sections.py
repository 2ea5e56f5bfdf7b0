"""The sections of the settings: each bound with its type and its default."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    SecretStr,
)

from app.networks import CLOSED, require_place

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Count = Annotated[int, Field(ge=1)]
HostName = Annotated[
    str, Field(pattern=r"^(\*|(\*\.)?[0-9A-Za-z_:]([0-9A-Za-z_.:-]*[0-9A-Za-z])?)$")
]
Closed = Annotated[str, AfterValidator(lambda text: require_place(text, with_names=False))]
Reachable = Annotated[str, AfterValidator(lambda text: require_place(text, with_names=True))]
Year = 366 * 86_400


class Durability(StrEnum):
    """When an answer of the Showroom may leave."""

    COMMITTED = "committed"
    """Once its record is committed."""
    QUEUED = "queued"
    """Once its record waits to be written: a crash may lose it."""
    OFF = "off"
    """At once; nothing is recorded."""


class ProxyHeaders(StrEnum):
    """In which headers a trusted proxy says for whom it asks."""

    X_FORWARDED = "x-forwarded"
    """`X-Forwarded-For`, `X-Forwarded-Proto`, `X-Forwarded-Host`."""
    FORWARDED = "forwarded"
    """`Forwarded`, of RFC 7239."""


class TlsVersion(StrEnum):
    """The oldest version of TLS that is spoken."""

    V1_2 = "1.2"
    V1_3 = "1.3"


class Section(BaseModel):
    """A group of settings that refuses keys which it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Server(Section):
    """Where the service listens."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    workers: Count = 1
    url: Annotated[str, Field(pattern=r"^(https?://[^\s/?#@]+(/[^\s?#]*)?)?$")] = ""
    max_body: Count = 256 * 2**20
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    proxy_headers: ProxyHeaders = ProxyHeaders.X_FORWARDED
    hosts: tuple[HostName, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    tls: TlsVersion = TlsVersion.V1_2
    hsts_seconds: Annotated[int, Field(ge=0, le=63_072_000)] = 31_536_000
    connections: Count = 1000
    max_head: Annotated[int, Field(ge=1024, le=2**20)] = 65_536
    head_seconds: Seconds = 10.0
    body_seconds: Seconds = 30.0
    body_rate: Count = 1024
    write_seconds: Seconds = 60.0
    keep_alive_seconds: Annotated[int, Field(ge=1, le=3600)] = 75
    goodbye_seconds: Annotated[int, Field(ge=1, le=3600)] = 3

    @property
    def address(self) -> str:
        """Where people reach it, as far as is known here."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        host = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104 - not bound to
        scheme = "http" if self.certificate is None else "https"
        return self.url.rstrip("/") or f"{scheme}://{host}:{self.port}"


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
    sample_bytes: Count = 256 * 2**20


class Secrets(Section):
    """The key that encrypts connection strings and the secrets of channels at rest."""

    key: SecretStr = SecretStr("")
    old_keys: tuple[SecretStr, ...] = ()
    key_file: Path = Path("secret.key")


class Sources(Section):
    """Bounds on outside databases."""

    connect_timeout: Seconds = 10.0
    lock_timeout: Seconds = 60.0
    max_text: Count = 4096


class Dispatch(Section):
    """Bounds on one dispatch."""

    batch_rows: Count = 20_000
    batch_least: Count = 512
    batch_seconds: Seconds = 1.0
    queued_batches: Count = 2
    threads: Count = 2
    nice: Annotated[int, Field(ge=0, le=19)] = 10
    progress_seconds: Seconds = 1.0
    grace_seconds: Seconds = 10.0
    record_seconds: Seconds = 600.0
    tries: Count = 2
    try_rows: Annotated[int, Field(ge=1, le=1000)] = 100
    try_seconds: Seconds = 30.0
    try_memory: Count = 2 * 2**30


class Scheduler(Section):
    """When slots are claimed, and how many dispatches run and wait."""

    enabled: bool = True
    launcher: Literal["local", "slurm"] = "local"
    workers: Annotated[int, Field(ge=0)] = 2
    running_limit: Count = 1000
    queue: Count = 1000
    partitions: Annotated[int, Field(ge=1, le=256)] = 64
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
    load_seconds: Seconds = 120.0
    faults: Count = 20
    memory: Count = 2**30
    keep_days: Count = 365
    keep_requests: Count = 10_000_000


class Container(StrEnum):
    """Whose container this service is the inside of."""

    NONE = ""
    SAGEMAKER = "sagemaker"
    AZURE = "azure"


Route = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~-]+)*$", max_length=200)]


class Protocols(Section):
    """Forms of requests for predictions that others have made, and their routes."""

    open_inference: bool = True
    sagemaker: bool = True
    mlflow: bool = True
    azure: bool = True
    model: str = ""
    answers: Literal["mlflow", "sagemaker"] = "mlflow"
    azure_live: Route = "/azure/live"
    azure_ready: Route = "/azure/ready"
    azure_score: Route = "/score"
    container: Container = Container.NONE
    model_directory: str = ""


class Monitor(Section):
    """Checks: who looks, how much at once, what is kept."""

    enabled: bool = True
    threads: Annotated[int, Field(ge=1, le=10_000)] = 512
    abandoned: Annotated[int, Field(ge=0, le=1000)] = 32
    tests: Annotated[int, Field(ge=1, le=1000)] = 8
    queue: Count = 50_000
    write_seconds: Seconds = 0.5
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


class Outgoing(Section):
    """Where checks and alerts may connect to; what is closed stays so, whatever is allowed."""

    allowed: tuple[Reachable, ...] = ()
    closed: tuple[Closed, ...] = CLOSED
    variables: tuple[str, ...] = ("*",)


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
