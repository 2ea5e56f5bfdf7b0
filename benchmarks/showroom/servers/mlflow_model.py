"""Save a pipeline as an MLflow model. Run by the Python of MLflow's own environment.

python mlflow_model.py MODEL_DIRECTORY TARGET
"""

import sys
from pathlib import Path

import joblib
import mlflow.sklearn

if __name__ == "__main__":
    mlflow.sklearn.save_model(
        joblib.load(Path(sys.argv[1]) / "model.joblib"),
        sys.argv[2],
        serialization_format="cloudpickle",
        pyfunc_predict_fn="predict_proba",
        pip_requirements=[],
    )
