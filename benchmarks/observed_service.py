"""The service as it is, for `benchmarks.scheduler`, noting when each dispatch was committed."""

import json
import signal
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from app.main import serve
from app.services.slots import Claimed, SlotService
from app.settings import load_settings
from app.values.lease import Lease


def main() -> None:
    """Serve until told to stop, then write the notes: dispatch id and seconds since 1970."""
    committed: list[tuple[int, float]] = []
    claim = SlotService.claim

    def noted(
        service: SlotService, ids: Sequence[int], lease: Lease, *, now: datetime
    ) -> list[Claimed]:
        claimed = claim(service, ids, lease, now=now)
        moment = time.time()
        committed.extend((n, moment) for one in claimed for n in one.dispatches)
        return claimed

    SlotService.claim = noted  # type: ignore[method-assign, assignment]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # uvicorn raises it again when it is done
    try:
        serve(load_settings())
    finally:
        Path(sys.argv[1]).write_text(json.dumps(committed))


if __name__ == "__main__":
    main()
