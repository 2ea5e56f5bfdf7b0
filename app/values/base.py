"""What every value has in common: frozen, keyword-only, strict about names and time zones."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

from app.errors import NoSuchTimeError

Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100),
]
"""A name that fits an address, a file and a shell word alike."""


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise NoSuchTimeError(moment) from None


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A point in time: naive datetimes are refused, the others become UTC."""

Scalar = bool | int | float | datetime | date | str | None
"""A parameter of a query."""


class Value(BaseModel):
    """A frozen value that refuses what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="iso8601")
