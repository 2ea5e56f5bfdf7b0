"""The settings that hold: for admins, to read."""

from fastapi import APIRouter

from app.routers.parts import PROBLEMS, STRICT, Services
from app.values.setting import EffectiveSettings

router = APIRouter(prefix="/settings", tags=["service"], responses=PROBLEMS, dependencies=STRICT)


@router.get("")
def get_settings(services: Services) -> EffectiveSettings:
    """Return the settings of the service that answers, each with where it comes from.

    Secrets are stars. Settings are read when the service starts: what changed since is not told.
    """
    return services.shown_settings.effective()
