"""Directories as MLflow writes them: `mlflow_writing.py DIRECTORY`.

MLflow wants scikit-learn and pandas, which stand in Disparo's environment: this runs with its
Python, and with MLflow from the clients' environment behind its own packages.
"""

import json
import logging
import site
import sys
import warnings
from pathlib import Path

_CLIENTS = Path(sys.prefix) / "clients"
site.addsitedir(str(next(_CLIENTS.glob("lib/python3*/site-packages"))))
warnings.simplefilter("ignore")
logging.disable(logging.WARNING)

import mlflow.sklearn  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from mlflow.models import infer_signature  # noqa: E402
from sklearn.compose import ColumnTransformer  # noqa: E402
from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: E402
from sklearn.linear_model import LinearRegression  # noqa: E402
from sklearn.pipeline import Pipeline  # noqa: E402
from sklearn.preprocessing import OrdinalEncoder  # noqa: E402

(PLACE,) = map(Path, sys.argv[1:])
frame = pd.DataFrame(
    {"size": np.arange(40), "kind": ["a", "b"] * 20, "weight": [0.5, None, 1.5, 2.0] * 10}
)
columns = ColumnTransformer(
    [("n", "passthrough", ["size", "weight"]), ("k", OrdinalEncoder(), ["kind"])]
)
model = Pipeline([("columns", columns), ("last", HistGradientBoostingClassifier(max_iter=5))])
model.fit(frame, np.where(frame["size"] >= 20, "high", "low"))
signature = infer_signature(frame, model.predict(frame))
for form in ("cloudpickle", "pickle"):
    mlflow.sklearn.save_model(model, PLACE / form, signature=signature, serialization_format=form)
array = frame[["size"]].to_numpy(float) @ np.ones((1, 2))
plain = LinearRegression().fit(array, frame["size"])
mlflow.sklearn.save_model(
    plain, PLACE / "array", signature=infer_signature(array, plain.predict(array))
)
mlflow.sklearn.save_model(plain, PLACE / "bare")
print(json.dumps(sorted(one.name for one in PLACE.iterdir())))
