"""Requests for predictions in the forms of other protocols: what all of these come down to."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.errors import NotFoundError
from app.values.load import LoadState
from app.values.signature import FieldType, InputField, Signature

if TYPE_CHECKING:  # it loads pandas
    from app.services.live import LiveService

Cases = list[dict[str, Any]]
"""Inputs by name, as Python's own values; None where one is missing."""
_NUMBERS = frozenset({FieldType.INTEGER, FieldType.NUMBER})
_TOLD = 10
"""Models that are told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreign:
    """Whom a request asks, and its cases."""

    model: str
    version: int | None = None
    size: int
    """How many cases there are, which is known before they are made."""
    cases: Callable[[Signature], Cases]
    """Makes the cases of a model with this signature. Raises InvalidRequestError."""

    def fitted(self, signature: Signature) -> Cases:
        """Return the cases of a model with this signature. Raises InvalidRequestError."""
        return _fit(self.cases(signature), signature)


def model_without_name(live: "LiveService", chosen: str) -> str:
    """Return the model that answers where a path names none: the `chosen` one, or the only one.

    Raises NotFoundError, which says what to do.
    """
    if chosen:
        return chosen
    names = live.names()
    if len(names) == 1:
        return names[0]
    if not names:
        raise NotFoundError(
            "no model is live; `disparo models register NAME FILE` registers one, and the first "
            "version of a model is live"
        )
    raise NotFoundError(
        f"there are {len(names)} live models ({', '.join(names[:_TOLD])}), and this path names "
        "none; choose one by the setting protocols.model, or ask POST /v2/models/NAME/infer"
    )


def is_ready(live: "LiveService", model: str = "") -> bool:
    """Tell whether all that is to be live is loaded; with `model`: whether that one is."""
    loads = live.loads()
    waits = {name for (name, _), load in loads.items() if load.state is not LoadState.LOADED}
    if model:
        return model in live.names() and model not in waits
    return live.has_looked and not waits


def _fit(cases: Cases, signature: Signature) -> Cases:
    """Return cases as their model has them; they are changed in their place.

    Data frames and arrays have no other way to say that a number is missing than NaN, which so is
    missing where the input may be; and what is a whole number among them is an integer, where that
    is what the input is.
    """
    for field in signature.inputs:
        if field.type in _NUMBERS:
            for case in cases:
                value = case.get(field.name)
                if type(value) is float:
                    case[field.name] = _fitted(value, field)
    return cases


def _fitted(value: float, field: InputField) -> float | int | None:
    if math.isnan(value) and field.nullable:
        return None
    return int(value) if field.type is FieldType.INTEGER and value.is_integer() else value
