"""How the Showroom serves a model."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from app.settings_sections import Durability
from app.values.base import Value


class UnknownCategories(StrEnum):
    """What becomes of a text that is none of the input's categories."""

    REFUSE = "refuse"
    """The request is refused."""
    MISSING = "missing"
    """It counts as missing where the input may be, and is refused elsewhere."""
    PASS = "pass"  # noqa: S105 - no password
    """The model sees it, as it does in a dispatch."""


class Shadow(Value):
    """A version that answers a share of the requests too; its answers are recorded only."""

    version: Annotated[int, Field(ge=1)]
    share: Annotated[float, Field(gt=0, le=1)] = 1.0


class Serving(Value):
    """How the Showroom serves a model: what a user may set, model by model."""

    durability: Durability | None = None
    """None: as `showroom.durability` says."""
    unknown_categories: UnknownCategories = UnknownCategories.REFUSE
    shadow: Shadow | None = None
    gate: Literal["cases"] | None = None
    """What a version must pass before it is promoted: the model's stored cases."""
    tolerance: Annotated[float, Field(ge=0, le=1)] = 0.05
    """How far the gate lets a case's probability, or a value's share of it, move."""
    drift_ignores: Annotated[tuple[str, ...], Field(max_length=1000)] = ()
    """Inputs, `label` or `value`, whose distribution may move without being called drift: those
    made of the time, of which a nightly dispatch sees one day of the week."""
