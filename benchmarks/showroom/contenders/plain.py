"""The servers that are modules of this package and run by our own Python: they are asked alike."""

import sys
from typing import Any

from benchmarks.showroom.contender import Contender, Launch, Place, Role
from benchmarks.showroom.models import Case, Model


def _contender(name: str, module: str, role: Role, *, answers: bool = True) -> Contender:
    def launch(model: Model, place: Place) -> Launch:
        program = f"benchmarks.showroom.servers.{module}"
        return Launch(
            command=[sys.executable, "-m", program, str(model.directory), str(place.port)]
        )

    return Contender(
        name=name,
        role=role,
        launch=launch,
        path=lambda _model: "/predict",
        body=_body,
        chances=chances if answers else None,
    )


def _body(_model: Model, case: Case) -> Any:
    return {"cases": [case]}


def chances(model: Model, answer: Any) -> list[float]:
    """Return the probabilities of the first prediction, in the order of the classes."""
    named = answer["predictions"][0]["probabilities"]
    return [named[name] for name in model.classes]


BY_HAND = _contender("by-hand", "by_hand", Role.RIVAL)
PROTOTYPE = _contender("prototype", "prototype", Role.YARDSTICK)
FLOOR = _contender("floor", "floor", Role.YARDSTICK, answers=False)
