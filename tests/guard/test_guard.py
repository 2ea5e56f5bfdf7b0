"""The guard: who is let in, what the others are told, and how soon that changes."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import anyio
import pytest
from starlette.types import Message, Scope

from app.clock import utc_now
from app.factory import Factory
from app.routers import rights
from app.values.account import Role
from app.values.check import Check
from tests.asgi import Api
from tests.guard.letting import closed, token
from tests.patience import await_that
from tests.people.knowing import log_in, user

SOURCE = {"name": "place", "connection": "sqlite:///place.sqlite"}


@pytest.fixture
def door(anywhere: Factory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Give the application that lets nobody in unknown, on each database."""
    assert anywhere
    with closed(monkeypatch) as api:
        yield api


def test_nobody_is_let_in_unknown(door: Api) -> None:
    """401 is a problem document that says what to send, and so does its header."""
    refused = door.get("/schedules")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Bearer realm="disparo"'
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:disparo:unauthenticated"
    assert "disparo tokens create" in refused.json()["detail"]
    assert "x-request-id" in refused.headers
    assert door.get("/health/live").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/docs", "/openapi.json", "/metrics", "/health/ready", "/redoc", "/nothing/"],
)
def test_not_even_what_there_is_is_told(door: Api, path: str) -> None:
    """Documents, metrics and paths that do not exist are as closed as the rest."""
    assert door.get(path).status_code == 401
    assert door.post(path).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "disparo_x",
        "Bearer disparo_" + "x" * 43,
        "Bearer nonsense",
        "Bearer \xff\xfe",
        "Bearer " + "x" * 10_000,
    ],
)
def test_what_is_no_token_is_refused(door: Api, header: str) -> None:
    """Other schemes, unknown tokens, nonsense: 401, and what is wrong in the header."""
    refused = door.get("/schedules", headers={"Authorization": header.encode("latin-1")})
    assert refused.status_code == 401
    assert 'error="invalid_' in refused.headers["www-authenticate"]


def test_two_authorizations_are_none(door: Api) -> None:
    """Which of two would count is not for us to guess."""
    mine = token(door.application.factory)["Authorization"]
    both = [("Authorization", mine), ("Authorization", mine)]
    assert door.get("/schedules", headers=both).status_code == 401


def test_a_role_may_what_it_may_and_no_more(door: Api) -> None:
    """A viewer reads; 403 says which role it takes and which there is."""
    viewer = token(door.application.factory)
    assert door.get("/sources", headers=viewer).status_code == 200
    assert door.get("/nothing", headers=viewer).status_code == 404
    assert door.post("/nothing", headers=viewer).status_code == 404
    assert door.delete("/sources", headers=viewer).status_code == 405
    refused = door.post("/sources", SOURCE, headers=viewer)
    assert refused.status_code == 403
    assert refused.json() == {
        "type": "urn:disparo:forbidden",
        "title": "Forbidden",
        "status": 403,
        "detail": "POST /sources needs the role admin, and token ci has viewer; ask an admin for it",
        "facts": {"needed": "admin", "role": "viewer"},
    }


def test_who_did_what_is_on_record_by_the_tokens_name(door: Api) -> None:
    """Events name the token that acted."""
    factory = door.application.factory
    admin = token(factory, "deployer", Role.ADMIN)
    made = door.post("/tokens", {"name": "reader", "role": "viewer"}, headers=admin)
    assert made.status_code == 201
    [event] = door.get("/tokens/reader/events", headers=admin).json()["items"]
    assert (event["name"], event["actor"]) == ("created", "token deployer")


def test_a_revoked_token_is_refused_at_once_where_it_was_revoked(door: Api) -> None:
    """The process that revokes forgets what it remembers."""
    admin, reader = (
        token(door.application.factory, "admin", Role.ADMIN),
        token(door.application.factory, "reader"),
    )
    assert door.get("/sources", headers=reader).status_code == 200
    assert door.delete("/tokens/reader", headers=admin).status_code == 204
    assert door.get("/sources", headers=reader).status_code == 401
    assert door.delete("/tokens/reader", headers=admin).status_code == 409


def test_a_token_ends_when_it_is_to(door: Api) -> None:
    """An expired token is refused, though it was not revoked."""
    factory = door.application.factory
    long_ago = utc_now() - timedelta(days=1)
    admin = token(factory, "admin", Role.ADMIN)
    new = {"name": "late", "role": "viewer", "expires_at": long_ago.isoformat()}
    assert door.post("/tokens", new, headers=admin).status_code == 422
    soon = utc_now() + timedelta(seconds=0.2)
    late = token(factory, "late", expires_at=soon)
    anyio.run(anyio.sleep, 0.25)
    assert door.get("/sources", headers=late).status_code == 401


