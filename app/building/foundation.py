"""What all others stand on: the settings, the databases, the models, the secrets."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.db.engine import make_engine
from app.db.keys import keys_of
from app.db.vault import Vault
from app.services.secrets import SecretService
from app.services.sources import SourceService
from app.settings import Settings, var
from app.sources import Limits
from app.values.reach import Reach

if TYPE_CHECKING:  # these load scikit-learn or httpx, which takes time
    from app.services.models import ModelService


class Foundation:
    """Makes each part when it is first asked for."""

    def __init__(self, settings: Settings, state: Path | None = None) -> None:
        self.settings = settings
        self.state = state or var()

    @cached_property
    def engine(self) -> sa.Engine:
        """The engine of Disparo's own database."""
        return make_engine(self.settings.database, self.state)

    @cached_property
    def vault(self) -> Vault:
        """What encrypts secrets at rest."""
        return Vault(keys_of(self.settings.secrets, self.state))

    @cached_property
    def secrets(self) -> SecretService:
        """What replaces the vault's key."""
        return SecretService(self.engine, lambda: keys_of(self.settings.secrets, self.state))

    @cached_property
    def sources(self) -> SourceService:
        """The use cases of sources."""
        limits = Limits(
            connect_timeout=self.settings.sources.connect_timeout,
            lock_timeout=self.settings.sources.lock_timeout,
            batch_rows=self.settings.dispatch.batch_rows,
            max_text=self.settings.sources.max_text,
        )
        return SourceService(self.engine, self.vault, limits)

    @cached_property
    def reach(self) -> Reach:
        """Where checks and alerts may connect to."""
        return Reach(**dict(self.settings.outgoing))

    @cached_property
    def models(self) -> "ModelService":
        """The use cases of models."""
        from app.inference.store import ModelStore
        from app.services.models import ModelService

        bounds = self.settings.models
        store = ModelStore(self.state / bounds.store, max_size=bounds.max_size)
        return ModelService(self.engine, store, bounds)

    def _impatient(self, seconds: float, *, connections: int) -> sa.Engine:
        database = self.settings.database
        update = {
            "pool_size": connections,
            "pool_timeout": seconds,
            "answer_timeout": seconds,
            "busy_timeout": min(seconds, database.busy_timeout),
        }
        return make_engine(database.model_copy(update=update), self.state)
