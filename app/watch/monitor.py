"""The Monitor of this service: of all services on one database, one at a time looks at checks."""

from collections.abc import Callable
from datetime import datetime

from app.factory import Factory
from app.values.standing import Standing
from app.watch.books import Books
from app.watch.pacer import Pacer


class Monitor:
    """The pacer, which looks and judges, and the books, which hold the lease and write."""

    def __init__(self, factory: Factory, *, clock: Callable[[], datetime]) -> None:
        bounds = factory.settings.monitor
        self._is_enabled = bounds.enabled
        self.pacer = Pacer(factory.looks.look, bounds, clock=clock)
        self.books = Books(factory, self.pacer, clock=clock)

    def start(self) -> None:
        """Begin to want the lease, unless this service is to look at nothing."""
        if self._is_enabled:
            self.pacer.start()
            self.books.start()

    def stop(self) -> None:
        """Write what was found, and let another service look."""
        self.pacer.stop()
        self.books.stop()

    def standings(self) -> dict[int, Standing] | None:
        """Return how all checks stand now; None: another service is the Monitor."""
        return self.pacer.stand() if self.books.is_at_work else None
