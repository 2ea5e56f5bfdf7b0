"""A Monitor that is killed between a flip and its claim: `python -m tests.watch.dying`."""

import os
import signal
import threading
from datetime import datetime

from app.factory import Factory
from app.settings import load_settings
from app.values.lease import Lease
from tests.watching import BAD, World, monitoring


def main() -> None:
    """Look at all checks, find them down, and die once a flip is committed."""
    factory, world = Factory(load_settings()), World()
    world.otherwise = BAD
    with monitoring(factory, world):

        def die(lease: Lease, *, now: datetime) -> int:
            assert lease.expires_at > now
            if any(factory.checks.flips(one.name) for one in factory.checks.page()):
                os.kill(os.getpid(), signal.SIGKILL)
            return 0

        factory.watching.tell = die  # type: ignore[method-assign]
        threading.Event().wait(60)


if __name__ == "__main__":
    main()
