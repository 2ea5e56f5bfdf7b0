"""Which version answers: the live one of each model, loaded before requests go there.

A change in any process is seen within a second here, at once where it was made. A version that
does not load leaves the one before it in its place.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from app.connection_string import redacted_lines
from app.db.engine import AWAY, reading
from app.db.models import ModelStore
from app.errors import AppError, NotFoundError, TimedOutError
from app.inference.batcher import Ask
from app.inference.registry import Key, Registry, Served
from app.inference.runtimes.base import Loaded
from app.services.loading import Loading
from app.services.meters import Meters
from app.services.models import ModelService
from app.settings_sections import Showroom
from app.values.load import Load
from app.values.model import Model, Version
from app.values.prediction import Case
from app.values.serving import Serving

_log = logging.getLogger(__name__)
_FOLLOW_SECONDS = 0.5
_STOP_SECONDS = 5.0
_NUMBERS = 2**31
"""More versions than a column of their numbers can hold."""


class LiveService:
    """The versions that this process serves."""

    def __init__(
        self,
        engine: sa.Engine,
        models: ModelService,
        bounds: Showroom,
        on_done: Callable[[Served, list[Ask]], None],
        meters: Meters | None = None,
    ) -> None:
        self._reading = reading(engine)
        self._models = models
        self._registry = Registry(self._loaded, on_done, bounds)
        self._meters = meters
        self._known: dict[str, Model] = {}
        self._loading = Loading(
            lambda key: self._registry.get(key) is not None, patience=bounds.load_seconds
        )
        self._seen = -1
        self._following = threading.Lock()
        self._loader = ThreadPoolExecutor(1, "model loader")
        self._loads: dict[Key, asyncio.Future[Served]] = {}
        self._stopping = threading.Event()
        self._follower = threading.Thread(target=self._follow, name="model follower", daemon=True)

    def start(self) -> None:
        """Load what is live, and follow what becomes so."""
        self._follower.start()

    def stop(self) -> None:
        """Answer what waits, and end."""
        self._stopping.set()
        self._loader.shutdown(wait=False, cancel_futures=True)
        self._registry.stop()
        if self._follower.is_alive():
            self._follower.join(_STOP_SECONDS)

    def get(self, key: Key) -> Served | None:
        """Return a version if it is loaded."""
        return self._registry.get(key)

    def waiting(self) -> dict[Key, int]:
        """Return how many cases wait for each version that is loaded."""
        return self._registry.waiting()

    def all(self) -> list[tuple[Served, Serving]]:
        """Return the live version of each model that is loaded, and how it is served, by name."""
        found = []
        for name, model in sorted(self._known.items()):
            served = None if model.live is None else self._registry.get((name, model.live))
            if served is not None:
                found.append((served, model.serving))
        return found

    @property
    def has_looked(self) -> bool:
        """Whether it is known which versions are to be live."""
        return self._seen >= 0

    def names(self) -> list[str]:
        """Return the models that have a live version, whether or not it is loaded."""
        return sorted(name for name, model in self._known.items() if model.live is not None)

    def loads(self) -> dict[Key, Load]:
        """Return how far each version is that is to be live, whether or not it loads."""
        return self._loading.loads()

    async def served(
        self, model: str, number: int | None, *, seconds: float
    ) -> tuple[Served, Serving]:
        """Return the version that answers, and how; None asks for the live one.

        Raises NotFoundError, ModelError if it does not load, and TimedOutError if that takes longer
        than `seconds`.
        """
        known = self._known.get(model)
        if known is None or (number is None and known.live is None):
            await asyncio.get_running_loop().run_in_executor(None, self.follow)
            known = self._known.get(model)
            if known is None:
                raise NotFoundError(f"there is no model {model[:100]!r}; GET /models lists them")
        if number is not None and not 1 <= number < _NUMBERS:
            raise NotFoundError(f"model {model!r} has no such version; they count from 1")
        wanted = known.live if number is None else number
        found = None if wanted is None else self._registry.get((model, wanted))
        return found or await self._load(model, wanted, seconds), known.serving

    async def _load(self, model: str, number: int | None, seconds: float) -> Served:
        """Load a version, once for all requests that wait for it."""
        key = (model, number or 0)
        loading = self._loads.get(key)
        if loading is None or loading.get_loop() is not asyncio.get_running_loop():
            loading = asyncio.get_running_loop().run_in_executor(
                self._loader, self._load_now, model, number
            )
            self._loads[key] = loading
            loading.add_done_callback(lambda _: self._loads.pop(key, None))
        try:
            return await asyncio.wait_for(asyncio.shield(loading), seconds)
        except TimeoutError:
            raise TimedOutError(f"{model} is still being loaded; try again") from None

    def _loaded(self, version: Version) -> tuple[Loaded, list[Case]]:
        return self._models.load(version), self._models.sample(version).cases

    def _load_now(self, model: str, number: int | None) -> Served:
        version = self._models.version(model, number)
        try:
            return self._registry.load(version, self._live())
        except AWAY:
            raise
        except Exception as error:
            self._loading.failed((model, version.number), _words(error))
            if self._meters is not None:
                self._meters.not_loaded((model, version.number))
            raise

    def preload(self, model: str, number: int) -> None:
        """Load a version that is to go live, so that nobody waits for it. Raises ModelError."""
        self._load_now(model, number)

    def _live(self) -> set[Key]:
        return {(model.name, model.live) for model in self._known.values() if model.live}

    def _follow(self) -> None:
        while not self._stopping.is_set():
            try:
                self.follow()
            except AWAY:
                pass  # what was live stays so until the database is back
            except Exception:  # noqa: BLE001 - without its thread no swap would be seen
                _log.exception("what is live could not be read")
            self._stopping.wait(_FOLLOW_SECONDS)

    def follow(self) -> None:
        """Take notice of what is live now: load it first, then let requests go there."""
        with self._following:
            with self._reading.begin() as connection:
                store = ModelStore(connection)
                changes = store.changes()
                if changes == self._seen:
                    return
                models = {model.name: model for model in store.all()}
                retired = store.retired()
            self._loading.want({(one.name, one.live) for one in models.values() if one.live})
            for model in models.values():
                self._follow_one(model)
            for key in set(self._registry.keys()) & retired:
                self._registry.remove(key)
            self._seen = changes

    def _follow_one(self, model: Model) -> None:
        before = self._known.get(model.name)
        shadow = model.serving.shadow
        wanted = {model.live, None if shadow is None else shadow.version} - {None}
        try:
            for number in wanted:
                self._load_now(model.name, number)
        except AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - one bad model never stops another
            _log.exception("%s does not load: %s", model.name, _words(error))
            if before is not None:  # the one that answers now goes on
                model = model.model_copy(update={"live": before.live})
        self._known[model.name] = model


def _words(error: Exception) -> str:
    return redacted_lines(error.detail if isinstance(error, AppError) else repr(error))
