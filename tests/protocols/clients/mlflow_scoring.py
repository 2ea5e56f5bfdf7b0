"""What MLflow's own scoring client makes of a service: `mlflow_scoring.py PORT`.

MLflow wants pandas, which stands in Disparo's environment: this runs with its Python, and with
MLflow from the clients' environment behind its own packages.
"""

import json
import site
import sys
import warnings
from pathlib import Path

_CLIENTS = Path(sys.prefix) / "clients"
site.addsitedir(str(next(_CLIENTS.glob("lib/python3*/site-packages"))))
warnings.simplefilter("ignore")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from mlflow.pyfunc.scoring_server.client import ScoringServerClient  # noqa: E402

(PORT,) = sys.argv[1:]
client = ScoringServerClient("127.0.0.1", int(PORT))
client.wait_server_ready()
frame = pd.DataFrame({"size": [30, 3], "kind": ["a", "b"], "weight": [1.5, np.nan]})


def refused(data, **given):
    try:
        client.invoke(data, **given)
    except Exception as error:
        return str(error)
    return None


found = {
    "version": client.get_version(),
    "frame": client.invoke(frame).get_predictions()[0].tolist(),
    "records": client.invoke([{"size": 3, "kind": "b"}])["predictions"],
    "refused": {
        "category": refused(frame.assign(kind="z")),
        "params": refused(frame, params={"p": 1}),
    },
}
print(json.dumps(found))
