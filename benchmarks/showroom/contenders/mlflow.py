"""MLflow's `models serve` with one worker. It makes no batches of requests."""

import subprocess
from pathlib import Path
from typing import Any

from benchmarks.showroom.contender import SERVERS, Contender, Launch, Place, Role, program
from benchmarks.showroom.failures import Unusable
from benchmarks.showroom.models import Case, Model


def _launch(model: Model, place: Place) -> Launch:
    saved = place.directory / "model"
    _save(model, saved)
    return Launch(
        command=[program("mlflow", "mlflow"), "models", "serve", "--model-uri", str(saved),
                 "--env-manager", "local", "--host", "127.0.0.1", "--port", str(place.port),
                 "--workers", "1"],
        environment={
            "PATH": f"{Path(program('mlflow', 'mlflow')).parent}:/usr/bin:/bin",
            "UVICORN_ACCESS_LOG": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        },
    )  # fmt: skip


def _save(model: Model, target: Path) -> None:
    script = str(SERVERS / "mlflow_model.py")
    command = [program("mlflow", "python"), script, str(model.directory), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unusable(f"the model could not be saved for MLflow: {done.stderr[-1000:]}")


def _body(model: Model, case: Case) -> Any:
    values = list(case.values())
    if model.is_table:
        return {"dataframe_split": {"columns": list(case), "data": [values]}}
    return {"inputs": [values]}


CONTENDER = Contender(
    name="mlflow",
    role=Role.RIVAL,
    launch=_launch,
    path=lambda _model: "/invocations",
    body=_body,
    chances=lambda _model, answer: answer["predictions"][0],
)