def test_a_route_that_the_table_lacks_is_refused_to_all(
    door: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Closed by default: also an admin gets 403, and the log names the route."""
    admin = token(door.application.factory, "admin", Role.ADMIN)
    lacking = {line: right for line, right in rights.RIGHTS.items() if line != "GET /sources"}
    monkeypatch.setattr(rights, "RIGHTS", lacking)
    with caplog.at_level(logging.ERROR):
        refused = door.get("/sources", headers=admin)
    assert refused.status_code == 403
    assert "no rule says who may GET /sources" in refused.json()["detail"]
    assert "GET /sources" in caplog.text


def test_a_websocket_is_closed(door: Api) -> None:
    """There are none, and what is not in the table is refused."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    scope: Scope = {
        "type": "websocket",
        "path": "/monitor/stream",
        "headers": [],
        "query_string": b"",
    }
    anyio.run(door.application, scope, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_a_stream_ends_when_its_reader_may_not_read_any_more(door: Api) -> None:
    """A token that is revoked while its stream runs gets no further event."""
    factory = door.application.factory
    reader = token(factory, "reader")

    async def following() -> list[str]:
        seen: list[str] = []
        scope = _request("/monitor/stream", reader)

        async def receive() -> Message:
            await anyio.sleep_forever()
            return {}

        async def send(message: Message) -> None:
            seen.append(str(message.get("body", message["type"])))
            if len(seen) == 2:  # the start, and the first event
                factory.tokens.revoke("reader", actor="test", now=utc_now())
                await anyio.to_thread.run_sync(_post, factory)

        with anyio.fail_after(20):
            await door.application(scope, receive, send)
        return seen

    start, first, end = anyio.run(following)
    assert start == "http.response.start"
    assert "event: document" in first
    assert end == "b''"


def test_a_token_that_is_revoked_elsewhere_is_soon_refused(
    door: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process on the same database follows within `auth.remember_seconds`."""
    reader = token(door.application.factory, "reader")
    with closed(monkeypatch, remember_seconds=0.05) as other:
        assert other.get("/sources", headers=reader).status_code == 200
        door.application.factory.tokens.revoke("reader", actor="test", now=utc_now())
        await_that(lambda: other.get("/sources", headers=reader).status_code == 401)


def test_a_file_is_broken_off_when_its_reader_may_not_read_any_more(door: Api) -> None:
    """What was sent of it does not look whole: its end is not told."""
    factory = door.application.factory
    admin = token(factory, "admin", Role.ADMIN)

    async def reading() -> list[Message]:
        sent: list[Message] = []

        async def receive() -> Message:
            await anyio.sleep_forever()
            return {}

        async def send(message: Message) -> None:
            sent.append(message)
            if len(sent) == 2:  # the start, and the line of headings
                factory.tokens.revoke("admin", actor="test", now=utc_now())

        with anyio.fail_after(20):
            await door.application(_request("/audit/export", admin), receive, send)
        return sent

    start, headings = anyio.run(reading)
    assert start["status"] == 200
    assert headings["more_body"]


def test_another_sites_page_makes_no_browser_act(door: Api) -> None:
    """Told by Fetch metadata and Origin, where no token is sent; programs send neither."""
    admin = token(door.application.factory, "admin", Role.ADMIN)
    other = {"Origin": "https://other.example", "Sec-Fetch-Site": "cross-site"}
    refused = door.post("/monitor/scheduler/pause", headers=other)
    assert refused.status_code == 403
    assert "another site" in refused.json()["detail"]
    assert door.post("/monitor/scheduler/pause", headers={**admin, **other}).status_code == 200


def test_a_session_lets_in_as_its_user(door: Api) -> None:
    """By its cookie; what the user may counts, and their name stands on record."""
    factory = door.application.factory
    user(factory, "ana", Role.OPERATOR)
    cookie = {"Cookie": f"other=1; disparo_session={log_in(factory, 'ana', utc_now())}"}
    assert door.post("/monitor/scheduler/pause", headers=cookie).status_code == 200
    assert door.get("/monitor", headers=cookie).status_code == 200
    assert door.get("/tokens", headers=cookie).status_code == 403
    foreign = {**cookie, "Sec-Fetch-Site": "cross-site"}
    assert door.post("/monitor/scheduler/resume", headers=foreign).status_code == 403
    assert door.get("/monitor/stream", headers=foreign).status_code == 403
    factory.sessions.end_all("ana", actor="test", now=utc_now())
    assert door.get("/monitor", headers=cookie).status_code == 401
    nonsense = {"Cookie": "disparo_session=nonsense"}
    assert door.get("/monitor", headers=nonsense).status_code == 401


def test_a_person_who_is_not_logged_in_is_led_to_the_log_in(door: Api) -> None:
    """And back from there; programs get 401, and so does what is not for reading."""
    browser = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
    led = door.get("/docs?x=1", headers=browser)
    assert (led.status_code, led.headers["location"]) == (303, "/login?next=%2Fdocs%3Fx%3D1")
    assert door.post("/tokens", {}, headers=browser).status_code == 401


def test_where_nobody_is_asked_other_sites_are_refused_all_the_same(api: Api) -> None:
    """A page that somebody looks at cannot use the service on their own machine."""
    cross = {"Sec-Fetch-Site": "cross-site"}
    for path in ("/monitor/scheduler/pause", "/showroom/predictions"):
        assert api.post(path, headers=cross).status_code == 403, path
    assert api.get("/monitor", headers=cross).status_code == 200


def _post(factory: Factory) -> None:
    """Let there be a change for those who follow the Monitor."""
    target = {"kind": "host", "address": "db.example", "port": 3306}
    spec = Check.model_validate({"name": "db", "target": target})
    factory.checks.create(spec, actor="test", now=utc_now())
    factory.board.post(factory.monitor.document(now=utc_now()))


def _request(path: str, headers: dict[str, str]) -> Scope:
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [
            (b"host", b"localhost"),
            *((name.lower().encode(), value.encode()) for name, value in headers.items()),
        ],
        "client": ("192.0.2.1", 1),
        "server": ("disparo", 80),
        "scheme": "http",
        "http_version": "1.1",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
    }
