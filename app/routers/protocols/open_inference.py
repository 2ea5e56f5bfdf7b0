"""The Open Inference Protocol (v2) of KServe, Triton and MLServer.

https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

import asyncio
from functools import partial
from typing import Any

from app import __version__
from app.errors import AppError, MalformedError, NotFoundError
from app.routers.protocols import infer, outputs
from app.routers.protocols.parts import JSON, Answer, Call, Route, encoded, retry_after
from app.services.foreign import is_ready
from app.values.model import Version, VersionState
from app.values.signature import FieldType

_REFUSED = 422
_BAD_REQUEST = 400
_DIGITS = 10
_MICROSECONDS = 1e-6
EXTENSIONS = ("binary_tensor_data",)


def refusal(error: AppError) -> Answer:
    """Return an error in the protocol's form: 400 for what is refused."""
    status = _BAD_REQUEST if error.status == _REFUSED else error.status
    return Answer(body=encoded({"error": error.detail}), status=status, headers=retry_after(error))


async def live(_: Call) -> Answer:
    """Tell that the process answers."""
    return Answer(body=encoded({"live": True}))


async def ready(call: Call) -> Answer:
    """Tell whether all live models are loaded."""
    showroom = call.factory.settings.showroom
    well = showroom.enabled and is_ready(call.factory.showroom.live)
    return Answer(body=encoded({"ready": well}), status=200 if well else 503)


async def metadata(_: Call) -> Answer:
    """Tell what serves."""
    found = {"name": "disparo", "version": __version__, "extensions": list(EXTENSIONS)}
    return Answer(body=encoded(found))


async def model_ready(call: Call) -> Answer:
    """Tell whether a version is loaded. Raises NotFoundError."""
    version = await _version(call)
    is_loaded = call.factory.settings.showroom.enabled and (
        call.factory.showroom.live.get((version.model, version.number)) is not None
    )
    found = {"name": version.model, "ready": is_loaded}
    return Answer(body=encoded(found), status=200 if is_loaded else 503)


async def model_metadata(call: Call) -> Answer:
    """Tell a version's inputs and outputs, by its signature. Raises NotFoundError."""
    version = await _version(call)
    numbers = await asyncio.to_thread(_numbers, call, version)
    signature = version.signature
    found = {
        "name": version.model,
        "versions": numbers,
        "platform": f"disparo_{version.estimator.runtime}",
        "inputs": [
            {"name": field.name, "datatype": outputs.DATATYPES[field.type], "shape": [-1],
             "parameters": _content_type(field.type)}
            for field in signature.inputs
        ],
        "outputs": [
            outputs.described(one, signature.outputs) for one in outputs.named(signature.outputs)
        ],
    }  # fmt: skip
    return Answer(body=encoded(found))


def _content_type(kind: FieldType) -> dict[str, Any]:
    datetime = "datetime" if kind is FieldType.TIMESTAMP else "np"
    return {"content_type": "str" if kind is FieldType.TEXT else datetime}


def _numbers(call: Call, version: Version) -> list[str]:
    found = call.factory.models.versions(version.model)
    return [str(one.number) for one in found if one.state is not VersionState.RETIRED]


async def _version(call: Call) -> Version:
    name, number = call.path["name"], _number(call.path.get("version"), call.path["name"])
    return await asyncio.to_thread(call.factory.models.version, name, number)


def _number(text: str | None, model: str) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise NotFoundError(f"model {model[:100]!r} has no version {text[:50]!r}; they are numbers")
    return int(text)


async def predict(call: Call) -> Answer:
    """Answer tensors with tensors. Raises as the Showroom does."""
    body = await call.body()
    asked, rest = infer.parsed(body, call.headers.get(outputs.LENGTH.decode()))
    outputs.require(asked)
    model = call.path["name"]
    number = _number(call.path.get("version"), model)
    foreign = infer.foreign(
        asked, rest, model, number, lambda signature: outputs.chosen(asked, signature.outputs)
    )
    request = await call.predict(foreign, seconds=_seconds(asked))
    return outputs.answer(asked, request)


def _seconds(asked: infer.Infer) -> float | None:
    """Return how long the client is willing to wait, which it says in microseconds."""
    found = asked.says("timeout")
    if found is None:
        return None
    if type(found) is not int or found <= 0:
        raise MalformedError("the parameter timeout is a number of microseconds above zero")
    return found * _MICROSECONDS


_route = partial(
    Route,
    refusal=refusal,
    tag="open inference",
    about="https://github.com/kserve/open-inference-protocol",
    media=(JSON, "application/octet-stream"),
)
_MODEL, _ONE = "/v2/models/{name}", "/v2/models/{name}/versions/{version}"
ROUTES = (
    _route(method="GET", template="/v2", handler=metadata),
    _route(method="GET", template="/v2/health/live", handler=live),
    _route(method="GET", template="/v2/health/ready", handler=ready),
    _route(method="GET", template=_MODEL, handler=model_metadata),
    _route(method="GET", template=_ONE, handler=model_metadata),
    _route(method="GET", template=f"{_MODEL}/ready", handler=model_ready),
    _route(method="GET", template=f"{_ONE}/ready", handler=model_ready),
    _route(method="POST", template=f"{_MODEL}/infer", handler=predict, predicts=True),
    _route(method="POST", template=f"{_ONE}/infer", handler=predict, predicts=True),
)
