"""The sections of the settings on who may do what: log-in, sessions, passwords, the audit."""

from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from app.settings_sections import Count, Seconds, Section, Year


class Auth(Section):
    """Who may do what."""

    mode: Literal["accounts", "none"] = "accounts"
    trusted_network: bool = False
    tokens: Count = 1000
    remember_seconds: Annotated[float, Field(ge=0, le=60)] = 1.0
    away_seconds: Annotated[float, Field(ge=0, le=86_400)] = 300.0
    remembered: Count = 10_000
    lookups: Count = 1000
    answer_timeout: Annotated[float, Field(ge=0.1, le=60)] = 2.0


class Sessions(Section):
    """How long somebody stays logged in."""

    idle_seconds: Annotated[float, Field(ge=60, le=Year)] = 43_200.0
    end_seconds: Annotated[float, Field(ge=60, le=Year)] = 604_800.0
    most: Annotated[int, Field(ge=1, le=1000)] = 20
    memory_seconds: Annotated[float, Field(ge=0, le=1)] = 0.5


class Passwords(Section):
    """Which passwords are taken, what hashing one costs, how many are hashed at once."""

    length: Annotated[int, Field(ge=8, le=200)] = 12
    # Not less than OWASP's least for argon2id: 19 MiB and two rounds.
    memory: Annotated[int, Field(ge=19 * 2**20, le=2**32)] = 64 * 2**20
    rounds: Annotated[int, Field(ge=2, le=100)] = 3
    at_once: Annotated[int, Field(ge=1, le=100)] = 2
    queue: Annotated[int, Field(ge=0, le=1000)] = 16
    wait_seconds: Seconds = 10.0
    link_seconds: Annotated[float, Field(ge=60, le=Year)] = 86_400.0


class Logins(Section):
    """How often log-in may be tried."""

    account_tries: Annotated[int, Field(ge=1, le=1000)] = 10
    account_seconds: Seconds = 60.0
    address_tries: Annotated[int, Field(ge=1, le=100_000)] = 50
    address_seconds: Seconds = 6.0
    remembered: Annotated[int, Field(ge=100, le=1_000_000)] = 10_000


class Audit(Section):
    """Who did what, and who was refused."""

    keep_days: Count = 400
    window_seconds: Annotated[float, Field(ge=1, le=86_400)] = 60.0
    refusals: Annotated[int, Field(ge=1, le=100_000)] = 100


class SingleSignOn(Section):
    """The OpenID Connect provider that says who somebody is, and what their groups stand for."""

    # Under TLS, or on this machine.
    issuer: Annotated[
        str,
        Field(
            max_length=255,
            pattern=r"^(https://[^\s?#@]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/[^\s?#]*)?)?$",
        ),
    ] = ""
    name: Annotated[str, Field(min_length=1, max_length=100)] = "single sign-on"
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    name_claim: str = "preferred_username"
    groups_claim: str = "groups"
    viewer_groups: tuple[str, ...] = ()
    operator_groups: tuple[str, ...] = ()
    admin_groups: tuple[str, ...] = ()
    timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 10.0
    leeway_seconds: Annotated[float, Field(ge=0, le=600)] = 60.0
    at_once: Annotated[int, Field(ge=1, le=100)] = 8

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.issuer and not self.client_id:
            message = "with an issuer it needs a client_id"
            raise ValueError(message)
        return self
