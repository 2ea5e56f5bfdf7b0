"""The service as it is, for `benchmarks.monitor`, noting when looks begin, end and are kept."""

import json
import signal
import sys
import time
from pathlib import Path

from app.main import serve
from app.services.watching import Batch, WatchService
from app.settings import load_settings
from app.values.lease import Lease
from app.watch.rota import Rota

OFFSET = time.time() - time.monotonic()
"""Between the clock of what is due and that of results."""


def main() -> None:
    """Serve until told to stop, then write the notes: of each look by its check, in their order."""
    begun: list[tuple[int, float, float]] = []
    ended: list[tuple[int, float, float]] = []
    pop, write = Rota.pop, WatchService.write

    def noted_pop(rota: Rota, now: float) -> tuple[int, float] | None:
        found = pop(rota, now)
        if found is not None:
            begun.append((found[0], found[1] + OFFSET, time.time()))
        return found

    def noted_write(
        service: WatchService, batch: Batch, lease: Lease, *, is_unsure: bool = False
    ) -> None:
        write(service, batch, lease, is_unsure=is_unsure)
        moment = time.time()
        ended.extend((one.check_id, one.result.at.timestamp(), moment) for one in batch.judged)

    Rota.pop = noted_pop  # type: ignore[method-assign, assignment]
    WatchService.write = noted_write  # type: ignore[method-assign, assignment]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # uvicorn raises it again when it is done
    try:
        serve(load_settings())
    finally:
        Path(sys.argv[1]).write_text(json.dumps({"begun": begun, "ended": ended}))


if __name__ == "__main__":
    main()
