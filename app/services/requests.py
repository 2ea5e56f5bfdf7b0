"""A request for predictions on its way from its bytes to the bytes of its answer."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import uuid_utils

from app.inference.batcher import Ask
from app.inference.decoding import Row
from app.inference.explaining import Explanation
from app.inference.registry import Served
from app.values.serving import Serving

ENCODER = msgspec.json.Encoder()
_NEVER = float("inf")


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """What a client sends."""

    model: str
    cases: msgspec.Raw = msgspec.Raw()
    case_ids: list[int] | None = None
    """Stored cases, instead of `cases`."""
    version: int | None = None


BODY = msgspec.json.Decoder(Body)


class _Answer(msgspec.Struct):
    id: str
    model: str
    version: int
    predictions: list[msgspec.Raw]
    seconds: dict[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a request comes from."""

    caller: str
    received_at: datetime
    asked_at: float
    """By time.perf_counter."""
    shadow_of: str | None = None
    """The request that a shadow answers too."""
    trial: bool = False
    """Whether it is only tried out: no shadow answers it, and it counts nowhere."""


class Request(Ask):
    """A request on its way."""

    __slots__ = (
        "commit_by",
        "explain_seconds",
        "future",
        "id",
        "loop",
        "origin",
        "outputs_json",
        "served",
        "serving",
    )

    def __init__(
        self,
        served: Served,
        serving: Serving,
        rows: Sequence[Row],
        origin: Origin,
        *,
        deadline: float,
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        super().__init__(rows, asked_at=origin.asked_at, deadline=deadline)
        self.id: str = uuid_utils.uuid7().hex
        self.served = served
        self.serving = serving
        self.origin = origin
        self.loop = loop
        """The one that waits for the answer; None: nobody does."""
        self.future: asyncio.Future[None] | None = None if loop is None else loop.create_future()
        self.outputs_json: list[bytes] = []
        self.explain_seconds: float | None = None
        self.commit_by = _NEVER
        """Until when it waits for its record, by time.perf_counter, once it does."""

    def explained(self, explanations: Sequence[Explanation], seconds: float) -> None:
        """Add an explanation to each prediction, which is on record without it."""
        self.explain_seconds = seconds
        self.outputs_json = [
            b'%b,"explanation":%b}' % (output[:-1], ENCODER.encode(one))
            for output, one in zip(self.outputs_json, explanations, strict=True)
        ]

    def answer(self) -> bytes:
        """Return what the client gets."""
        waited = time.perf_counter() - self.asked_at - (self.explain_seconds or 0.0)
        seconds = {
            "queue": round(self.queue_seconds, 6),
            "inference": round(self.infer_seconds, 6),
            "commit": round(max(0.0, waited - self.queue_seconds - self.infer_seconds), 6),
        }
        if self.explain_seconds is not None:
            seconds["explanation"] = round(self.explain_seconds, 6)
        model, version = self.served.key
        return ENCODER.encode(
            _Answer(self.id, model, version, list(map(msgspec.Raw, self.outputs_json)), seconds)
        )


def awaited(
    served: Served, serving: Serving, rows: Sequence[Row], origin: Origin, wait: float
) -> Request:
    """Return a request that this task's event loop waits for."""
    loop, deadline = asyncio.get_running_loop(), origin.asked_at + wait
    return Request(served, serving, rows, origin, deadline=deadline, loop=loop)


def release(requests: Sequence[Request]) -> None:
    """Let the event loop send what is ready: one call, however many they are."""
    loops = {request.loop for request in requests if request.loop is not None}
    for loop in loops:
        some = [request for request in requests if request.loop is loop]
        if not loop.is_closed():
            loop.call_soon_threadsafe(resolve, some)


def resolve(requests: Sequence[Request]) -> None:
    """Wake those who wait, with the answer or the error. In their event loop."""
    for request in requests:
        future = request.future
        if future is None or future.done():
            continue
        if request.error is None:
            future.set_result(None)
        else:
            future.set_exception(request.error)
