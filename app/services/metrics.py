"""The metrics: what this service counts, as Prometheus reads it."""

import platform
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import psutil
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from app import __version__
from app.services.tallies import TallyService
from app.services.workers import Workers
from app.values.check import State
from app.values.tally import LATENESS, Spread, Tally

_SHOW_SECONDS = 1.0
_TURN_SECONDS = 5.0
disable_created_metrics()  # they double what is told, and nobody reads them
_HTTP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class MetricsService:
    """The use case of reading the metrics, and what counts requests over HTTP.

    Of several processes each can be asked: all answer for all.
    """

    def __init__(self, tallies: TallyService, workers: Workers | None, *, spool: Path) -> None:
        """`workers` are the processes that this one shares its counts with, if it does."""
        self.registry = CollectorRegistry()
        self._workers = workers
        self._show: Callable[[], None] | None = None
        self._stopping = threading.Event()
        self._shower = threading.Thread(target=self._keep_showing, name="metrics", daemon=True)
        self._tallies = tallies
        self._spool = spool
        self.requests = Counter(
            "disparo_http_requests", "Answers over HTTP, but those to requests for predictions.",
            ["method", "route", "status"], registry=self.registry,
        )  # fmt: skip
        self.seconds = Histogram(
            "disparo_http_request_seconds", "Time from a request until its answer begins.",
            ["method", "route"], buckets=_HTTP_SECONDS, registry=self.registry,
        )  # fmt: skip

    def start(self, show: Callable[[], None] | None, now: datetime) -> None:
        """Begin to count what the tables record, and to `show` how this process stands."""
        self._show = show
        self._tallies.tally(now)
        if self._workers is not None and show is not None:
            self._shower.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()

    def counted(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer over HTTP; `route` is a path's pattern, not the path."""
        self.requests.labels(method, route, status).inc()
        self.seconds.labels(method, route).observe(seconds)

    def scrape(self, accept: str, now: datetime) -> tuple[bytes, str]:
        """Return all metrics and their content type, in a form that `accept` allows.

        Raises BusyError while others read them.
        """
        if self._show is not None:
            self._show()
        encode, content_type = choose_encoder(accept)
        extra = _Extra(self._tallies.tally(now), self._workers, self._spool)
        if self._workers is None:
            return encode(_Both(self.registry, extra)), content_type
        with self._workers.turn(_TURN_SECONDS):
            self._workers.bury()
            return encode(_Both(_Counted(self._workers), extra)), content_type

    def _keep_showing(self) -> None:
        while self._show is not None and not self._stopping.wait(_SHOW_SECONDS):
            self._show()


class _Counted(Collector):
    """What all processes have counted."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    def collect(self) -> Iterable[Metric]:
        # The library's own collector takes files too that are only just being made, and fails.
        found: Iterable[Metric] = MultiProcessCollector.merge(self._workers.files())
        return found


class _Both(Collector):
    """What was counted, and what is collected now."""

    def __init__(self, *parts: Collector) -> None:
        self._parts = parts

    def collect(self) -> Iterable[Metric]:
        for part in self._parts:
            yield from part.collect()


class _Extra(Collector):
    """What is collected when it is asked for."""

    def __init__(self, tally: Tally, workers: Workers | None, spool: Path) -> None:
        self._tally = tally
        self._workers = workers
        self._spool = spool

    def collect(self) -> Iterable[Metric]:
        yield InfoMetricFamily(
            "disparo_build", "What runs.",
            value={"version": __version__, "python": platform.python_version()},
        )  # fmt: skip
        yield from _processes(self._workers)
        yield GaugeMetricFamily(
            "disparo_prediction_spool_bytes",
            "Bytes of the files in which records wait for the database.",
            value=_size(self._spool),
        )
        yield from _of_tables(self._tally)


def _size(directory: Path) -> float:
    total = 0
    for file in directory.glob("*.jsonl"):
        try:
            total += file.stat().st_size
        except FileNotFoundError:  # it was replayed just now
            continue
    return total


def _processes(workers: Workers | None) -> Iterable[Metric]:
    """Yield what the service's own processes use; those of dispatches are not among them."""
    processes = [psutil.Process()] if workers is None else workers.processes()
    own = processes[0].cpu_times()
    cpu = own.user + own.system if workers is None else workers.processor_seconds()
    resident = files = threads = 0
    for process in processes:
        try:
            with process.oneshot():
                resident += process.memory_info().rss
                files += process.num_fds()
                threads += process.num_threads()
        except psutil.NoSuchProcess:
            continue
    start = processes[0].create_time()
    yield CounterMetricFamily("process_cpu_seconds", "Processor time of the service.", value=cpu)
    for name, words, value in (
        ("process_resident_memory_bytes", "Resident memory of the service.", resident),
        ("process_open_fds", "Files that the service has open.", files),
        ("process_threads", "Threads of the service.", threads),
        ("process_start_time_seconds", "When the service was started, since 1970.", start),
        ("disparo_processes", "Processes of the service.", len(processes)),
    ):
        yield GaugeMetricFamily(name, words, value=value)


_GAUGES = {
    "alerts_waiting": ("Alerts that wait to be sent, or to be tried again.", None),
    "alerts_oldest_seconds": ("Time since the first of the waiting alerts was made.", None),
    "dispatches": ("Dispatches that wait or run.", "state"),
    "queue_oldest_seconds": ("Time since the first of the waiting dispatches may run.", None),
    "slot_overdue_seconds": ("Time since the first due slot was due.", None),
    "schedules": ("Schedules.", "state"),
    "checks": ("Checks.", "state"),
    "lease_held": ("Whether somebody holds a lease, such as the scheduler's.", "lease"),
}


def _of_tables(tally: Tally) -> Iterable[Metric]:
    """Yield what the tables tell."""
    yield GaugeMetricFamily(
        "disparo_database_up",
        "Whether Disparo's own database answered when it was read last.",
        value=float(tally.is_answered),
    )
    ended = CounterMetricFamily("disparo_dispatches_ended", "Ends of dispatches.", labels=["state"])
    for state, number in tally.ended.items():
        ended.add_metric([state], number)
    rows = CounterMetricFamily(
        "disparo_dispatch_rows", "Rows that passed a stage of a dispatch.", labels=["stage"]
    )
    for stage, number in tally.rows.items():
        rows.add_metric([stage], number)
    failed = CounterMetricFamily(
        "disparo_alerts_failed", "Alerts that were given up.", value=tally.alerts_failed
    )
    yield from (ended, rows, failed)
    yield _histogram(
        "disparo_slot_lateness_seconds",
        "Time from a slot until its dispatch was made.",
        tally.lateness,
    )
    for name, (words, label) in _GAUGES.items():
        family = GaugeMetricFamily(f"disparo_{name}", words, labels=[label] if label else [])
        for key, value in tally.gauges.items():
            metric, _, of = key.partition(" ")
            if metric == name:
                family.add_metric([of] if label else [], value)
        yield family
    yield from _of_checks(tally)


def _of_checks(tally: Tally) -> Iterable[Metric]:
    """Yield how each check stands."""
    labels = ["check", "kind"]
    state = GaugeMetricFamily(
        "disparo_check_state", "1 for the state that a check is in, else 0.",
        labels=[*labels, "state"],
    )  # fmt: skip
    seconds = GaugeMetricFamily(
        "disparo_check_seconds", "Time that the last look of a check took.", labels=labels
    )
    at = GaugeMetricFamily(
        "disparo_check_last_look_timestamp_seconds",
        "When a check was looked at last, since 1970.",
        labels=labels,
    )
    for look in tally.looks:
        for one in State:
            state.add_metric([look.check, look.kind, one], float(look.state is one))
        if look.seconds is not None and look.at is not None:
            seconds.add_metric([look.check, look.kind], look.seconds)
            at.add_metric([look.check, look.kind], look.at)
    yield from (state, seconds, at)


def _histogram(name: str, words: str, spread: Spread) -> Metric:
    buckets, reached = [], 0
    for bound, number in zip((*LATENESS, float("inf")), spread.counts, strict=True):
        reached += number
        buckets.append((floatToGoString(bound), reached))
    family = HistogramMetricFamily(name, words)
    family.add_metric([], buckets, spread.total)
    return family
