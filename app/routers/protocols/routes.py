"""Which routes of other protocols this service answers, by its settings."""

import re
from collections.abc import Sequence

from app.errors import ConfigurationError
from app.routers.protocols import azure, invocations, open_inference, sagemaker
from app.routers.protocols.parts import Route
from app.routers.rights import RIGHTS
from app.settings_sections import Protocols


def routes(settings: Protocols) -> Sequence[Route]:
    """Return the routes switched on. Raises ConfigurationError for a path that is taken."""
    found: list[Route] = []
    if settings.open_inference:
        found += open_inference.ROUTES
    if settings.sagemaker:
        found += sagemaker.ROUTES
    if settings.sagemaker or settings.mlflow:
        found += invocations.SHARED
    if settings.mlflow:
        found += invocations.MLFLOW
    if settings.azure:
        found += azure.routes(settings)
    _require_free(found)
    return found


def _require_free(found: Sequence[Route]) -> None:
    """Raise ConfigurationError if a path by setting is one that something else has."""
    taken = [line.partition(" ") for line in RIGHTS]
    for one in found:
        for method, _, template in taken:
            is_other = template != one.template and method == one.method
            pattern = re.sub(r"\\\{path:path\\\}", ".*", re.escape(template))
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", pattern)
            if one.place and is_other and re.fullmatch(pattern, one.place):
                raise ConfigurationError(
                    f"protocols: the path {one.place} is that of {method} {template}; choose "
                    "another one"
                )
