"""A container of Azure Machine Learning: three routes, whose paths a deployment says.

https://learn.microsoft.com/azure/machine-learning/how-to-deploy-custom-container
"""

from functools import partial

from app.errors import AppError
from app.routers.protocols import replies, tables
from app.routers.protocols.invocations import nameless, serves
from app.routers.protocols.parts import Answer, Call, Route, encoded, recorded, retry_after
from app.settings_sections import Protocols

_REFUSED = 422
_BAD_REQUEST = 400


def refusal(error: AppError) -> Answer:
    """Return an error in Azure's form: 400 for what is refused."""
    status = _BAD_REQUEST if error.status == _REFUSED else error.status
    code = "".join(word.capitalize() for word in error.slug.split("-"))
    document = {"error": {"code": code, "message": error.detail}}
    return Answer(body=encoded(document), status=status, headers=retry_after(error))


async def live(_: Call) -> Answer:
    """Tell that the process answers."""
    return Answer(body=encoded("Healthy"))


async def ready(call: Call) -> Answer:
    """Tell whether the model that answers here is loaded."""
    is_ready = serves(call)
    return Answer(
        body=encoded("Ready" if is_ready else "Not ready"), status=200 if is_ready else 503
    )


async def score(call: Call) -> Answer:
    """Answer cases with a list of labels or values."""
    body = await call.body()
    most = call.factory.settings.showroom.request_cases
    content_type = call.headers.get("content-type", "")
    asked = tables.foreign(body, content_type, nameless(call), None, most)
    request = await call.predict(asked)
    return Answer(body=encoded(replies.plain(request)), headers=recorded(request))


def routes(settings: Protocols) -> tuple[Route, ...]:
    """Return the routes, where the settings say their paths."""
    route = partial(
        Route,
        refusal=refusal,
        tag="azure",
        about="https://learn.microsoft.com/azure/machine-learning/how-to-deploy-custom-container",
        media=tables.MEDIA,
    )
    found = (
        route(method="GET", template="/azure/live", handler=live, place=settings.azure_live),
        route(method="GET", template="/azure/ready", handler=ready, place=settings.azure_ready),
        route(
            method="POST", template="/score", handler=score, place=settings.azure_score,
            predicts=True,
        ),
    )  # fmt: skip
    return tuple(one for one in found if one.place)
