"""A tenure: of all services on one database, one at a time does something, as long as it can."""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable

from app.db.engine import AWAY
from app.services.leases import LeaseService
from app.values.lease import Lease

logger = logging.getLogger(__name__)

_RENEWALS = 4
_MARGIN = 0.25
"""The part of a lease's length before its end from which on its holder is unsure of it."""
_STOP_SECONDS = 10.0


class Tenure:
    """A thread that holds or wants a lease, whatever else its holder is busy with."""

    def __init__(self, leases: LeaseService, name: str, *, on_taken: Callable[[], None]) -> None:
        self._leases = leases
        self._name = name
        self._on_taken = on_taken
        self._length = leases.length.total_seconds()
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._lease: Lease | None = None
        self._until = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name=f"lease of {name}", daemon=True)

    def start(self) -> None:
        """Begin to want it."""
        self._thread.start()

    def stop(self) -> None:
        """Let another have it at once."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def is_sure(self) -> bool:
        """Tell whether no other can hold it yet."""
        return time.monotonic() < self._until

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self._hold()
            except AWAY as error:
                logger.info("the lease of %s cannot be seen to: %s", self._name, error)
            except Exception:
                logger.exception("the lease of %s is seen to again after an error", self._name)
            self._stopping.wait(min(1.0, self._length / _RENEWALS))
        self._give_up()

    def _hold(self) -> None:
        asked_at = time.monotonic()
        renewed = self._leases.renew(self._lease) if self._lease else None
        is_new = renewed is None
        self._lease = renewed or self._leases.take(self._name, self._holder)
        if self._lease is None:
            self._until = 0.0
            return
        self._until = asked_at + self._length * (1 - _MARGIN)
        if is_new:
            self._on_taken()

    def _give_up(self) -> None:
        self._until = 0.0
        if self._lease is not None:
            try:
                self._leases.give_up(self._lease)
            except AWAY:
                logger.warning("the lease of %s ends by itself", self._name)
