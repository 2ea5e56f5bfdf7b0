"""The registry: the versions that are loaded, each with its batcher, within a budget of memory."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence

import msgspec
import psutil

from app.errors import InvalidCasesError
from app.inference.answering import Answerer
from app.inference.batcher import Ask, Batcher
from app.inference.decoding import Decoder, Row
from app.inference.explaining import Explainer
from app.inference.runtimes.base import Loaded
from app.inference.sample import made_up_case
from app.settings_sections import Showroom
from app.values.model import Version
from app.values.prediction import Case
from app.values.serving import UnknownCategories

_log = logging.getLogger(__name__)
_STOP_SECONDS = 5.0
Key = tuple[str, int]
"""Model and number of a version."""


class Served:
    """A loaded version, ready to answer."""

    def __init__(
        self,
        version: Version,
        loaded: Loaded,
        on_done: Callable[["Served", list[Ask]], None],
        bounds: Showroom,
        *,
        sample: Sequence[Case],
        size: int,
    ) -> None:
        self.version = version
        self.size = size
        """About how many bytes of memory it holds."""
        self.used_at = time.perf_counter()
        self.example = sample[0] if sample else made_up_case(version.signature)
        """A case that the version answers."""
        self._decoders = {
            unknown: Decoder(version.signature, unknown, most_faults=bounds.faults)
            for unknown in UnknownCategories
        }
        rows = self._rows(sample)
        self.answerer = Answerer(loaded, version.signature, rows)
        self.batcher = Batcher(
            self.answerer.outputs,
            lambda asks: on_done(self, asks),
            name=f"{version.model} version {version.number}",
            batch_cases=bounds.batch_cases,
            queue_cases=bounds.queue_cases,
        )
        self.explainer = Explainer(
            loaded, self.answerer, version.signature, rows, self.batcher.run_errand
        )

    def _rows(self, sample: Sequence[Case]) -> list[Row]:
        try:
            return self.decoder(UnknownCategories.PASS).rows(msgspec.json.encode(sample))
        except InvalidCasesError:  # kept by an older release, say
            return []

    @property
    def key(self) -> Key:
        """Model and number."""
        return self.version.model, self.version.number

    def decoder(self, unknown: UnknownCategories) -> Decoder:
        """Return the version's decoder for a way with unknown categories."""
        return self._decoders[unknown]


class Registry:
    """Loads versions one at a time, and lets those go that are not used."""

    def __init__(
        self,
        load: Callable[[Version], tuple[Loaded, Sequence[Case]]],
        on_done: Callable[[Served, list[Ask]], None],
        bounds: Showroom,
    ) -> None:
        """`load` gives the estimator, and cases like those that it was trained on."""
        self._load = load
        self._on_done = on_done
        self._bounds = bounds
        self._served: dict[Key, Served] = {}
        self._loading = threading.Lock()

    def get(self, key: Key) -> Served | None:
        """Return a version if it is loaded."""
        found = self._served.get(key)
        if found is not None:
            found.used_at = time.perf_counter()
        return found

    def keys(self) -> list[Key]:
        """Return what is loaded."""
        return list(self._served)

    def waiting(self) -> dict[Key, int]:
        """Return how many cases wait for each version that is loaded."""
        loaded = list(self._served.items())
        return {key: served.batcher.waiting_cases for key, served in loaded}

    def load(self, version: Version, kept: Collection[Key] = ()) -> Served:
        """Return a version, loaded if it was not. Raises ModelError.

        Where that exceeds the budget, versions that are neither `kept` nor in use are let go, the
        one that was used longest ago first.
        """
        with self._loading:
            key = version.model, version.number
            if (found := self.get(key)) is not None:
                return found
            before = psutil.Process().memory_info().rss
            loaded, sample = self._load(version)
            grown = psutil.Process().memory_info().rss - before
            served = Served(
                version,
                loaded,
                self._on_done,
                self._bounds,
                sample=sample,
                size=max(version.artifact.size, grown),
            )
            served.batcher.start()
            self._served[key] = served
            self._make_room({*kept, key})
            return served

    def remove(self, key: Key) -> None:
        """Let a version go once it has answered what waits for it."""
        if (found := self._served.pop(key, None)) is not None:
            found.batcher.stop()

    def stop(self) -> None:
        """Let every version answer what waits for it, and end."""
        for served in self._served.values():
            served.batcher.stop()
        for served in self._served.values():
            served.batcher.stop(_STOP_SECONDS)
        self._served.clear()

    def _make_room(self, kept: Collection[Key]) -> None:
        total = sum(served.size for served in self._served.values())
        for served in sorted(self._served.values(), key=lambda one: one.used_at):
            if total <= self._bounds.memory:
                return
            if served.key not in kept and not served.batcher.waiting_cases:
                _log.info("%s version %s is let go to make room", *served.key)
                self.remove(served.key)
                total -= served.size
