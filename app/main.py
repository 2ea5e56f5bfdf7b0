"""The service: puts the routers, the launcher and the error bodies together, and starts them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from app import __version__, log_setup
from app.clock import utc_now
from app.errors import AppError
from app.factory import Factory
from app.garbage import settle
from app.orphan import end_with_parent
from app.redaction import learn
from app.routers import (
    alert_channels,
    alert_rules,
    alerts,
    audit,
    case_files,
    cases,
    checks,
    dispatches,
    docs,
    health,
    log_in_pages,
    logs,
    metrics,
    models,
    monitor,
    page,
    predictions,
    runs,
    schedules,
    session,
    single_sign_on,
    slurm,
    sources,
    tasks,
    tokens,
    tryouts,
    users,
    windows,
)
from app.routers import (
    settings as shown_settings,
)
from app.routers.access import Access
from app.routers.bodies import BoundBodies
from app.routers.description import describe
from app.routers.doorman import Doorman
from app.routers.front import Front
from app.routers.guard import Guard
from app.routers.listening import listening
from app.routers.parts import answer, away, http_error, invalid, unexpected
from app.routers.protocols.door import ForeignDoor
from app.routers.showroom import PredictionDoor
from app.routers.streams import Followers
from app.scheduler.launchers.together import Launchers
from app.scheduler.leader import Leader
from app.scheduler.tryouts import Tryouts
from app.services.alert_sender import AlertSender
from app.services.workers import shared
from app.settings import Settings, load_settings, var
from app.watch.monitor import Monitor

_SILENT_SECONDS = 30
"""How long a worker may be silent, as it is while it imports on a busy machine."""


def create_app(settings: Settings | None = None) -> Front:
    """Make the application. Its start refuses an outdated schema."""
    settings = settings or load_settings()
    secrets = (
        settings.secrets.key, settings.single_sign_on.client_secret, settings.slurm.token
    )  # fmt: skip
    learn(one.get_secret_value() for one in secrets)
    factory = Factory(settings)
    counted = factory.metrics.counted if factory.settings.metrics.enabled else None
    doorman, inner = Doorman(factory), framework(factory)
    guarded = Guard(inner, routes=inner.router.routes, doorman=doorman)
    surrounded = Access(guarded, counted=counted, refused=doorman.refused)
    foreign = ForeignDoor(surrounded, factory=factory, doorman=doorman, counted=counted)
    door = PredictionDoor(foreign, factory=factory, doorman=doorman)
    return Front(door, factory=factory)


def framework(factory: Factory) -> FastAPI:
    """Make all of the application but the way to predictions."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        end_with_parent()
        log_setup.catch_strays()
        factory.check_schema()
        for file in factory.settings.resources:
            factory.declarations.apply(file, now=utc_now())
            factory.declarations.release(file, now=utc_now())
        launcher = Launchers(factory, clock=utc_now)
        sender = AlertSender(
            factory.outbox,
            factory.settings.alerts,
            clock=utc_now,
            reach=factory.reach,
            service=factory.settings.server.url,
        )
        app.state.wake_launcher = launcher.wake
        app.state.wake_sender = sender.wake
        leader = Leader(factory, clock=utc_now, on_queued=launcher.wake)
        watch = Monitor(factory, clock=utc_now)
        factory.refusals.start()
        launcher.start()
        leader.start()
        sender.start()
        factory.looks.local.scheduler_fault = leader.fault
        if factory.settings.showroom.enabled:
            factory.showroom.start()
            factory.looks.local.showroom = lambda: factory.showroom
        watch.start()
        if factory.settings.metrics.enabled:
            show = factory.showroom.show if factory.settings.showroom.enabled else None
            factory.metrics.start(show, utc_now())
        yield
        if factory.settings.metrics.enabled:
            factory.metrics.stop()
        watch.stop()
        if factory.settings.showroom.enabled:
            factory.showroom.stop()
        leader.stop()
        launcher.stop()
        sender.stop()
        factory.refusals.stop()
        app.state.tryouts.stop()
        factory.close()

    app = FastAPI(
        title="Disparo",
        version=__version__,
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,  # ours needs no script in the page
        redoc_url=None,
    )
    app.state.factory = factory
    app.state.tryouts = Tryouts(factory.settings, factory.state)
    app.state.wake_launcher = _none_to_wake
    app.state.wake_sender = _none_to_wake
    most = factory.settings.scheduler.log_followers
    app.state.log_followers = Followers(most, what="logs", setting="scheduler.log_followers")
    most = factory.settings.monitor.followers
    app.state.followers = Followers(most, what="the Monitor", setting="monitor.followers")
    for module in (
        alert_channels, alert_rules, alerts,
        health, dispatches, tasks, logs, schedules, tryouts, runs, models, case_files, cases,
        predictions, sources, checks, windows, monitor, slurm, metrics, tokens, session, users,
        log_in_pages, single_sign_on, audit, shown_settings, page, docs,
    ):  # fmt: skip
        # The routes themselves, which are built when they are imported: those of an included router
        # are built anew, which takes long, and at the first request, beside running threads.
        app.router.routes.extend(module.router.routes)
    describe(app, factory)
    _answer_errors(app)
    app.add_middleware(BoundBodies, most=factory.settings.server.max_body)
    return app


