"""The inside of another cloud's container: started as it starts it, with its environment."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import joblib
import numpy as np
import pytest

from app.clock import utc_now
from app.errors import AppError, ConfigurationError
from app.factory import Factory
from app.services.containers import register_found
from app.settings import load_settings
from app.values.model import Registration
from tests import casework, servers, warm
from tests.patience import await_that
from tests.protocols.serving import START_SECONDS, client
from tests.protocols.slow import STARTED, Slow

ROWS = [[30, "a", 1.5], [3, "b", None]]


@pytest.mark.usefixtures("state")
def test_one_variable_makes_a_container(monkeypatch: pytest.MonkeyPatch) -> None:
    """It listens where the cloud asks, asks nobody for a token, and the environment goes before."""
    monkeypatch.delenv("DISPARO_AUTH__MODE")
    monkeypatch.setenv("DISPARO_PROTOCOLS__CONTAINER", "sagemaker")
    made = load_settings()
    assert (made.server.host, made.server.port) == ("0.0.0.0", 8080)  # noqa: S104 - compared
    assert (made.auth.mode, made.protocols.model_directory) == ("none", "/opt/ml/model")
    assert made.protocols.answers == "sagemaker"
    monkeypatch.setenv("DISPARO_SERVER__PORT", "9000")
    monkeypatch.setenv("AZUREML_MODEL_DIR", "/var/azureml-app/model/1")
    monkeypatch.setenv("DISPARO_PROTOCOLS__CONTAINER", "azure")
    made = load_settings()
    assert (made.server.port, made.protocols.answers) == (9000, "mlflow")
    assert made.protocols.model_directory == "/var/azureml-app/model/1"
    monkeypatch.setenv("DISPARO_PROTOCOLS__CONTAINER", "heroku")
    with pytest.raises(ConfigurationError, match=r"protocols\.container"):
        load_settings()


@contextmanager
def _container(directory: Path, model: Path, **environment: str) -> Iterator[tuple[str, Any]]:
    """Run `serve` with SageMaker's environment; give its address and its process."""
    port = servers.free_port()
    given = {name: value for name, value in os.environ.items() if "DISPARO" not in name}
    given |= {
        "DISPARO_VAR": str(directory / "container"),
        "DISPARO_PROTOCOLS__CONTAINER": "sagemaker",
        "DISPARO_PROTOCOLS__MODEL_DIRECTORY": str(model),
        "SAGEMAKER_BIND_TO_PORT": str(port),
        **environment,
    }
    process = warm.start("serve", environment=given)
    try:
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.kill()
        process.wait(60)


