"""Models as they are shown: with how far their live versions are in this process."""

from typing import TYPE_CHECKING

from app.services.service_health import Local
from app.values.load import Load, ServedModel
from app.values.model import Model

if TYPE_CHECKING:  # it loads pandas
    from app.services.models import ModelService


class ServedModelService:
    """The use case of looking at models."""

    def __init__(self, models: "ModelService", local: Local) -> None:
        self._models = models
        self._local = local

    def all(self) -> list[ServedModel]:
        """Return all models."""
        return [self._served(one) for one in self._models.all()]

    def one(self, name: str) -> ServedModel:
        """Return a model. Raises NotFoundError."""
        return self._served(self._models.one(name))

    def _served(self, model: Model) -> ServedModel:
        return ServedModel(**dict(model), load=self._load(model))

    def _load(self, model: Model) -> Load | None:
        showroom = self._local.showroom()
        if showroom is None or model.live is None:
            return None
        return showroom.live.loads().get((model.name, model.live))
