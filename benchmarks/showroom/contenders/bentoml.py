"""BentoML with one worker, and its adaptive batches of up to 64."""

from benchmarks.showroom.contender import SERVERS, Contender, Launch, Place, Role, program
from benchmarks.showroom.models import Model


def _launch(model: Model, place: Place) -> Launch:
    bentoml = program("bentoml", "bentoml")
    return Launch(
        command=[bentoml, "serve", "bentoml_:Service", "--working-dir", str(SERVERS),
                 "--host", "127.0.0.1", "--port", str(place.port)],
        environment={
            "BENCH_MODEL": str(model.directory),
            "BENTOML_HOME": str(place.directory / "home"),
            "BENTOML_DO_NOT_TRACK": "True",
        },
    )  # fmt: skip


CONTENDER = Contender(
    name="bentoml",
    role=Role.RIVAL,
    launch=_launch,
    path=lambda _model: "/predict",
    body=lambda _model, case: {"rows": [list(case.values())]},
    chances=lambda _model, answer: answer[0],
)
