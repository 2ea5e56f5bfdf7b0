"""The Monitor of this service: of all services on one database, one at a time looks at checks."""

from collections.abc import Callable
from datetime import datetime

from app.factory import Factory
from app.values.monitor import LooksCard
from app.values.standing import Standing
from app.watch.books import Books
from app.watch.pacer import Pacer
from app.watch.poster import Poster
from app.watch.rounds import Rounds


class Monitor:
    """The pacer looks and judges, the books hold the lease and write, the poster shows.

    Of models, the rounds see to it that how far they have drifted is looked at.
    """

    def __init__(self, factory: Factory, *, clock: Callable[[], datetime]) -> None:
        bounds = factory.settings.monitor
        self._is_enabled = bounds.enabled
        self.pacer = Pacer(factory.looks.look, bounds, clock=clock)
        self.books = Books(factory, self.pacer, clock=clock)
        self._poster = Poster(factory, self.standings, clock=clock)
        self._rounds = Rounds(
            factory.settings, factory.state, is_ours=lambda: self.books.is_at_work
        )
        factory.looks.local.looks = self._looks

    def start(self) -> None:
        """Begin to show what there is, and to want the lease, unless it is to look at nothing."""
        self._poster.start()
        if self._is_enabled:
            self.pacer.start()
            self.books.start()
            self._rounds.start()

    def stop(self) -> None:
        """Write what was found, and let another service look."""
        self._rounds.stop()
        self.pacer.stop()
        self.books.stop()
        self._poster.stop()

    def _looks(self) -> LooksCard | None:
        if not self.books.is_at_work:
            return None
        pacer = self.pacer
        return LooksCard(
            abandoned=pacer.abandoned,
            latest_seconds=round(pacer.latest, 1),
            dropped=pacer.dropped,
        )

    def standings(self) -> dict[int, Standing] | None:
        """Return how all checks stand now; None: another service is the Monitor."""
        return self.pacer.stand() if self.books.is_at_work else None
