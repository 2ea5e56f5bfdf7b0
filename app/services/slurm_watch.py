"""The cluster at a glance: kept in memory, so that one that does not answer costs nobody time."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from app.errors import AppError
from app.services.ends import in_record
from app.settings_slurm import Slurm as Settings
from app.slurm.client import Slurm
from app.values.slurm import Cluster, SlurmDocument

logger = logging.getLogger(__name__)

_FIRST_SECONDS = 2.0
"""How long the first who asks waits for an answer."""


class SlurmWatchService:
    """Asks Slurm when somebody wants to know, in a thread of its own, and at most one at a time."""

    def __init__(
        self, settings: Settings, slurm: Callable[[], Slurm], *, clock: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._slurm = slurm
        self._clock = clock
        self._lock = threading.Lock()
        self._asking: threading.Thread | None = None
        self._asked_at: float | None = None
        self._cluster: Cluster | None = None
        self._as_of: datetime | None = None
        self._fault: str | None = None

    def document(self, *, patience: float = _FIRST_SECONDS) -> SlurmDocument:
        """Return how the cluster was when it last answered, and what is wrong since.

        It is asked again if that is long ago; who wants to know waits `patience` seconds for the
        answer at the most, and only as long as there is none at all.
        """
        way = self._settings.api or "commands"
        if not self._settings.enabled:
            return SlurmDocument(enabled=False, way=way)
        with self._lock:
            asking = self._begin() if self._is_stale() else self._asking
        if asking is not None and self._cluster is None and self._fault is None:
            asking.join(patience)
        with self._lock:
            is_unknown = self._cluster is None and self._fault is None
            return SlurmDocument(
                enabled=True,
                way=way,
                asked_at=self._as_of,
                fault="Slurm has not answered yet" if is_unknown else self._fault,
                cluster=self._cluster,
            )

    def _is_stale(self) -> bool:
        if self._asking is not None and self._asking.is_alive():
            return False
        kept = self._settings.keep_seconds
        return self._asked_at is None or time.monotonic() > self._asked_at + kept

    def _begin(self) -> threading.Thread:
        self._asking = threading.Thread(target=self._ask, name="looks at Slurm", daemon=True)
        self._asking.start()
        return self._asking

    def _ask(self) -> None:
        try:
            found, fault = self._slurm().cluster(self._settings.shown_jobs), None
        except AppError as error:
            found, fault = None, in_record(error).detail
        except Exception as error:
            logger.exception("what Slurm says of the cluster cannot be read")
            found, fault = None, f"{type(error).__name__}: see the service's log"
        with self._lock:
            self._fault, self._asked_at = fault, time.monotonic()
            if found is not None:
                self._cluster, self._as_of = found, self._clock()
