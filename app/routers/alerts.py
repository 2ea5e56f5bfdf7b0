"""Alerts: what was sent, what waits, what failed; failed ones are tried again."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from app.clock import utc_now
from app.routers.parts import PROBLEMS, STRICT, Actor, Page, Services
from app.values.alert import Alert, AlertFilter, AlertState
from app.values.base import Name
from app.values.notice import Subject

router = APIRouter(prefix="/alerts", tags=["alerts"], responses=PROBLEMS, dependencies=STRICT)
Id = Annotated[int, Path(ge=1, le=2**62)]


@router.get("")
def list_alerts(
    services: Services,
    *,
    channel: Name | None = None,
    rule: Name | None = None,
    subject: Subject | None = None,
    name: Name | None = None,
    state: AlertState | None = None,
    cursor: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> Page[Alert]:
    """List the alerts, the newest first. They are kept for alerts.keep_days once they ended."""
    wanted = AlertFilter(channel=channel, rule=rule, subject=subject, name=name, state=state)
    found = services.alerts.page(wanted, before=cursor, limit=limit)
    return Page(items=found, next=found[-1].id if len(found) == limit else None)


@router.get("/{number}")
def get_alert(number: Id, services: Services) -> Alert:
    """Return one alert."""
    return services.alerts.get(number)


@router.post("/{number}/retry")
def retry_alert(number: Id, services: Services, actor: Actor, request: Request) -> Alert:
    """Try an alert again that has failed, with the idempotency key that it had."""
    alert = services.alerts.try_again(number, actor=actor, now=utc_now())
    request.app.state.wake_sender()
    return alert