def _none_to_wake() -> None:
    """Stand in for the launcher and the sender until the start."""


def _answer_errors(app: FastAPI) -> None:
    """Answer every error with a problem document."""

    @app.exception_handler(AppError)
    def _app_error(_: Request, error: AppError) -> Response:
        return answer(error)

    @app.exception_handler(RequestValidationError)
    def _invalid(_: Request, error: RequestValidationError) -> Response:
        return invalid(error)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        return http_error(request, error)

    @app.exception_handler(Exception)
    def _unexpected(_: Request, __: Exception) -> Response:
        return unexpected()

    @app.exception_handler(sa.exc.OperationalError)
    def _away(_: Request, error: sa.exc.OperationalError) -> Response:
        return away(error)


def served() -> Front:
    """Make the application in a process that is the service's alone."""
    front = create_app()
    settle()
    return front


def serve(settings: Settings) -> None:
    """Run the service until it is told to stop."""
    server, told = settings.server, settings.logs
    _furnish(settings)
    options = listening(server, var())
    _say_where(settings)
    with shared(var() / "metrics") if settings.server.workers > 1 else nullcontext():
        uvicorn.run(
            "app.main:served",
            factory=True,
            **options,
            # Streams have no end of their own: who follows one does not hold up a stop.
            timeout_graceful_shutdown=server.goodbye_seconds,
            timeout_worker_healthcheck=_SILENT_SECONDS,
            log_config=log_setup.config(
                level=told.level, form=told.format, most=told.max_characters
            ),
            log_level=None,
            access_log=False,
        )


def _furnish(settings: Settings) -> None:
    """Make the tables and register the model, where the settings say that a directory has one."""
    if directory := settings.protocols.model_directory:
        from app.services.containers import register_found  # it loads what loads models

        factory = Factory(settings)
        factory.upgrade_schema()
        register_found(factory.models, Path(directory), settings.protocols.model, now=utc_now())
        factory.close()


def _say_where(settings: Settings) -> None:
    """Tell the person who starts the service where it is, and how the first admin is made."""
    factory = Factory(settings)
    factory.check_schema()
    lines = [f"Disparo {__version__}: open {settings.server.address}/"]
    link = factory.links.first(now=utc_now()) if settings.auth.mode == "accounts" else None
    if link is not None:
        hours = settings.passwords.link_seconds / 3600
        lines += [
            f"There is no admin yet. This link makes one, once, within {hours:g} h:",
            f"  {settings.server.address}{link.path}",
        ]
    factory.close()
    print(*lines, sep="\n", flush=True)  # noqa: T201 - said to the person who started it
