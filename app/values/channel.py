"""A channel: where alerts go. What is secret of it is taken, and never shown."""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, model_validator

from app.values.base import (
    OWN_REFUSED,
    OWN_VARIABLE,
    Instant,
    Name,
    Value,
    shown_masked,
)

MASK = "**********"
"""How a secret is shown. Sent back, it stands for the secret that is kept."""
_RESERVED_HEADERS = frozenset(
    {"content-length", "content-type", "host", "idempotency-key", "transfer-encoding", "connection"}
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _sendable(secret: SecretStr) -> SecretStr:
    """Return a secret that may stand in a request. Raises ValueError, which does not tell it."""
    if OWN_VARIABLE.search(secret.get_secret_value()):
        raise ValueError(OWN_REFUSED)
    return secret


def _on_one_line(secret: SecretStr) -> SecretStr:
    if _CONTROL.search(secret.get_secret_value()):
        message = "it must stand on one line, without control characters"
        raise ValueError(message)
    return secret


def _address(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if text != MASK and not re.match(r"(https?://[^/?#\s]|\$\{)\S*$", text):
        message = (
            "it must be a URL such as https://host/path, or ${NAME} of an environment variable"
        )
        raise ValueError(message)
    return secret


def _header(name: str) -> str:
    if name.lower() in _RESERVED_HEADERS:
        message = f"the header {name} is set by Disparo; leave it out"
        raise ValueError(message)
    return name


def _variable(name: str) -> str:
    if name.startswith("DISPARO_"):
        message = f"{name}: names that begin with DISPARO_ are Disparo's own; take another one"
        raise ValueError(message)
    return name


Secret = Annotated[
    SecretStr,
    Field(min_length=1, max_length=2000, json_schema_extra=shown_masked),
    AfterValidator(_sendable),
]
Line = Annotated[Secret, AfterValidator(_on_one_line)]
HeaderName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", max_length=100),
    AfterValidator(_header),
]
VariableName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100),
    AfterValidator(_variable),
]
Address = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$",
        max_length=254,
    ),
]
"""An address of mail, in ASCII; a domain with other letters is written in its `xn--` form."""
Word = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=4000)]


class WebhookForm(StrEnum):
    """What a webhook is sent."""

    JSON = "json"
    """The notice with all its parts."""
    SLACK = "slack"
    """As Slack's incoming webhooks take it, and what is compatible with them."""
    TEAMS = "teams"
    """An Adaptive Card, as workflows of Microsoft Teams take it."""


class Webhook(Value):
    """A URL to which alerts are posted."""

    kind: Literal["webhook"] = "webhook"
    form: WebhookForm = WebhookForm.JSON
    url: Annotated[Line, AfterValidator(_address)]
    """`${NAME}` takes an environment variable, here and in headers."""
    headers: Annotated[dict[HeaderName, Line], Field(max_length=20)] = {}

    @property
    def place(self) -> str:
        """Where it is, without what may be secret of the URL: its path is."""
        text = self.url.get_secret_value()
        if variable := re.match(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}", text):
            return f"{self.form} webhook at {variable[0]}"
        parts = urlsplit(text)
        return f"{self.form} webhook at {parts.scheme}://{parts.netloc.rpartition('@')[2]}"


class Security(StrEnum):
    """How the way to a mail server is kept from others."""

    STARTTLS = "starttls"
    """It begins in clear and must turn to TLS."""
    TLS = "tls"
    PLAIN = "plain"
    """Not at all: passwords and alerts can be read on the way."""


_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.PLAIN: 25}


class Email(Value):
    """Mail, by way of an SMTP server."""

    kind: Literal["email"] = "email"
    host: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:_-]+$", max_length=253)]
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """By default 587 for STARTTLS, 465 for TLS, 25 for plain."""
    security: Security = Security.STARTTLS
    user: Annotated[str, StringConstraints(min_length=1, max_length=320)] | None = None
    password: Secret | None = None
    sender: Address
    to: Annotated[tuple[Address, ...], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _whole_login(self) -> Self:
        if (self.user is None) != (self.password is None):
            message = "give both user and password, or neither"
            raise ValueError(message)
        return self

    @property
    def reached_at(self) -> int:
        """The port of the server."""
        return self.port or _PORTS[self.security]

    @property
    def place(self) -> str:
        """Where it goes."""
        more = f" and {len(self.to) - 1} more" if len(self.to) > 1 else ""
        return f"mail to {self.to[0]}{more} by {self.host}:{self.reached_at}"


class Command(Value):
    """A program that is run for each alert, without a shell."""

    kind: Literal["command"] = "command"
    command: Annotated[tuple[Word, ...], Field(min_length=1, max_length=100)]
    """The program and its arguments."""
    environment: Annotated[dict[VariableName, Secret], Field(max_length=50)] = {}
    """Further variables; `${NAME}` takes one of the service's own."""

    @model_validator(mode="after")
    def _names_a_program(self) -> Self:
        if not self.command[0].strip():
            message = "the first word of the command must name a program"
            raise ValueError(message)
        return self

    @property
    def place(self) -> str:
        """What is run, without its arguments."""
        return f"command {self.command[0]}"


Target = Annotated[Webhook | Email | Command, Field(discriminator="kind")]


class Channel(Value):
    """What a person declares."""

    name: Name
    description: Annotated[str, Field(max_length=10_000)] = ""
    target: Target
    timeout: Annotated[float, Field(gt=0, le=120)] = 10.0
    """Seconds that one attempt may take."""


class ChannelOverview(Value):
    """A channel as it is shown, with its secrets masked."""

    name: Name
    spec: Channel | None
    """None: the stored one cannot be read, and `fault` says why."""
    place: str | None
    """Where alerts go, without secrets."""
    revision: int
    """Grows with each change; its ETag."""
    declared_in: str | None
    """The file that declares it; the API refuses to edit such a channel."""
    created_at: Instant
    updated_at: Instant
    fault: str | None = None


class Trial(Value):
    """What came of a test of a channel."""

    channel: Name
    ok: bool
    detail: str
    """In words: what was answered, or what failed and what to do."""
    seconds: float


def revealed(value: Any) -> Any:
    """Return a value as plain data in which secrets can be read: for the vault alone."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Value):
        return {name: revealed(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {name: revealed(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [revealed(one) for one in value]
    return value


def unmasked(document: Any, kept: Any) -> Any:
    """Return plain data in which each mask is replaced by what is kept in its place."""
    if isinstance(document, dict):
        old = kept if isinstance(kept, dict) else {}
        return {name: unmasked(one, old.get(name)) for name, one in document.items()}
    return kept if document == MASK and isinstance(kept, str) else document


def masks(document: Any, path: str = "") -> list[str]:
    """Return the places of masks that stand for nothing."""
    if isinstance(document, dict):
        return [
            place
            for name, one in document.items()
            for place in masks(one, f"{path}.{name}" if path else name)
        ]
    return [path] if document == MASK else []
