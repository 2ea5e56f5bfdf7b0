"""GET /metrics: what the service counts, as Prometheus reads it."""

from typing import Annotated

from fastapi import APIRouter, Header, Response

from app.clock import utc_now
from app.errors import NotFoundError
from app.routers.parts import PROBLEMS, STRICT, Services

router = APIRouter(tags=["metrics"], dependencies=STRICT)


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {}, "application/openmetrics-text": {}}},
        404: PROBLEMS[404],
    },
)
def metrics(services: Services, accept: Annotated[str, Header()] = "") -> Response:
    """Return all metrics: as OpenMetrics where the client takes it, else as Prometheus' text."""
    if not services.settings.metrics.enabled:
        raise NotFoundError("this service counts nothing: metrics.enabled is false")
    body, content_type = services.metrics.scrape(accept, utc_now())
    return Response(body, headers={"Content-Type": content_type})
