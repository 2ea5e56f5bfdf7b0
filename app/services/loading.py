"""How far the versions are that are to be live in this process."""

import time
from collections.abc import Callable, Collection

from app.inference.registry import Key
from app.values.load import Load, LoadState


class Loading:
    """What is to be loaded, since when, and what failed."""

    def __init__(self, is_loaded: Callable[[Key], bool], *, patience: float) -> None:
        """One that is loaded for longer than `patience`, in seconds, is not well."""
        self._is_loaded = is_loaded
        self._patience = patience
        self._since: dict[Key, float] = {}
        self._faults: dict[Key, str] = {}

    def want(self, keys: Collection[Key]) -> None:
        """Let these be the versions that are to be live."""
        now = time.monotonic()
        self._since = {key: self._since.get(key, now) for key in keys}
        self._faults = {key: why for key, why in self._faults.copy().items() if key in keys}

    def failed(self, key: Key, why: str) -> None:
        """Note that a version did not load."""
        self._faults[key] = why

    def loads(self) -> dict[Key, Load]:
        """Return how far each version is that is to be live, by its key."""
        now = time.monotonic()
        return {key: self._load(key, now - since) for key, since in sorted(self._since.items())}

    def _load(self, key: Key, seconds: float) -> Load:
        if self._is_loaded(key):
            return Load(state=LoadState.LOADED)
        if (why := self._faults.get(key)) is not None:
            return Load(state=LoadState.FAILED, detail=why)
        late = seconds > self._patience
        words = f"it takes longer than {self._patience:g} s (showroom.load_seconds)"
        return Load(state=LoadState.LOADING, detail=words if late else None)