def _pings(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ping", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.timeout(700)
def test_the_contract_of_sagemaker(tmp_path: Path) -> None:
    """It makes its tables, registers the model, pings, answers, and drains when it is told to stop.

    A request that is being answered when SIGTERM comes is answered still.
    """
    model = tmp_path / "model"
    model.mkdir()
    slow = Slow().fit(np.zeros((3, 2)), np.zeros(3))
    joblib.dump(slow, model / "slow.joblib")
    begun = tmp_path / "begun"
    with _container(tmp_path, model, **{STARTED: str(begun)}) as (url, process):
        await_that(lambda: _pings(url), START_SECONDS)
        quick = httpx.post(
            f"{url}/invocations", content="0,1\n1,1\n", timeout=60,
            headers={"Content-Type": "text/csv", "Accept": "text/csv"},
        )  # fmt: skip
        assert quick.text == "1.0\r\n1.0\r\n"
        assert "disparo-prediction-id" in quick.headers
        found: list[httpx.Response] = []
        asking = threading.Thread(
            target=lambda: found.append(
                httpx.post(f"{url}/invocations", json={"instances": [[5, 1]]}, timeout=60)
            )
        )
        asking.start()
        await_that(begun.exists, 30)
        start = time.monotonic()
        process.send_signal(signal.SIGTERM)
        asking.join(60)
        assert found[0].json() == {"predictions": [{"value": 1.0}]}
        assert process.wait(60) in {0, -signal.SIGTERM}
        assert time.monotonic() - start < 30


@pytest.mark.timeout(700)
def test_a_directory_without_a_model_is_fatal(tmp_path: Path) -> None:
    """The error says what is there, and what a model is."""
    environment = {
        "DISPARO_VAR": str(tmp_path / "var"),
        "DISPARO_PROTOCOLS__CONTAINER": "sagemaker",
    }
    environment |= {"DISPARO_PROTOCOLS__MODEL_DIRECTORY": str(tmp_path)}
    done = warm.run("serve", timeout=200, environment={**os.environ, **environment})
    assert done.returncode == 2
    assert "must hold one model, and has nothing that is one" in done.stderr


def test_the_model_of_a_directory_is_registered_once_and_live(
    factory: Factory, tmp_path: Path
) -> None:
    """A container that starts again has it; another model takes its place."""
    place = tmp_path / "model"
    place.mkdir()
    for limit, number in ((20, 1), (20, 1), (30, 2)):
        joblib.dump(casework._classifier(limit), place / "m.joblib")
        casework.SAMPLE.to_csv(place / "sample.csv", index=False)
        found = register_found(factory.models, place, "", now=utc_now())
        assert (found.model, found.number, found.live) == ("model", number, True)


def test_a_directory_that_mlflow_wrote_is_a_version(factory: Factory, tmp_path: Path) -> None:
    """Its signature types the inputs; real MLflow writes the directories."""
    place = tmp_path / "written"
    place.mkdir()
    assert client("mlflow_writing", place) == ["array", "bare", "cloudpickle", "pickle"]
    found = {}
    for name in ("array", "bare", "cloudpickle", "pickle"):
        asked = Registration(name=name, filename=name)
        version = factory.models.register(place / name, asked, actor="test", now=utc_now())
        inputs = version.signature.inputs
        found[name] = [(one.name, str(one.type), one.nullable) for one in inputs]
    named = [("size", "integer", False), ("kind", "text", False), ("weight", "number", True)]
    plain = [("x0", "number", False), ("x1", "number", False)]
    assert found == {"array": plain, "bare": plain, "cloudpickle": named, "pickle": named}


MANIFESTS = [
    ("- 1", "is no MLmodel"),
    ("{", "is no YAML"),
    ("flavors: {python_function: {}}", "has no flavour sklearn (it has python_function)"),
    ("flavors: {sklearn: {serialization_format: x}}", "the serialization format 'x' is not known"),
    ("flavors: {sklearn: {code: src}}", "the model comes with code of its own"),
    ("flavors: {sklearn: {}}", "it names no pickled_model"),
    ("flavors: {sklearn: {pickled_model: ../x}}", "'../x' is not in the directory"),
    ("flavors: {sklearn: {pickled_model: gone.pkl}}", "there is no file"),
    ("signature: {inputs: '{'}\nflavors: {sklearn: {pickled_model: m.pkl}}", "cannot be read"),
    (
        """flavors: {sklearn: {pickled_model: m.pkl}}
signature: {inputs: '[{"name": "a", "type": "object"}]'}""",
        "the signature has inputs of type object",
    ),
    ("a: " + "x" * 2**20, "has more than 1048576 bytes"),
]


@pytest.mark.parametrize(("text", "words"), MANIFESTS, ids=[one[1] for one in MANIFESTS])
def test_a_directory_that_does_not_fit_is_refused(
    factory: Factory, tmp_path: Path, text: str, words: str
) -> None:
    """The error says what is wrong with its MLmodel."""
    (tmp_path / "MLmodel").write_text(text)
    asked = Registration(name="m", filename="m")
    with pytest.raises(AppError) as caught:
        factory.models.register(tmp_path, asked, actor="test", now=utc_now())
    assert words in caught.value.detail
