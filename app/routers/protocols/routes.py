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
    for one in found:
        for line in RIGHTS if one.place else ():
            method, _, template = line.partition(" ")
            is_other = template != one.template and method == one.method
            if is_other and re.fullmatch(_pattern(template), one.place):
                raise ConfigurationError(
                    f"protocols: the path {one.place} is that of {method} {template}; choose "
                    "another one"
                )


def _pattern(template: str) -> str:
    """Return the regular expression of the paths that a template stands for."""
    pattern = re.sub(r"\\\{path:path\\\}", ".*", re.escape(template))
    return re.sub(r"\\\{\w+\\\}", "[^/]+", pattern)
