"""The sender: a thread that takes alerts to their channels, many at once, each within its time."""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from app import request_ids
from app.alerts import send
from app.db.engine import AWAY
from app.services.outbox import Errand, OutboxService
from app.settings_sections import Alerts
from app.values.alert import Delivery, Outcome
from app.values.reach import Reach

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")
_STOP_SECONDS = 5.0
"""For the thread to end; what it has not written down by then, another service sends again."""
_LAST_SECONDS = 1.0
"""For what is under way when the service stops."""
_UPKEEP_SECONDS = 3600.0
_AWAY_SECONDS = 1.0


class AlertSender:
    """Sends what waits, as long as the service runs. Several services share the work by claims."""

    def __init__(
        self,
        outbox: OutboxService,
        bounds: Alerts,
        *,
        clock: Callable[[], datetime],
        reach: Reach | None = None,
        service: str = "",
    ) -> None:
        """`service` is where people reach it, which each alert tells."""
        self._service = service
        self._outbox = outbox
        self._bounds = bounds
        self._clock = clock
        self._reach = reach or Reach()
        self._under_way: dict[asyncio.Task[None], Errand] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._look_now = asyncio.Event()
        self._stopping = threading.Event()
        self._clear_at = 0.0
        # One for the records: however many alerts are under way, they take one connection.
        self._records = ThreadPoolExecutor(1, thread_name_prefix="alerts-records")
        self._thread = threading.Thread(target=self._main, name="alerts", daemon=True)

    def start(self) -> None:
        """Begin to send, unless this service is to leave it to others."""
        if self._bounds.enabled:
            self._thread.start()

    def stop(self) -> None:
        """End, and let others send what is not sent yet."""
        self._stopping.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)
        self._records.shutdown(wait=False, cancel_futures=True)

    def wake(self) -> None:
        """Look for what waits now."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._look_now.set)

    def _main(self) -> None:
        # The plain loop: programs are started and names are looked up in its threads.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._send())

    async def _send(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_default_executor(
            ThreadPoolExecutor(2 * self._bounds.at_once, thread_name_prefix="alerts")
        )
        while not self._stopping.is_set():
            self._look_now.clear()
            for errand in await self._due():
                task = asyncio.create_task(self._run(errand))
                self._under_way[task] = errand
                task.add_done_callback(self._ended)
            await self._pause()
        await self._end()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._bounds.poll_seconds):
                await self._look_now.wait()
        except TimeoutError:
            pass

    async def _due(self) -> list[Errand]:
        """Return what is to be sent now. What goes wrong is tried again at the next look."""
        busy = Counter(errand.taken.alert.channel for errand in self._under_way.values())
        try:
            return await self._recorded(lambda: self._look(busy))
        except AWAY as error:
            logger.warning("alerts wait, the database is away: %s", _first_line(error))
        except Exception:
            logger.exception("alerts are looked for again after an error")
        return []

    def _look(self, busy: Counter[str]) -> list[Errand]:
        now = self._clock()
        if now.timestamp() >= self._clear_at:
            self._clear_at = now.timestamp() + _UPKEEP_SECONDS
            while self._outbox.remove_old(now=now) and not self._stopping.is_set():
                pass
        self._outbox.remind(now=now)
        return self._outbox.claim(busy, now=now)

    async def _run(self, errand: Errand) -> None:
        """Make one attempt, and write down what came of it."""
        taken = errand.taken
        if (request_id := taken.alert.notice.request_id) is not None:
            request_ids.bind(request_id)  # for the log: this task's alone
        delivery = await send(
            errand.channel,
            taken.alert.message(self._service),
            most=self._bounds.answer_bytes,
            reach=self._reach,
            remaining=taken.remaining,
        )
        words = (taken.alert.id, taken.alert.attempts, errand.channel.name, delivery.detail)
        level = logging.INFO if delivery.outcome is Outcome.ACCEPTED else logging.WARNING
        logger.log(level, "alert %d, attempt %d, channel %s: %s", *words)
        await self._settle(errand, delivery)

    async def _settle(self, errand: Errand, delivery: Delivery) -> None:
        """Write it down, also if the database is away for a while: else it would be sent again."""
        while True:
            try:
                await self._recorded(
                    lambda: self._outbox.settle(errand.taken, delivery, now=self._clock())
                )
            except AWAY as error:
                words = (errand.taken.alert.id, _first_line(error))
                logger.warning("what became of alert %d is not written down yet: %s", *words)
                await asyncio.sleep(_AWAY_SECONDS)
            else:
                return

    async def _recorded(self, call: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._records, call)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("an alert could not be settled", exc_info=error)
        if not task.cancelled():
            self._under_way.pop(task)
        self._look_now.set()

    async def _end(self) -> None:
        """Give what is under way a moment, and leave the rest to others."""
        if self._under_way:
            await asyncio.wait(list(self._under_way), timeout=_LAST_SECONDS)
        left = dict(self._under_way)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        for errand in left.values():
            try:
                await self._recorded(
                    lambda taken=errand.taken: self._outbox.hand_back(taken, now=self._clock())  # type: ignore[misc]
                )
            except AWAY:
                return  # their claims end by themselves


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
