"""Whether Disparo itself is well, part by part, as this process sees it."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, assert_never

import sqlalchemy as sa

from app.db.health import HealthStore
from app.db.leases import LeaseStore
from app.db.switches import PAUSE, SwitchStore
from app.services.cards import models_card
from app.services.finding import Finding
from app.settings import Settings
from app.values.check import ServicePart
from app.values.monitor import LooksCard

if TYPE_CHECKING:  # it loads scikit-learn, which takes seconds
    from app.services.showroom import ShowroomService

SCHEDULER = "scheduler"
_WAIT_SECONDS = 300.0
"""A dispatch that waits for longer, though its time has come, is worth a warning."""
_TOLD = 1000
"""Characters of what is wrong with models that are told."""
Fault = Callable[[], str | None]


class Local:
    """What only this process knows of itself, as the composition root has it."""

    showroom: "Callable[[], ShowroomService | None]" = staticmethod(lambda: None)
    scheduler_fault: Fault = staticmethod(lambda: None)
    """What is wrong with the scheduler's threads, if this process is the scheduler."""
    looks: Callable[[], LooksCard | None] = staticmethod(lambda: None)
    """How the loop is that looks at checks, if this process is the Monitor."""


class ServiceHealth:
    """Looks at a part of Disparo."""

    def __init__(self, settings: Settings, local: Local) -> None:
        self._settings = settings
        self._local = local

    def look(self, connection: sa.Connection, part: ServicePart, *, now: datetime) -> Finding:
        """Return how a part is. Raises one of AWAY if the database does not answer."""
        match part:
            case ServicePart.DATABASE:
                LeaseStore(connection).database_time()
                return Finding.good(f"Disparo's database answers ({connection.dialect.name})")
            case ServicePart.SCHEDULER:
                return self._scheduler(connection)
            case ServicePart.QUEUE:
                return self._queue(connection, now)
            case ServicePart.PREDICTION_LOG:
                return self._prediction_log()
            case ServicePart.MODELS:
                return self._models()
            case _:
                assert_never(part)

    def _scheduler(self, connection: sa.Connection) -> Finding:
        store = LeaseStore(connection)
        lease = store.get(SCHEDULER)
        if lease is None or lease.expires_at <= store.database_time():
            last = f"; {lease.holder} held it last" if lease else ""
            return Finding.bad(
                "lease",
                f"no service holds the scheduler's lease{last}: nothing is dispatched; see that a "
                "service with scheduler.enabled runs",
            )
        if (fault := self._local.scheduler_fault()) is not None:
            return Finding.bad("thread", fault)
        pause = SwitchStore(connection).get(PAUSE)
        if pause is not None and pause.is_on:
            since = pause.changed_at.isoformat(" ", "seconds")
            words = f"the scheduler is paused by {pause.actor} since {since}"
            return Finding.good(f"{lease.holder} is the scheduler", warning=words)
        return Finding.good(f"{lease.holder} is the scheduler", term=lease.token)

    def _queue(self, connection: sa.Connection, now: datetime) -> Finding:
        waiting, since = HealthStore(connection).waiting(now)
        most = self._settings.scheduler.queue
        facts: dict[str, Any] = {"waiting": waiting, "most": most}
        if waiting >= most:
            words = (
                f"{waiting} dispatches wait, as many as may (scheduler.queue): slots are held up"
            )
            return Finding.bad("full", words, **facts)
        words = f"{waiting} dispatches wait"
        seconds = 0.0 if since is None else (now - since).total_seconds()
        if seconds > _WAIT_SECONDS:
            late = f"the first of {words} since {seconds:.0f} s; see that a service runs dispatches"
            return Finding.good(words, warning=late, **facts)
        return Finding.good(words, **facts)

    def _prediction_log(self) -> Finding:
        showroom = self._local.showroom()
        if showroom is None:
            return Finding.good("this service answers no predictions")
        waiting, size = showroom.waiting
        bounds = self._settings.showroom
        part = max(waiting / bounds.log_queue, size / bounds.log_bytes)
        facts: dict[str, Any] = {"waiting": waiting, "bytes": size}
        words = f"{waiting} requests ({size} bytes) wait for their records"
        if part >= 1:
            return Finding.bad("full", f"{words}, as many as may: predictions are refused", **facts)
        warning = f"{words}, more than half of what may" if part > 1 / 2 else None
        return Finding.good(words, warning=warning, **facts)

    def _models(self) -> Finding:
        showroom = self._local.showroom()
        if showroom is None:
            return Finding.good("this service serves no models")
        loads = showroom.live.loads()
        card = models_card(loads)
        if card.missing:
            whys = {load.detail: None for load in loads.values() if load.detail}
            words = f"live, and not loaded: {', '.join(card.missing)}: {'; '.join(whys)}"
            return Finding.bad("load", words[:_TOLD])
        words = "each live version is loaded" if loads else "no version is live"
        if card.loading:
            words = f"being loaded: {', '.join(card.loading)}"
        return Finding.good(words, loaded=card.loaded)
