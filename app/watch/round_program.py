"""The program of one round: looks at how far all models have drifted, in a process of its own."""

import logging
import pickle
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app import log_setup
from app.clock import utc_now
from app.errors import AppError
from app.factory import Factory
from app.services.priority import give_way
from app.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Orders:
    """What the service tells the program, on its standard input: passwords are in it."""

    settings: Settings
    state: Path

    def send(self, to: IO[bytes] | None) -> None:
        """Tell it."""
        assert to is not None  # noqa: S101 - the program was started with a pipe
        pickle.dump(self, to)
        to.close()


def main() -> None:
    """Make the round that standard input asks for."""
    orders = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the service that has started us
    assert isinstance(orders, Orders)  # noqa: S101 - the service's only word
    settings = orders.settings
    _bound(settings)
    logs = settings.logs
    log_setup.configure(level=logs.level, form=logs.format, most=logs.max_characters)
    factory = Factory(settings, orders.state)
    try:
        make_round(factory)
    finally:
        factory.close()


def make_round(factory: Factory) -> None:
    """Look at all models, and let go what is old; one that cannot be looked at stops no other."""
    for name in factory.model_looks.models():
        try:
            factory.model_looks.look(name, now=utc_now())
        except AppError as error:
            logger.warning("the health of model %s is not known: %s", name, error.detail)
        except Exception:
            logger.exception("the health of model %s could not be looked at", name)
    factory.model_health.remove_old(utc_now())


def _bound(settings: Settings) -> None:
    """Give way to others; end by itself, should the service be gone, when the time is over."""
    give_way(settings.dispatch.nice)
    bounds = settings.health
    resource.setrlimit(resource.RLIMIT_DATA, (bounds.memory, bounds.memory))
    signal.alarm(int(bounds.time_out) + 1)
