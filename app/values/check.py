"""A check: what the Monitor looks at, how often, and what counts as well."""

import re
from enum import StrEnum
from typing import Annotated, Literal, Self, get_args
from urllib.parse import SplitResult, parse_qsl, urlsplit

from pydantic import AfterValidator, Field, model_validator

from app.values.base import OWN_REFUSED, OWN_VARIABLE, Instant, Name, Value
from app.values.pointer import Pointer

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Scalar = str | int | float | bool | None


class State(StrEnum):
    """What is known of a check's target."""

    UP = "up"
    DEGRADED = "degraded"
    """It answers, but slowly, or with a warning."""
    DOWN = "down"
    PAUSED = "paused"
    UNKNOWN = "unknown"
    """Not looked at yet, or hidden behind a check that this one depends on."""


def _without_gaps(address: str) -> str:
    if not address.isprintable() or any(map(str.isspace, address)):
        raise ValueError("a host's name or address holds no space or control character")
    return address


class HostTarget(Value):
    """A TCP port: all is well once it accepts a connection."""

    kind: Literal["host"] = "host"
    address: Annotated[str, Field(min_length=1, max_length=253), AfterValidator(_without_gaps)]
    """A name, or an address of IPv4 or IPv6."""
    port: Annotated[int, Field(ge=1, le=65535)]


class DatabaseTarget(Value):
    """A source: connect with its own connection string, and read no row of a table."""

    kind: Literal["database"] = "database"
    source: Name
    table: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    """Without it, a query that needs no table."""


class JsonCondition(Value):
    """What a document must hold at a place."""

    pointer: Pointer
    """A JSON Pointer by RFC 6901, e.g. `/status`; an empty one is the whole document."""
    equals: Scalar


class HttpTarget(Value):
    """A URL: its answer must have a status, and may have to hold something."""

    kind: Literal["http"] = "http"
    url: Annotated[str, Field(pattern=r"^https?://", max_length=2000)]
    """`${NAME}` takes an environment variable, which is where a password stands."""
    method: Literal["GET", "HEAD", "POST", "OPTIONS"] = "GET"
    status: Annotated[int, Field(ge=100, le=599)] | None = None
    """Without it, any status from 200 to 299."""
    contains: Annotated[str, Field(min_length=1)] | None = None
    """A text that the body must hold."""
    json_holds: JsonCondition | None = None
    redirects: Annotated[int, Field(ge=0, le=20)] = 0
    """Most redirects that are followed; without any, one is an answer like others."""
    certificate_days: Annotated[int, Field(ge=0)] = 14
    """A TLS certificate that ends sooner makes the check degraded."""

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        _refuse_secrets(_require_host(self.url))
        if OWN_VARIABLE.search(self.url):
            raise ValueError(OWN_REFUSED)
        if self.method == "HEAD" and (self.contains or self.json_holds):
            raise ValueError("an answer to HEAD has no body that could hold anything: take GET")
        return self


_UNREADABLE = (
    "the URL's host or port cannot be read; special characters of a user or password are "
    "percent-encoded (@ is %40, / is %2F), or let ${NAME} take them from the environment"
)
_SECRET = re.compile(r"(?i)\w*(password|passwd|passphrase|token|secret|key|signature)|pwd|sig")


def _require_host(url: str) -> SplitResult:
    """Refuse a URL that leads nowhere. What `${NAME}`s stand for is not known yet."""
    try:
        parts = urlsplit(url)
        leads = bool(parts.hostname and ("${" in url or parts.port != 0))
    except ValueError:
        raise ValueError(_UNREADABLE) from None
    if not leads:
        raise ValueError("the URL names no host, e.g. https://shop.example/health")
    return parts


def _refuse_secrets(parts: SplitResult) -> None:
    """Refuse secrets that are written out: a check is shown to whoever may see it."""
    shown = [] if parts.password is None else [("password", parts.password)]
    shown += [one for one in parse_qsl(parts.query) if _SECRET.fullmatch(one[0])]
    for name, value in shown:
        if "${" not in value:
            raise ValueError(
                f"the URL shows its {name}; put it into an environment variable of the service, "
                "and write ${NAME} instead"
            )


