"""SageMaker's runtime, as its own clients ask it: an endpoint is a model.

A client signs `Authorization` in a way of its own, so the token comes as AWS's session token.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

import re

from app.errors import (
    AppError,
    BusyError,
    DatabaseAwayError,
    DataRefusedError,
    ForbiddenError,
    InvalidRequestError,
    MalformedError,
    ModelError,
    TimedOutError,
    UnauthenticatedError,
)
from app.routers.protocols import replies, tables
from app.routers.protocols.parts import Answer, Call, Route, encoded, retry_after

TOKEN = b"x-amz-security-token"
_PREFIX = "x-amzn-sagemaker-"
_VARIANT = f"{_PREFIX}target-variant"
_UNKNOWN = {
    f"{_PREFIX}target-model": "an endpoint is one model; name it as the endpoint",
    f"{_PREFIX}target-container-hostname": "an endpoint has one container",
    f"{_PREFIX}inference-component": "an endpoint has no components; name the model as it",
    f"{_PREFIX}enable-explanations": "ask POST /showroom/predictions?explain=true for explanations",
}
"""Headers that ask for what there is not, and what to do instead."""
_CODES: tuple[tuple[type[AppError], str, int], ...] = (
    (UnauthenticatedError, "UnrecognizedClientException", 401),
    (ForbiddenError, "AccessDeniedException", 403),
    (BusyError, "ServiceUnavailable", 503),
    (DatabaseAwayError, "ServiceUnavailable", 503),
    (InvalidRequestError, "ModelError", 424),
    (DataRefusedError, "ModelError", 424),
    (ModelError, "ModelError", 424),
    (TimedOutError, "ModelError", 424),
)
"""AWS's exceptions. What the model's container would refuse is a ModelError there, and what it said
stands in it; all else that the client can mend is a ValidationError."""
_OWN_FAULT = 500
_VALIDATION = 400


def refusal(error: AppError) -> Answer:
    """Return an error in AWS's form, by which its clients raise the exception that it names."""
    code, status = _code(error)
    document: dict[str, object] = {"Message": error.detail}
    if code == "ModelError":
        document |= {
            "OriginalStatusCode": error.status,
            "OriginalMessage": error.detail,
            "LogStreamArn": "",
        }
    headers = (*retry_after(error), (b"x-amzn-errortype", code.encode()))
    return Answer(body=encoded(document), status=status, headers=headers)


def _code(error: AppError) -> tuple[str, int]:
    for kind, code, status in _CODES:
        if isinstance(error, kind):
            return code, status
    if error.status >= _OWN_FAULT:
        return "InternalFailure", _OWN_FAULT
    return "ValidationError", error.status if error.status in {404, 405, 413, 415} else _VALIDATION


async def invoke(call: Call) -> Answer:
    """Answer cases by the endpoint's model."""
    for name, words in _UNKNOWN.items():
        if name in call.headers:
            raise MalformedError(f"{name} is not for this service: {words}")
    kind = replies.chosen(call.headers.get("accept", ""))
    number = _number(call.headers.get(_VARIANT))
    body = await call.body()
    most = call.factory.settings.showroom.request_cases
    content_type = call.headers.get("content-type", "")
    asked = tables.foreign(body, content_type, call.path["name"], number, most)
    request = await call.predict(asked)
    answer = replies.as_accepted(request, kind)
    _, version = request.served.key
    own = (
        (b"x-amzn-invoked-production-variant", f"version-{version}".encode()),
        (b"x-amzn-sagemaker-custom-attributes", request.id.encode()),
    )
    return Answer(body=answer.body, media=answer.media, headers=(*answer.headers, *own))


def _number(variant: str | None) -> int | None:
    """Return the version that a variant is. Raises MalformedError."""
    if variant is None:
        return None
    found = re.fullmatch(r"(?:version-)?([0-9]{1,10})", variant)
    if found is None:
        raise MalformedError(
            f"there is no variant {variant[:50]!r}; a variant is a version: 3, or version-3"
        )
    return int(found[1])


ROUTES = (
    Route(
        method="POST",
        template="/endpoints/{name}/invocations",
        handler=invoke,
        refusal=refusal,
        predicts=True,
        token=TOKEN,
        tag="sagemaker",
        about="https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
        "API_runtime_InvokeEndpoint.html",
        media=tables.MEDIA,
    ),
)
