"""What a model's container answers: MLflow's scoring server, and SageMaker's contract.

https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally and
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from functools import partial

from app import __version__
from app.errors import AppError
from app.routers.protocols import replies, tables
from app.routers.protocols.parts import Answer, Call, Route, encoded, retry_after
from app.services.foreign import is_ready, model_without_name

_REFUSED = 422
_BAD_REQUEST = 400
_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    405: "BAD_REQUEST",
    413: "BAD_REQUEST",
    415: "BAD_REQUEST",
    503: "TEMPORARILY_UNAVAILABLE",
    504: "TEMPORARILY_UNAVAILABLE",
}


def refusal(error: AppError) -> Answer:
    """Return an error as MLflow's scoring server tells it: 400 for what is refused."""
    status = _BAD_REQUEST if error.status == _REFUSED else error.status
    document = {"error_code": _CODES.get(status, "INTERNAL_ERROR"), "message": error.detail}
    return Answer(body=encoded(document), status=status, headers=retry_after(error))


async def ping(call: Call) -> Answer:
    """Tell whether the model that answers here is loaded."""
    return Answer(body=b"\n", status=200 if serves(call) else 503)


def serves(call: Call) -> bool:
    """Tell whether the model that answers where a path names none is loaded."""
    if not call.factory.settings.showroom.enabled:
        return False
    live = call.factory.showroom.live
    return bool(live.names()) and is_ready(live, call.factory.settings.protocols.model)


async def version(_: Call) -> Answer:
    """Tell the release of Disparo."""
    return Answer(body=__version__.encode())


async def invoke(call: Call) -> Answer:
    """Answer cases by the model that the settings choose, or by the only one that is live."""
    settings = call.factory.settings
    is_full = settings.protocols.answers == "sagemaker"
    kind = replies.chosen(call.headers.get("accept", "")) if is_full else ""
    body = await call.body()
    model = nameless(call)
    most = settings.showroom.request_cases
    asked = tables.foreign(body, call.headers.get("content-type", ""), model, None, most)
    request = await call.predict(asked)
    return replies.as_accepted(request, kind) if is_full else replies.as_mlflow(request)


def nameless(call: Call) -> str:
    """Return the model that answers where a path names none. Raises NotFoundError, BusyError."""
    call.require_enabled()
    return model_without_name(call.factory.showroom.live, call.factory.settings.protocols.model)


_route = partial(
    Route,
    refusal=refusal,
    tag="invocations",
    about="https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally",
    media=tables.MEDIA,
)
SHARED = (
    _route(method="GET", template="/ping", handler=ping),
    _route(method="POST", template="/invocations", handler=invoke, predicts=True),
)
"""What MLflow and SageMaker have alike."""
MLFLOW = (
    _route(method="GET", template="/health", handler=ping),
    _route(method="GET", template="/version", handler=version),
)
