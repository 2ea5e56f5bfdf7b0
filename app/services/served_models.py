"""Models as they are shown: with how far their live versions are in this process."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.services.service_health import Local
from app.values.load import Load, ServedModel
from app.values.model import Model

if TYPE_CHECKING:  # it loads pandas
    from app.inference.registry import Key
    from app.services.models import ModelService


class ServedModelService:
    """The use case of looking at models."""

    def __init__(self, models: "ModelService", local: Local) -> None:
        self._models = models
        self._local = local

    def all(self) -> list[ServedModel]:
        """Return all models."""
        loads = self._loads()
        return [_served(one, loads) for one in self._models.all()]

    def one(self, name: str) -> ServedModel:
        """Return a model. Raises NotFoundError."""
        return _served(self._models.one(name), self._loads())

    def _loads(self) -> "Mapping[Key, Load]":
        showroom = self._local.showroom()
        return {} if showroom is None else showroom.live.loads()


def _served(model: Model, loads: "Mapping[Key, Load]") -> ServedModel:
    load = None if model.live is None else loads.get((model.name, model.live))
    return ServedModel(**dict(model), load=load)
