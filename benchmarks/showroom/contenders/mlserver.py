"""MLServer with its runtime for scikit-learn and adaptive batches, asked by its Open Inference API.

Its best settings on one core, as tried: no worker process beside the server (`parallel_workers` 0),
no metrics, and a batch that waits no longer than a few milliseconds for company.
"""

import json
from typing import Any

from benchmarks.showroom.contender import Contender, Launch, Place, Role, program
from benchmarks.showroom.models import Case, Model
from tests.servers import free_port

MOST = 64
WAIT_SECONDS = 0.002
DATATYPES = {"int": "INT64", "float": "FP64", "str": "BYTES"}


def _launch(model: Model, place: Place) -> Launch:
    settings = {
        "host": "127.0.0.1",
        "http_port": place.port,
        "grpc_port": free_port(),
        "metrics_endpoint": None,
        "parallel_workers": 0,
        "debug": False,
        "logging_settings": None,
    }
    served = {
        "name": model.name,
        "implementation": "mlserver_sklearn.SKLearnModel",
        "max_batch_size": MOST,
        "max_batch_time": WAIT_SECONDS,
        "parameters": {"uri": str(model.file), "extra": {"predict_fn": "predict_proba"}},
    }
    (place.directory / "settings.json").write_text(json.dumps(settings))
    (place.directory / "model-settings.json").write_text(json.dumps(served))
    return Launch(command=[program("mlserver", "mlserver"), "start", str(place.directory)])


def _body(model: Model, case: Case) -> Any:
    return _table(model, case) if model.is_table else _row(case)


def _row(case: Case) -> Any:
    values = list(case.values())
    rows = {"name": "rows", "shape": [1, len(values)], "datatype": "FP64", "data": values}
    return {"inputs": [rows]}


def _table(model: Model, case: Case) -> Any:
    columns = [
        {
            "name": name,
            "shape": [1, 1],
            "datatype": DATATYPES[model.facts["fields"][name]],
            "data": [value],
            **({"parameters": {"content_type": "str"}} if isinstance(value, str) else {}),
        }
        for name, value in case.items()
    ]
    return {"parameters": {"content_type": "pd"}, "inputs": columns}


CONTENDER = Contender(
    name="mlserver",
    role=Role.RIVAL,
    launch=_launch,
    path=lambda model: f"/v2/models/{model.name}/infer",
    body=_body,
    chances=lambda _model, answer: answer["outputs"][0]["data"],
)
