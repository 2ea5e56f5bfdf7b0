"""Why a version answers as it does: each input's contribution to the answer to a case.

Exactly where that is possible (additive.py), by occlusion elsewhere (occlusion.py). Each
explanation names its method.
"""

import logging
import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import joblib
from threadpoolctl import threadpool_limits

from app.errors import InvalidRequestError, ModelError
from app.inference import occlusion
from app.inference.answering import Answerer, Output
from app.inference.decoding import Row
from app.inference.occlusion import Answers, Occlusion
from app.inference.runtimes.base import Loaded
from app.values.signature import Signature

_log = logging.getLogger(__name__)
Explanation = dict[str, Any]
"""`method`, `scale`, `class` where there is a label, `base`, and `contributions` by input."""


class Explainer:
    """Explains the answers of one version. For one thread at a time."""

    def __init__(
        self,
        loaded: Loaded,
        answerer: Answerer,
        signature: Signature,
        sample: Sequence[Row],
        answers: Answers,
    ) -> None:
        """`sample` are rows like those of the training; none if none are known.

        By `answers` the version is asked for more answers, in their turn.
        """
        self._loaded = loaded
        self._answerer = answerer
        self._signature = signature
        self._sample = sample
        self._answers = answers
        self._names = [str(label) for label in signature.outputs.classes]

    @cached_property
    def _additive(self) -> Any:
        # scikit-learn's models, and shap beneath, are imported when somebody asks.
        from app.inference.additive import additive

        frame = self._answerer.frame(self._sample) if self._sample else None
        return additive(self._loaded, self._signature, frame)

    @cached_property
    def _occlusion(self) -> Occlusion:
        if not self._sample:
            raise InvalidRequestError(
                "this version can be explained only beside a sample, and none is kept with it; "
                "register it again with --sample"
            )
        return Occlusion(self._answers, self._sample)

    def explain(
        self, rows: Sequence[Row], outputs: Sequence[Output], deadline: float
    ) -> list[Explanation]:
        """Explain the answers `outputs` to `rows`, until `deadline` by time.perf_counter.

        Raises InvalidRequestError for a version that cannot be explained, ModelError, TimedOutError
        and BusyError.
        """
        if any("values" in output for output in outputs):
            raise InvalidRequestError(
                "this model gives several values for a case; only one value, or a label, can be "
                "explained"
            )
        with threadpool_limits(1), joblib.parallel_config(backend="sequential"):
            found = self._exactly(rows, outputs) or [
                self._by_occlusion(row, output, deadline)
                for row, output in zip(rows, outputs, strict=True)
            ]
        if not all(map(_is_finite, found)):
            raise ModelError("a contribution is no finite number; look at the inputs")
        return found

    def _exactly(self, rows: Sequence[Row], outputs: Sequence[Output]) -> list[Explanation] | None:
        if self._additive is None:
            return None
        try:
            found = self._additive(self._answerer.frame(rows), self._places(outputs))
        except Exception as error:  # noqa: BLE001 - steps raise what they like, and occlusion is left
            _log.warning("no exact contributions: %s", error)
            return None
        name, scale = self._additive.name, self._additive.scale
        return [
            self._explanation(name, scale, output, base, contributions)
            for output, base, contributions in zip(
                outputs, found[0].tolist(), found[1].tolist(), strict=True
            )
        ]

    def _places(self, outputs: Sequence[Output]) -> list[int]:
        return [self._names.index(str(one["label"])) for one in outputs if "label" in one]

    def _by_occlusion(self, row: Row, output: Output, deadline: float) -> Explanation:
        found = self._occlusion.contributions(row, output, deadline)
        base, scale = self._occlusion.base(output, deadline), occlusion.scale(output)
        return self._explanation(occlusion.NAME, scale, output, base, found)

    def _explanation(
        self,
        method: str,
        scale: str,
        output: Output,
        base: float,
        contributions: Iterable[float],
    ) -> Explanation:
        label = {"class": output["label"]} if "label" in output else {}
        named = dict(zip(self._signature.input_names, contributions, strict=True))
        return {"method": method, "scale": scale, **label, "base": base, "contributions": named}


def _is_finite(explanation: Explanation) -> bool:
    numbers = (explanation["base"], *explanation["contributions"].values())
    return all(map(math.isfinite, numbers))