class ScheduleTarget(Value):
    """A schedule: its slots are dispatched in time, and its dispatches succeed."""

    kind: Literal["schedule"] = "schedule"
    schedule: Name
    late_after: Seconds = 300.0
    """Seconds that a slot may be due without being claimed."""
    failing_after: Annotated[int, Field(ge=1)] = 1
    """Down after so many dispatches in a row that did not succeed."""
    success_within: Seconds | None = None
    """Down if there was no success for so many seconds."""


class DiskTarget(Value):
    """The file system that holds a path has room left."""

    kind: Literal["disk"] = "disk"
    path: Annotated[str, Field(pattern=r"^[^\x00]+$", max_length=4000)] = "."
    """A relative one starts at the state directory."""
    degraded_below: Annotated[float, Field(ge=0, le=100)] = 10.0
    """Percent that are free."""
    down_below: Annotated[float, Field(ge=0, le=100)] = 2.0

    @model_validator(mode="after")
    def _degraded_first(self) -> Self:
        if self.degraded_below < self.down_below:
            message = (
                f"degraded_below ({self.degraded_below:g}) must be at least down_below "
                f"({self.down_below:g}): a disk is degraded before it is down"
            )
            raise ValueError(message)
        return self


class ServicePart(StrEnum):
    """What of Disparo itself is looked at."""

    DATABASE = "database"
    SCHEDULER = "scheduler"
    """Somebody holds the lease, and APScheduler's thread lives."""
    PREDICTION_LOG = "prediction log"
    QUEUE = "queue"
    """Dispatches wait no longer than they should."""
    MODELS = "models"
    """Each live version is loaded."""


class ServiceTarget(Value):
    """A part of Disparo itself."""

    kind: Literal["service"] = "service"
    part: ServicePart


AnyTarget = HostTarget | DatabaseTarget | HttpTarget | ScheduleTarget | DiskTarget | ServiceTarget
TARGETS: tuple[type[Value], ...] = get_args(AnyTarget)
Target = Annotated[AnyTarget, Field(discriminator="kind")]
Kind = Literal["host", "database", "http", "schedule", "disk", "service"]


class Check(Value):
    """What a person declares."""

    name: Name
    description: str = ""
    target: Target
    every: Annotated[float, Field(ge=1, le=86_400)] = 60.0
    """Seconds from one look to the next."""
    timeout: Annotated[float, Field(gt=0, le=300)] = 10.0
    """Seconds that one look may take."""
    retries: Annotated[int, Field(ge=0, le=100)] = 2
    """Failures in a row that do not count yet: it is down at the next one."""
    slow_after: Seconds | None = None
    """Seconds after which an answer makes it degraded."""
    depends_on: tuple[Name, ...] = ()
    """Checks of what this one needs: while one of them is down, this one is not told of."""


class StepTime(Value):
    """How long one step of a look took."""

    step: str
    seconds: float


class Reading(Value):
    """What one look at a target found. A probe returns it, and never raises for its target."""

    ok: bool
    seconds: float
    detail: str
    """In words: what was reached, or what failed and what to do."""
    warning: str | None = None
    """Why it is degraded though it answers."""
    failed_step: str | None = None
    """E.g. `name`, `refused`, `unreachable`, `timeout`, `tls`, `password`, `query`, `status`."""
    steps: tuple[StepTime, ...] = ()
    facts: dict[str, Scalar] = {}
    """E.g. the address that answered, the days that a certificate has left."""


class Result(Reading):
    """A reading on record."""

    check: Name
    at: Instant


class Flip(Value):
    """A change of a check's state: claimed once, then told of."""

    id: int
    check: Name
    before: State
    after: State
    at: Instant
    detail: str
    told: State | None = None
    """The state that people knew of until then."""
    muted_by: str | None = None
    """Why nobody is told; None: people are."""
