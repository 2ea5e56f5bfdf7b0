"""A tryout: a query and a model tried together on a few rows, before a schedule is saved."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from app.values.base import Moment, Name, Scalar, Value
from app.values.dispatch import DispatchError
from app.values.schedule import Collect, Deliver, Schedule, refuse_reserved
from app.values.signature import FieldType
from app.values.when import When

MOST_ROWS = 1000


class TryoutRequest(When):
    """What is to be tried: a schedule as far as it is written. Nothing is stored or delivered."""

    name: Name | None = None
    """The schedule that is edited, if there is one: `:last_success` is bound to its own."""
    model: Name
    version: int | None = None
    """Without it, the live one."""
    collect: Collect
    parameters: dict[str, Scalar] = {}
    slot: Moment | None = None
    """Without an offset it is meant by the time zone's clock; left out, it is the newest slot."""
    rows: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 20

    @model_validator(mode="after")
    def _not_reserved(self) -> Self:
        refuse_reserved(self.parameters)
        return self

    def schedule(self) -> Schedule:
        """Return it as a schedule, whose target is nobody's."""
        when = {name: getattr(self, name) for name in When.model_fields}
        return Schedule(
            name=self.name or "tryout",
            model=self.model,
            version=self.version,
            collect=self.collect,
            deliver=Deliver(source=self.collect.source, table="nowhere"),
            parameters=self.parameters,
            **when,
        )


class Fit(StrEnum):
    """How a column of the query fits the model."""

    FITS = "fits"
    MISSING = "missing"
    """The model or the key needs it, and the query does not give it."""
    EXTRA = "extra"
    """The query gives it, and nothing needs it."""
    REFUSED = "refused"
    """It holds a value that a dispatch would refuse: of another type, or missing."""
    UNKNOWN = "unknown category"
    """It holds a text that the model was not trained with; the model answers all the same."""


class TriedColumn(Value):
    """One column: of the query, of the model, or of both."""

    name: str
    fit: Fit
    is_key: bool = False
    found: str | None = None
    """The type that the source gives; None: no row tells it."""
    wanted: FieldType | None = None
    """The type that the model takes; None: it is none of its inputs."""
    detail: str | None = None
    """What is wrong, and what to do."""


class TriedRow(Value):
    """One row with its answer, or with why there is none."""

    values: dict[str, Any]
    """As the query gives them; what JSON has no form for is text, long texts are cut."""
    answer: dict[str, Any] | None = None
    """The columns that would be delivered."""
    fault: str | None = None


class Tried(Value):
    """What came of a tryout."""

    model: Name
    version: int
    slot: str
    """The slot for which the query's parameters were bound, with the time zone's offset."""
    parameters: dict[str, str | None]
    """What was bound, as text."""
    columns: tuple[TriedColumn, ...]
    """Those of the query in its order, then those that it lacks."""
    rows: tuple[TriedRow, ...]
    connect_seconds: float
    collect_seconds: float
    load_seconds: float
    infer_seconds: float


class Outcome(Value):
    """What the process of a tryout says: what came of it, or why nothing did."""

    tried: Tried | None = None
    error: DispatchError | None = None
