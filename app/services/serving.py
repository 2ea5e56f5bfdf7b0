"""How a model is to be served: read from what people say, and possible."""

import difflib
from collections.abc import Collection, Sequence
from typing import Any

from pydantic import ValidationError

from app.db.models import ModelStore
from app.errors import ConfigurationError, ConflictError, NotFoundError
from app.services.documents import in_words
from app.values.model import Version, VersionState
from app.values.serving import Serving, Shadow

_ANSWERS = ("label", "value")


def parsed(document: Any) -> Serving:
    """Return what a document says. Raises ConfigurationError."""
    try:
        return Serving.model_validate(document)
    except ValidationError as error:
        faults = "; ".join(in_words(one, "serving") for one in error.errors())
        raise ConfigurationError(f"that is no way to serve: {faults}") from None


def require_possible(table: ModelStore, model: str, before: Serving, after: Serving) -> None:
    """Raise unless what changes can be done with the model's versions.

    Raises NotFoundError for a shadow that is not there, ConflictError for one that is retired,
    ConfigurationError for an input that no version has.
    """
    if after.shadow is not None and after.shadow != before.shadow:
        _require_usable(model, table.version(model, after.shadow.version), after.shadow)
    if after.drift_ignores != before.drift_ignores:
        _require_inputs(model, table.versions(model), after.drift_ignores)


def _require_usable(model: str, version: Version | None, shadow: Shadow) -> None:
    if version is None:
        raise NotFoundError(
            f"model {model!r} has no version {shadow.version} that could be its shadow"
        )
    if version.state is VersionState.RETIRED:
        raise ConflictError(
            f"version {shadow.version} of {model!r} is retired and can be no shadow; name another"
        )


def _require_inputs(model: str, versions: Sequence[Version], names: Collection[str]) -> None:
    known = {*_ANSWERS, *(name for one in versions for name in one.signature.input_names)}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigurationError(
                f"drift_ignores: no version of {model!r} has an input {name!r}{hint}"
            )
