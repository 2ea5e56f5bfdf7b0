"""Programs with tokens, and a service that lets nobody else in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest

from app.clock import utc_now
from app.factory import Factory
from app.main import create_app
from app.values.account import Role
from app.values.token import NewToken, TokenScope
from tests import read_once
from tests.asgi import Api


@contextmanager
def closed(monkeypatch: pytest.MonkeyPatch, **settings: object) -> Iterator[Api]:
    """Give the application where `auth.mode` is `accounts`, without its start."""
    with monkeypatch.context() as patch:
        for name, value in {"mode": "accounts", **settings}.items():
            patch.setenv(f"DISPARO_AUTH__{name.upper()}", str(value))
        application = create_app(read_once.settings())
    yield Api(application)
    application.factory.close()


def token(
    factory: Factory,
    name: str = "ci",
    role: Role = Role.VIEWER,
    *,
    scope: TokenScope = TokenScope.ALL,
    models: tuple[str, ...] = (),
    expires_at: datetime | None = None,
) -> dict[str, str]:
    """Make a token; return the header that shows it."""
    new = NewToken(name=name, role=role, scope=scope, models=models, expires_at=expires_at)
    _, secret = factory.tokens.create(new, actor="test", now=utc_now())
    return {"Authorization": f"Bearer {secret}"}
