"""What every value has in common: frozen, keyword-only, strict about names and time zones."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
)

from app.errors import NoSuchTimeError

Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100),
]
"""A name that fits an address, a file and a shell word alike."""


OWN_VARIABLE = re.compile(r"\$\{DISPARO_(?!VAR\})")
"""In what is sent elsewhere: the settings that the environment holds, keys and passwords too."""
OWN_REFUSED = "Disparo's own settings (DISPARO_…) are not sent anywhere; use another variable"
_NUMBER = re.compile(r"\s*[+-]?\d*\.?\d*(e[+-]?\d+)?\s*", re.IGNORECASE)


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise NoSuchTimeError(moment) from None


def _written(moment: object) -> object:
    """Refuse a number, which is no time that anybody has meant. Raises ValueError."""
    is_number = isinstance(moment, int | float)
    if is_number or (isinstance(moment, str) and _NUMBER.fullmatch(moment)):
        message = "a time is written like 2013-11-28T07:30:00Z, and is no number"
        raise ValueError(message)
    return moment


Moment = Annotated[datetime, BeforeValidator(_written)]
"""A time that somebody writes, with an offset or without."""

Instant = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_utc)]
"""A point in time: naive datetimes are refused, the others become UTC."""

Scalar = bool | int | float | datetime | date | str | None
"""A parameter of a query."""


def shown_masked(schema: dict[str, Any]) -> None:
    """Let a schema say of a secret that answers show it too: as stars."""
    schema.pop("writeOnly", None)


class Value(BaseModel):
    """A frozen value that refuses what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="iso8601")
