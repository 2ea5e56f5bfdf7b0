"""One id from a request to all that comes of it."""

import re
from datetime import timedelta

import httpx

from app.factory import Factory
from app.values.brief import DispatchFilter
from app.values.dispatch import DispatchError, DispatchState
from tests.alerts.telling import alerts, channel, declared, rule
from tests.asgi import Api
from tests.scheduling import NOON
from tests.scheduling import declared as scheduled

SENT = {"X-Request-ID": "from-a-proxy/1"}
MADE = re.compile(r"[0-9a-f]{32}")


def test_every_answer_has_its_id(api: Api) -> None:
    """The client's own, or one that was made: of what is well, refused, and of predictions."""
    for path in ("/health/live", "/nowhere", "/dispatches?limit=x", "/metrics"):
        assert api.get(path, headers=SENT).headers["X-Request-ID"] == "from-a-proxy/1"
        assert MADE.fullmatch(api.get(path).headers["X-Request-ID"])
    body = {"model": "none", "cases": [{}]}
    refused = api.post("/showroom/predictions", body, headers=SENT)
    assert (refused.status_code, refused.headers["X-Request-ID"]) == (404, "from-a-proxy/1")
    assert MADE.fullmatch(api.post("/showroom/predictions", body).headers["X-Request-ID"])


def test_each_request_has_an_id_of_its_own(api: Api) -> None:
    """None is left over from the one before."""
    found = {api.get("/health/live").headers["X-Request-ID"] for _ in range(5)}
    assert len(found) == 5


def test_an_id_that_is_not_sane_is_replaced(api: Api) -> None:
    """It would go into logs, records and answers."""
    answer = api.get("/health/live", headers={"X-Request-ID": "a" * 129})
    assert MADE.fullmatch(answer.headers["X-Request-ID"])


def _factory(api: Api) -> Factory:
    factory: Factory = api.application.factory
    return factory


def _ended(api: Api, queued: httpx.Response) -> int:
    """Let a dispatch fail; return its id."""
    found: int = queued.json()["id"]
    claim = _factory(api).queue.claim(found, now=NOON + timedelta(days=10_000))
    assert claim is not None
    error = DispatchError(slug="x", title="X", detail="it broke", can_pass=True)
    failed = DispatchState.FAILED
    _factory(api).queue.finish(claim, failed, now=NOON, actor="test", error=error)
    return found


def test_a_dispatch_its_retry_and_its_alert_name_the_request(api: Api) -> None:
    """What a request queues has its id on record, and so has what people are told of it."""
    factory = _factory(api)
    declared(factory, channel(), rule())
    scheduled(factory, policies={"retries": {"limit": 1, "delay": "PT1S", "jitter": 0}})
    queued = api.post("/schedules/each-minute/run", {}, headers=SENT)
    assert queued.status_code == 202, queued.text
    assert queued.json()["order"]["request_id"] == "from-a-proxy/1"
    first = _ended(api, queued)
    [retry] = factory.dispatches.page(DispatchFilter(state=DispatchState.QUEUED))
    assert (retry.retry_of, retry.order.request_id) == (first, "from-a-proxy/1")
    _ended(api, api.get(f"/dispatches/{retry.id}"))
    assert [one.notice.request_id for one in alerts(factory)] == ["from-a-proxy/1"]


def test_what_no_request_queued_names_none(api: Api) -> None:
    """The scheduler and the command line have no request."""
    factory = _factory(api)
    scheduled(factory)
    made = factory.dispatches.order("each-minute", now=NOON, actor="test")
    assert made.order.request_id is None
