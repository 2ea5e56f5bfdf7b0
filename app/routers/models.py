"""Models: list, read, upload, promote, retire, judge."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, Form, Query, UploadFile
from pydantic import Field

from app.clock import utc_now
from app.factory import Factory
from app.routers.parts import PROBLEMS, STRICT, Actor, Page, Services
from app.services.uploads import save_upload
from app.values.base import Instant, Name
from app.values.event import Event
from app.values.gate import GateReport
from app.values.load import ServedModel
from app.values.model import Registration, RuntimeName, Version
from app.values.model_health import HealthFilter, HealthOrigin, ModelHealth
from app.values.performance import Performance, PerformanceFilter, PerformanceSeries
from app.values.serving import Serving

router = APIRouter(prefix="/models", tags=["models"], responses=PROBLEMS, dependencies=STRICT)
ServingPatch = Annotated[
    dict[str, Any],
    Body(
        media_type="application/merge-patch+json",
        examples=[{"gate": "cases", "tolerance": 0.1}],
    ),
]
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]


@router.get("")
def list_models(services: Services) -> Page[ServedModel]:
    """List the models, with how far their live versions are in the process that answers."""
    return Page(items=services.served_models.all())


@router.get("/{name}")
def get_model(name: Name, services: Services) -> ServedModel:
    """Return one model: its live version, how far that is, and how many it has."""
    return services.served_models.one(name)


@router.get("/{name}/versions")
def list_versions(name: Name, services: Services) -> Page[Version]:
    """List a model's versions, the newest first."""
    return Page(items=services.models.versions(name))


@router.get("/{name}/versions/{number}")
def get_version(name: Name, number: Number, services: Services) -> Version:
    """Return one version with its signature."""
    return services.models.version(name, number)


@router.post("/{name}/versions", status_code=201)
def upload_version(
    name: Name,
    file: UploadFile,
    services: Services,
    actor: Actor,
    sample: UploadFile | None = None,
    runtime: Annotated[RuntimeName | None, Form()] = None,
) -> Version:
    """Register an uploaded file: skops or ONNX, whose loading runs no code."""
    saved = save_upload(sample.file, Path(sample.filename or "").suffix) if sample else None
    try:
        asked = Registration(
            name=name, filename=file.filename or "model", runtime=runtime, sample=saved
        )
        return services.models.upload(file.file, asked, actor=actor, now=utc_now())
    finally:
        if saved is not None:
            saved.unlink()


@router.post("/{name}/versions/{number}/promote")
def promote(
    name: Name,
    number: Number,
    services: Services,
    actor: Actor,
    *,
    force: Annotated[bool, Query(description="Whatever the model's gate says.")] = False,
) -> Version:
    """Make a version the live one; 409 names the cases that it fails, where those are the gate."""
    if services.settings.showroom.enabled:
        services.showroom.live.preload(name, number)
    version = services.models.promote(name, number, actor=actor, now=utc_now(), force=force)
    _follow(services)
    return version


@router.get("/{name}/versions/{number}/gate")
def get_gate(name: Name, number: Number, services: Services) -> GateReport:
    """Let a version answer the model's cases, as its gate does before a promotion.

    Nothing is changed or recorded. A model without a gate is told of all the same.
    """
    return services.cases.gate(name, number)


@router.post("/{name}/versions/{number}/retire")
def retire(name: Name, number: Number, services: Services, actor: Actor) -> Version:
    """Take a version out of use."""
    return services.models.retire(name, number, actor=actor, now=utc_now())


@router.get("/{name}/serving")
def get_serving(name: Name, services: Services) -> Serving:
    """Return how the Showroom serves a model."""
    return services.models.one(name).serving


@router.patch("/{name}/serving")
def change_serving(name: Name, patch: ServingPatch, services: Services, actor: Actor) -> Serving:
    """Change how the Showroom serves a model, by a merge patch (RFC 7396); null: the default."""
    serving = services.models.serve(name, patch, actor=actor, now=utc_now())
    _follow(services)
    return serving


@router.get("/{name}/performance")
def get_performance(
    name: Name,
    services: Services,
    *,
    since: Annotated[Instant | None, Query(description="Received then or later.")] = None,
    until: Annotated[Instant | None, Query(description="Received before.")] = None,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Performance:
    """Return how good each version is by the outcomes that were told, and apart, each shadow."""
    wanted = PerformanceFilter(since=since, until=until, version=version)
    return services.performance.of(name, wanted)


@router.get("/{name}/performance/series")
def get_performance_series(
    name: Name,
    services: Services,
    *,
    since: Annotated[Instant | None, Query(description="30 days before the end.")] = None,
    until: Annotated[Instant | None, Query(description="Now, if left out.")] = None,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    parts: Annotated[int, Query(ge=1, le=100, description="Spans of equal length.")] = 30,
) -> PerformanceSeries:
    """Return how good each version was in spans of time, by when the requests were received."""
    wanted = PerformanceFilter(since=since, until=until, version=version)
    return services.performance.series(name, wanted, parts=parts, now=utc_now())


@router.get("/{name}/health")
def get_health(
    name: Name,
    services: Services,
    *,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    origin: HealthOrigin | None = None,
    schedule: Name | None = None,
    cursor: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> Page[ModelHealth]:
    """Return how far versions have drifted from their samples, the newest look first."""
    wanted = HealthFilter(model=name, version=version, origin=origin, schedule=schedule)
    found = services.model_health.page(wanted, before=cursor, limit=limit)
    return Page(items=found, next=found[-1].id if len(found) == limit else None)


@router.get("/{name}/events")
def list_events(
    name: Name,
    services: Services,
    cursor: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> Page[Event]:
    """Return what happened to the model, the oldest first."""
    found = services.models.history(name, after=cursor or 0, limit=limit)
    return Page(items=found, next=found[-1].id if len(found) == limit else None)


def _follow(services: Factory) -> None:
    """Let this service's Showroom take notice at once; others do so within a second."""
    if services.settings.showroom.enabled:
        services.showroom.live.follow()
