"""The prototype by which the Showroom's goal is set: what waits is answered at once, unrecorded.

A request is decoded and queued. One thread takes whatever waits, up to 64 cases, makes one call of
`predict_proba`, and hands all the answers back to the event loop in one call.

    python -m benchmarks.showroom.servers.prototype MODEL_DIRECTORY PORT
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import joblib
import msgspec
import numpy as np
import pandas as pd
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.showroom.servers.parts import Answer, Answers, decoder_of, serve

MOST = 64
Waiting = tuple[Any, "asyncio.Future[Any]", asyncio.AbstractEventLoop]


class Fitted:
    """A pipeline that answers decoded cases."""

    def __init__(self, directory: Path) -> None:
        facts = json.loads((directory / "model.json").read_text())
        self._estimator = joblib.load(directory / "model.joblib")
        self._columns = list(facts["fields"])
        self._classes = facts["classes"]
        self._is_table = facts["is_table"]

    def predict(self, cases: Sequence[Any]) -> list[Answer]:
        """Answer each case."""
        rows = list(map(msgspec.structs.astuple, cases))
        found = self._estimator.predict_proba(self._inputs(rows))
        labels = [self._classes[place] for place in found.argmax(axis=1).tolist()]
        return [
            Answer(label=label, probabilities=dict(zip(self._classes, chances, strict=True)))
            for label, chances in zip(labels, found.tolist(), strict=True)
        ]

    def _inputs(self, rows: list[tuple[Any, ...]]) -> Any:
        if not self._is_table:
            return np.array(rows)
        columns = zip(*rows, strict=True)
        return pd.DataFrame(dict(zip(self._columns, map(list, columns), strict=True)))


class Batcher:
    """One thread that answers whatever waits."""

    def __init__(self, model: Fitted) -> None:
        self._model = model
        self._queue: SimpleQueue[Waiting] = SimpleQueue()
        Thread(target=self._work, daemon=True).start()

    async def predict(self, case: Any) -> Any:
        """Return the answer to one case."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self._queue.put((case, answer, loop))
        return await answer

    def _work(self) -> None:
        while True:
            batch = self._take()
            answers = self._model.predict([case for case, _, _ in batch])
            batch[0][2].call_soon_threadsafe(_release, batch, answers)

    def _take(self) -> list[Waiting]:
        batch = [self._queue.get()]
        with suppress(Empty):
            while len(batch) < MOST:
                batch.append(self._queue.get_nowait())
        return batch


def _release(batch: Sequence[Waiting], answers: Sequence[Any]) -> None:
    for (_, waiting, _), answer in zip(batch, answers, strict=True):
        if not waiting.done():
            waiting.set_result(answer)


def main() -> None:
    """Serve until told to stop."""
    directory = Path(sys.argv[1])
    decode, batcher = decoder_of(directory).decode, Batcher(Fitted(directory))
    encode = msgspec.json.Encoder().encode

    async def predict(request: Request) -> Response:
        body = decode(await request.body())
        answers = [await batcher.predict(case) for case in body.cases]
        return Response(encode(Answers(predictions=answers)), media_type="application/json")

    serve(Starlette(routes=[Route("/predict", predict, methods=["POST"])]), int(sys.argv[2]))


if __name__ == "__main__":
    main()
