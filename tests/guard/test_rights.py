"""Every path and method of the application, and every stream, as each kind of asker.

What the table of rights says is what happens; what it lacks fails here.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from starlette.types import Message

from app.clock import utc_now
from app.factory import Factory
from app.routers.guard import Guard
from app.routers.rights import RIGHTS, Right
from app.values.account import Role
from app.values.token import TokenScope
from tests.asgi import Api
from tests.casework import register
from tests.guard.letting import closed, token

METHODS = {"get", "head", "post", "put", "patch", "delete", "options", "trace"}
STREAMS = ("GET /monitor/stream", "GET /dispatches/{dispatch_id}/log")
MODEL = "flight-delay"


@pytest.fixture
def door(factory: Factory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Give the application that lets nobody in unknown."""
    assert factory
    with closed(monkeypatch) as api:
        yield api


def _guard(api: Api) -> Guard:
    layer: object = api.application
    while not isinstance(layer, Guard):
        layer = layer._app  # type: ignore[attr-defined]
    return layer


def _routes(api: Api) -> set[str]:
    """Return all that the application has: what it documents, and what it does not."""
    found = {
        f"{method} {route.path}"  # type: ignore[attr-defined]
        for route in _guard(api)._routes._all
        for method in getattr(route, "methods", None) or {"GET"}
    }
    return {line for line in found if not line.startswith("HEAD ")}


def _documented(api: Api, headers: dict[str, str]) -> set[str]:
    paths = api.get("/openapi.json", headers=headers).json()["paths"]
    return {f"{one.upper()} {path}" for path, item in paths.items() for one in METHODS & set(item)}


def test_the_table_has_a_line_for_each_route_and_none_for_what_is_not(door: Api) -> None:
    """A new path fails this until somebody has said who may reach it."""
    documented = _documented(door, token(door.application.factory))
    assert documented
    assert _routes(door) | documented == set(RIGHTS)


def test_all_that_may_be_a_stream_is_marked_so() -> None:
    """Another site's page cannot make a browser hold one."""
    assert {line for line, right in RIGHTS.items() if right.streams} == set(STREAMS)


def _askers(factory: Factory) -> dict[str, dict[str, str]]:
    made = {role: token(factory, f"a-{role}", role) for role in Role}
    soon = utc_now() + timedelta(milliseconds=1)
    expired = token(factory, "a-late", Role.ADMIN, expires_at=soon)
    revoked = token(factory, "a-gone", Role.ADMIN)
    factory.tokens.revoke("a-gone", actor="test", now=utc_now())
    predict = TokenScope.PREDICT
    return {
        "nobody": {},
        **{str(role): headers for role, headers in made.items()},
        "expired": expired,
        "revoked": revoked,
        "predict": token(factory, "p-all", Role.OPERATOR, scope=predict),
        "predict here": token(factory, "p-1", Role.OPERATOR, scope=predict, models=(MODEL,)),
        "predict elsewhere": token(factory, "p-2", Role.ADMIN, scope=predict, models=("other",)),
    }


ASKERS = (
    "nobody", "viewer", "operator", "admin", "expired", "revoked",
    "predict", "predict here", "predict elsewhere",
)  # fmt: skip


def _expected(right: Right, asker: str) -> int | None:
    """Return the status with which an asker is refused; None: the asker is let through."""
    if right.role is None:
        return None
    if asker in {"nobody", "expired", "revoked"}:
        return 401
    if asker.startswith("predict"):
        is_elsewhere = asker == "predict elsewhere" and right.model is not None
        return None if right.predicts and not is_elsewhere else 403
    return None if Role(asker).covers(right.role) else 403


def _path(line: str) -> str:
    """Return an address that fits a template: the model is one that there is, all else is not."""
    template = line.split(" ", 1)[1]
    if template.startswith(("/models/", "/v2/models/", "/endpoints/")):
        template = template.replace("{name}", MODEL)
    for parameter in ("number", "case_id", "dispatch_id", "backfill_id"):
        template = template.replace("{" + parameter + "}", "987654")
    template = template.replace("{request_id}", "0" * 32).replace("{path:path}", "index.html")
    return re.sub(r"\{\w+\}", "no-such-thing", template)


@pytest.fixture
def known(door: Api, tmp_path: Path) -> Api:
    """Give the application with two models on record."""
    for name in (MODEL, "other"):
        register(door.application.factory, tmp_path, name=name)
    return door


def test_each_asker_is_refused_or_let_through_as_the_table_says(known: Api) -> None:
    """Nobody, each role, an expired token, a revoked one, and those for predictions."""
    askers = _askers(known.application.factory)
    assert tuple(askers) == ASKERS
    wrong = []
    for line, right in RIGHTS.items():
        for asker, headers in askers.items():
            found = _status(known, line, headers)
            expected = _expected(right, asker)
            is_right = found not in {401, 403} if expected is None else found == expected
            if not is_right:
                wrong.append(f"{line} as {asker}: {found}, and not {expected or 'let through'}")
    assert wrong == []


def _status(api: Api, line: str, headers: dict[str, str]) -> int:
    """Send a request that changes nothing, and return the status of its answer.

    Of a stream no more is read than its beginning.
    """
    method = line.split(" ", 1)[0]
    found: list[int] = []

    async def asking() -> None:
        with anyio.move_on_after(30) as waiting:

            async def receive() -> Message:
                if found:
                    await anyio.sleep_forever()
                return {"type": "http.request", "body": b"{}", "more_body": False}

            async def send(message: Message) -> None:
                if message["type"] == "http.response.start":
                    found.append(message["status"])
                else:
                    waiting.cancel()

            await api.application(_scope(method, _path(line), headers), receive, send)

    anyio.run(asking)
    return found[0]


def _scope(method: str, path: str, headers: dict[str, str]) -> dict[str, object]:
    given = {"host": "localhost", "content-type": "application/json", **headers}
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        "client": ("192.0.2.1", 1),
        "server": ("disparo", 80),
        "scheme": "http",
        "http_version": "1.1",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
    }
