"""Settings that the inside of another cloud's container needs, before those of the file.

SageMaker: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
Azure ML: https://learn.microsoft.com/azure/machine-learning/how-to-deploy-custom-container
"""

import os
from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

_KINDS = ("sagemaker", "azure")
_DRAIN_SECONDS = 20
"""SageMaker kills a container 30 s after it told it to stop; records are written after this."""


class ContainerSettings(PydanticBaseSettingsSource):
    """What `protocols.container` stands for; what the environment says goes before it."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the value of one section; it has no other name, and is no JSON."""
        return self().get(field_name), field_name, bool(field.is_required())

    def __call__(self) -> dict[str, Any]:
        """Return the settings of the container that was asked for, or none."""
        kind = self.current_state.get("protocols", {}).get("container")
        return preset(kind, os.environ) if kind in _KINDS else {}


def preset(kind: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings of a kind of container.

    Nobody but the cloud reaches its port, and the cloud has no token: whoever does may ask.
    """
    is_sagemaker = kind == "sagemaker"
    port = environ.get("SAGEMAKER_BIND_TO_PORT", "8080") if is_sagemaker else "5001"
    models = "/opt/ml/model" if is_sagemaker else environ.get("AZUREML_MODEL_DIR", "")
    return {
        "server": {
            "host": "0.0.0.0",  # noqa: S104 - it is the inside of a container
            "port": port,
            "hosts": ["*"],
            "goodbye_seconds": _DRAIN_SECONDS,
        },
        "auth": {"mode": "none", "trusted_network": True},
        "scheduler": {"enabled": False},
        "monitor": {"enabled": False},
        "protocols": {
            "model_directory": models,
            "answers": "sagemaker" if is_sagemaker else "mlflow",
        },
    }
