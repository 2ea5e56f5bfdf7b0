"""What the Showroom counts while it answers, as cheaply as can be: once a batch, not a request.

The event loop counts nothing but errors. A version's thread counts what it has answered, and
whoever lets answers go counts those, each once for all requests that it holds.
"""

import threading
import time
from bisect import bisect_left
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from app.inference.registry import Key
from app.services.requests import Request

SECONDS = (
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
CASES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096, 16384)
OTHER = "other"
"""The model and the version of those that are not told apart."""
ANSWERED = "answered"
_VERSION = ("model", "version")


class BatchHistogram(Histogram):
    """A histogram that takes many values at the price of few.

    It reaches into its parent, which takes one value at a time; a test compares the two.
    """

    @cached_property
    def _bounds(self) -> list[float]:
        return list(self._upper_bounds)

    def observe_all(self, values: Sequence[float]) -> None:
        """Take several values."""
        if not values:
            return
        self._sum.inc(sum(values))
        bounds = self._bounds
        if len(values) == 1:
            self._buckets[bisect_left(bounds, values[0])].inc(1)
            return
        for place, times in Tally([bisect_left(bounds, value) for value in values]).items():
            self._buckets[place].inc(times)


class _Version:
    """What is counted of one version, found once."""

    def __init__(self, meters: "Meters", model: str, version: str) -> None:
        labels = (model, version)
        self._meters, self._labels = meters, labels
        self.batch = meters.batch_cases.labels(*labels)
        self.queue = meters.queue_seconds.labels(*labels)
        self.inference = meters.inference_seconds.labels(*labels)
        self.seconds = meters.request_seconds.labels(*labels)
        self.answered = meters.requests.labels(*labels, ANSWERED)
        self.shadowed = meters.shadow_requests.labels(*labels)
        self.not_loaded = meters.load_failures.labels(*labels)

    def count_failures(self, slugs: Iterable[str]) -> None:
        for slug, times in Tally(slugs).items():
            self._meters.requests.labels(*self._labels, slug).inc(times)


class Meters:
    """The Showroom's own counts in this process. At most `versions` versions are told apart."""

    def __init__(self, registry: CollectorRegistry, *, versions: int) -> None:
        self._most = versions
        self._versions: dict[Key, _Version] = {}
        self._adding, self._showing = threading.Lock(), threading.Lock()
        self._held: set[tuple[str, str]] = set()
        name = "disparo_prediction"
        self.requests = Counter(
            f"{name}_requests", "Requests for predictions, by how they ended.",
            [*_VERSION, "outcome"], registry=registry,
        )  # fmt: skip
        self.errors = Counter(
            f"{name}_errors", "Requests for predictions that were answered with an error.",
            ["reason"], registry=registry,
        )  # fmt: skip
        self.shadow_requests = Counter(
            f"{name}_shadow_requests", "Requests that a version answered as another's shadow.",
            _VERSION, registry=registry,
        )  # fmt: skip
        self.request_seconds = BatchHistogram(
            f"{name}_request_seconds", "Time from a request's arrival until its answer may leave.",
            _VERSION, buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self.queue_seconds = BatchHistogram(
            f"{name}_queue_seconds", "Time that a request waits for its version.",
            _VERSION, buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self.inference_seconds = BatchHistogram(
            f"{name}_inference_seconds", "Time that a version takes for a batch.",
            _VERSION, buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self.batch_cases = BatchHistogram(
            f"{name}_batch_cases", "Cases that a version answers at once.",
            _VERSION, buckets=CASES, registry=registry,
        )  # fmt: skip
        self.waiting_cases = Gauge(
            f"{name}_waiting_cases", "Cases that wait for a version or are being computed.",
            _VERSION, registry=registry, multiprocess_mode="livesum",
        )  # fmt: skip
        self.loaded = Gauge(
            "disparo_model_loaded_processes", "Processes in which a version is loaded.",
            _VERSION, registry=registry, multiprocess_mode="livesum",
        )  # fmt: skip
        self.load_failures = Counter(
            "disparo_model_load_failures", "Loads of a version that failed.",
            _VERSION, registry=registry,
        )  # fmt: skip
        self.log_requests = Gauge(
            f"{name}_log_waiting_requests", "Requests that wait for their records.",
            registry=registry, multiprocess_mode="livesum",
        )  # fmt: skip
        self.log_bytes = Gauge(
            f"{name}_log_waiting_bytes", "Bytes of records that wait to be written.",
            registry=registry, multiprocess_mode="livesum",
        )  # fmt: skip

    def batch_done(self, key: Key, asks: Sequence[Request]) -> None:
        """Count a batch, in the thread of the version that answered it."""
        version = self._of(key)
        version.batch.observe_all((sum(len(ask.rows) for ask in asks),))
        version.inference.observe_all((max(ask.infer_seconds for ask in asks),))
        version.queue.observe_all([ask.queue_seconds for ask in asks])
        if shadows := sum(ask.loop is None for ask in asks):
            version.shadowed.inc(shadows)

    def released(self, requests: Sequence[Request]) -> None:
        """Count requests whose answers leave now, in whichever thread lets them go."""
        now = time.perf_counter()
        by_key: defaultdict[Key, list[Request]] = defaultdict(list)
        for request in requests:
            if request.loop is not None:
                by_key[request.served.key].append(request)
        for key, some in by_key.items():
            version = self._of(key)
            waits = [now - request.asked_at for request in some if request.error is None]
            version.answered.inc(len(waits))
            version.seconds.observe_all(waits)
            if len(waits) < len(some):
                version.count_failures(one.error.slug for one in some if one.error is not None)

    def failed(self, reason: str) -> None:
        """Count an answer that is an error, whether or not its request reached a version.

        `reason` is the slug of the error's class.
        """
        self.errors.labels(reason).inc()

    def not_loaded(self, key: Key) -> None:
        """Count a version that was to be loaded, and could not be."""
        self._of(key).not_loaded.inc()

    def show(self, waiting: dict[Key, int], *, log_requests: int, log_bytes: int) -> None:
        """Note how things stand: the cases that wait for each loaded version, and the log."""
        self.log_requests.set(log_requests)
        self.log_bytes.set(log_bytes)
        cases: Tally[tuple[str, str]] = Tally()
        loaded: Tally[tuple[str, str]] = Tally()
        for key, number in waiting.items():
            cases[self._labels(key)] += number
            loaded[self._labels(key)] += 1
        with self._showing:
            self._held |= loaded.keys()
            held = list(self._held)
        for labels in held:  # zero once it is let go
            self.waiting_cases.labels(*labels).set(cases[labels])
            self.loaded.labels(*labels).set(loaded[labels])

    def _labels(self, key: Key) -> tuple[str, str]:
        self._of(key)
        return (key[0], str(key[1])) if key in self._versions else (OTHER, OTHER)

    def _of(self, key: Key) -> _Version:
        found = self._versions.get(key)
        return self._added(key) if found is None else found

    def _added(self, key: Key) -> _Version:
        with self._adding:
            if key not in self._versions and len(self._versions) >= self._most:
                return self._others
            return self._versions.setdefault(key, _Version(self, key[0], str(key[1])))

    @cached_property
    def _others(self) -> _Version:
        return _Version(self, OTHER, OTHER)
