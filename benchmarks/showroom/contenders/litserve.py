"""LitServe with batches of up to 64: one server process and one worker, as it is made to run."""

from benchmarks.showroom.contender import SERVERS, Contender, Launch, Place, Role, program
from benchmarks.showroom.models import Model


def _launch(model: Model, place: Place) -> Launch:
    script = str(SERVERS / "litserve_.py")
    return Launch(
        command=[program("litserve", "python"), script, str(model.directory), str(place.port)]
    )


CONTENDER = Contender(
    name="litserve",
    role=Role.RIVAL,
    launch=_launch,
    path=lambda _model: "/predict",
    body=lambda _model, case: {"input": list(case.values())},
    chances=lambda model, answer: [answer[name] for name in model.classes],
)
