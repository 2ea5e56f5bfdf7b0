"""Which routes of other protocols this service answers, by its settings."""

from collections.abc import Sequence

from app.routers.protocols import open_inference
from app.routers.protocols.parts import Route
from app.settings_sections import Protocols


def routes(settings: Protocols) -> Sequence[Route]:
    """Return the routes that are switched on."""
    return open_inference.ROUTES if settings.open_inference else ()
