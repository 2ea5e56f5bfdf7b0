"""Finds out who asks, and refuses what their role and their token's scope do not allow."""

from collections.abc import Mapping
from typing import Any

from starlette.types import Scope

from app import request_ids
from app.clock import utc_now
from app.errors import ForbiddenError, UnauthenticatedError
from app.factory import Factory
from app.redaction import without_secrets
from app.routers import client
from app.routers.parts import PRINCIPAL
from app.routers.rights import Right
from app.services.refusals import Refusal
from app.services.scopes import require_model
from app.values import cross_site
from app.values.account import ANYBODY, Kind, Principal

REASON = "disparo.refused"
"""Where a request's scope tells why it was refused."""
_LONGEST = 200
"""Characters of a path that are told."""
COOKIE = b"disparo_session"
_CHALLENGE = 'Bearer realm="disparo"'
_HOW = (
    "log in at /login, or send a token as `Authorization: Bearer TOKEN`; an admin makes one with "
    "`disparo tokens create NAME --role viewer`, or POST /tokens"
)


class Doorman:
    """Knows who asks, by a token or a session; anybody does where `auth.mode` is `none`."""

    def __init__(self, factory: Factory) -> None:
        self._is_open = factory.settings.auth.mode == "none"
        self._tokens = factory.token_ring
        self._sessions = factory.sessions
        self._session_ring = factory.session_ring
        self._refusals = factory.refusals

    async def admitted(self, scope: Scope, right: Right) -> Principal | None:
        """Return who asks, who may do this; it stands in the request's scope from then on.

        None: nobody needs to say who they are. Raises UnauthenticatedError, ForbiddenError,
        DatabaseAwayError, BusyError.
        """
        secret = None if self._is_open else _bearer(scope)
        if secret is None:
            _require_own(scope, right)
        if right.role is None:
            return None
        principal = ANYBODY if self._is_open else await self._asker(scope, secret)
        scope[PRINCIPAL] = principal
        _require(principal, right, scope)
        return principal

    def refused(self, scope: Scope, status: int, reason: str = "") -> None:
        """Note that a request was refused: by a doorman, or because of what its token is for.

        A log-in that fails is no such thing: who logs in notes that.
        """
        principal: Principal | None = scope.get(PRINCIPAL)
        reason = reason or scope.get(REASON, "")
        if principal is None and not reason:
            return
        request_id = request_ids.current()
        refusal = Refusal(
            actor="nobody" if principal is None else principal.actor,
            address=client.address(scope)[:60],
            request=request_id,
            status=status,
            method=str(scope["method"])[:20],
            path=without_secrets(scope["path"][:_LONGEST]),
            reason=reason.partition("; ")[0],  # what to do next is for who was refused
        )
        self._refusals.note(refusal, now=utc_now())

    async def _asker(self, scope: Scope, secret: bytes | None) -> Principal:
        if secret is None:
            return await self._in_session(scope)
        found = self._tokens.seen(secret) or await self._tokens.principal(secret)
        if found is None:
            raise UnauthenticatedError(
                f"this token is unknown, expired or revoked; {_HOW}",
                challenge=f'{_CHALLENGE}, error="invalid_token"',
            )
        return found

    async def _in_session(self, scope: Scope) -> Principal:
        cookie = session_cookie(scope)
        if not cookie:
            raise UnauthenticatedError(f"you are not logged in, and sent no token; {_HOW}")
        found = self._sessions.recall(cookie, now=utc_now())
        found = found or await self._session_ring.principal(cookie.encode())
        if found is None:
            raise UnauthenticatedError(f"you are logged out, or your session has ended; {_HOW}")
        return found


def caller(scope: Scope) -> str:
    """Return who asks, as records of predictions name them: anybody by their address."""
    principal: Principal = scope[PRINCIPAL]
    return client.address(scope) if principal.kind is Kind.ANYBODY else principal.actor


def require_in_path(principal: Principal, right: Right, parameters: Mapping[str, Any]) -> None:
    """Raise ForbiddenError if the path names a model that the token may not ask."""
    if right.model is not None:
        require_model(principal.scope, str(parameters[right.model]))


def session_cookie(scope: Scope) -> str:
    """Return the secret of the session that a browser sends, or nothing."""
    for name, value in scope["headers"]:
        if name == b"cookie":
            for one in value.split(b";"):
                key, _, secret = one.strip().partition(b"=")
                if key == COOKIE:
                    return str(secret.decode("latin-1").strip('"'))
    return ""


def _bearer(scope: Scope) -> bytes | None:
    """Return the token that is sent, if one is. Raises UnauthenticatedError for what is none."""
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if not values:
        return None
    scheme, _, secret = values[0].partition(b" ")
    if len(values) > 1 or scheme.lower() != b"bearer" or not secret.strip():
        raise UnauthenticatedError(
            f"there must be one header Authorization, which says Bearer; {_HOW}",
            challenge=f'{_CHALLENGE}, error="invalid_request"',
        )
    return bytes(secret.strip())


def _require_own(scope: Scope, right: Right) -> None:
    """Raise ForbiddenError if another site's page makes a browser send this."""
    fault = cross_site.fault(scope["method"], scope["headers"], is_stream=right.streams)
    if fault is not None:
        raise ForbiddenError(
            f"this request comes from a page of another site ({fault}); where a proxy stands "
            "between, let it pass on Host"
        )


def _require(principal: Principal, right: Right, scope: Scope) -> None:
    assert right.role is not None  # noqa: S101 - else nobody is asked who they are
    if not principal.role.covers(right.role):
        raise ForbiddenError(
            f"{_what(scope)} needs the role {right.role}, and {principal.actor} has "
            f"{principal.role}; ask an admin for it",
            needed=right.role,
            role=principal.role,
        )
    if principal.scope.predict_only and not right.predicts:
        raise ForbiddenError(
            f"{principal.actor} is for predictions alone, and {_what(scope)} is none; use a token "
            "with the scope all",
            scope="predict",
        )


def _what(scope: Scope) -> str:
    return f"{scope['method']} {scope['path'][:_LONGEST]}"
