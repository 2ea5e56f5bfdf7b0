"""An OpenID Connect provider: where it sends people, and what it says of who comes back.

OpenID Connect Core 1.0 (the code flow), Discovery 1.0 and RP-Initiated Logout 1.0; PKCE (RFC 7636);
the issuer in the answer (RFC 9207). The provider's documents and keys are remembered for a while,
and its keys are asked for anew when a word is signed by one that is not known: providers change
them.
"""

import json
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from app.errors import ProviderError, UnauthenticatedError
from app.settings_access import SingleSignOn
from app.values.sign_on import Begun, groups

_MOST = 2**20
"""Bytes of an answer that are read."""
_REMEMBERED = timedelta(hours=1)
_AGAIN = timedelta(seconds=10)
"""How long after its keys were read a provider is not asked for them again."""
_ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
"""Signatures by a key that the provider alone has: never `none`, and no shared secret."""
_SUBJECT = 255
_BASIC = "client_secret_basic"
Json = dict[str, Any]


class Provider:
    """The provider that the settings name."""

    def __init__(self, bounds: SingleSignOn) -> None:
        self._bounds = bounds
        self._lock = threading.Lock()
        self._metadata: tuple[datetime, Json] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    def address(self, begun: Begun, redirect: str, *, now: datetime) -> str:
        """Return where a browser goes to log in. Raises ProviderError."""
        found: str = prepare_grant_uri(
            self._endpoint("authorization_endpoint", now),
            client_id=self._bounds.client_id,
            response_type="code",
            redirect_uri=redirect,
            scope=" ".join(self._bounds.scopes),
            state=begun.state,
            nonce=begun.nonce,
            code_challenge=create_s256_code_challenge(begun.verifier),
            code_challenge_method="S256",
        )
        return found

    def logout_address(self, back: str, *, now: datetime) -> str | None:
        """Return where a browser goes to log out at the provider; None: the provider has no way."""
        place = self._known_metadata(now).get("end_session_endpoint")
        if not isinstance(place, str):
            return None
        told = {"client_id": self._bounds.client_id, "post_logout_redirect_uri": back}
        return f"{place}{'&' if '?' in place else '?'}{urlencode(told)}"

    def claims(self, code: str, begun: Begun, redirect: str, *, now: datetime) -> Json:
        """Return what the provider says of who came back with a code.

        Raises ProviderError, and UnauthenticatedError for a code or a word that does not hold.
        """
        token = self._token(code, begun, redirect, now)
        found = self._verified(token, begun.nonce, now)
        if groups(found, self._bounds.groups_claim) is None and "access_token" in token:
            found |= self._more(found, str(token["access_token"]), now)
        return found

    def _token(self, code: str, begun: Begun, redirect: str, now: datetime) -> Json:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "client_id": self._bounds.client_id,
            "code_verifier": begun.verifier,
        }
        secret, auth = self._bounds.client_secret.get_secret_value(), None
        ways = self._known_metadata(now).get("token_endpoint_auth_methods_supported", [_BASIC])
        if secret and _BASIC in ways:
            auth = httpx.BasicAuth(quote_plus(self._bounds.client_id), quote_plus(secret))
        elif secret:
            fields["client_secret"] = secret
        place = self._endpoint("token_endpoint", now)
        status, found = self._asked("POST", place, data=fields, auth=auth)
        if "error" in found or "id_token" not in found:
            words = str(found.get("error_description") or found.get("error") or f"status {status}")
            raise UnauthenticatedError(
                f"the provider of single sign-on does not take the log-in: {words[:200]}; log in "
                "again, and if it stays so, look at single_sign_on.client_id and .client_secret"
            )
        return found

    def _verified(self, token: Json, nonce: str, now: datetime) -> Json:
        """Return the claims of an ID token whose signature, times and receiver are right."""
        try:
            decoded = self._decoded(str(token["id_token"]), now)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "value": self._bounds.issuer},
                    "aud": {"essential": True, "value": self._bounds.client_id},
                },
                {
                    "nonce": nonce,
                    "client_id": self._bounds.client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(int(now.timestamp()), int(self._bounds.leeway_seconds))
            _require_short(claims["sub"])
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise UnauthenticatedError(
                f"what the provider of single sign-on says does not hold: {error}; log in again, "
                "and if it stays so, compare the clocks and single_sign_on.issuer and .client_id"
            ) from error
        return dict(claims)

    def _decoded(self, text: str, now: datetime) -> jwt.Token:
        told = self._known_metadata(now).get("id_token_signing_alg_values_supported", ["RS256"])
        registry = JWSRegistry(
            algorithms=sorted(_ALGORITHMS.intersection(told)), strict_check_header=False
        )
        try:
            return jwt.decode(text, self._key_set(now), registry=registry)
        except (InvalidKeyIdError, BadSignatureError):
            return jwt.decode(text, self._key_set(now, younger=_AGAIN), registry=registry)

    def _more(self, claims: Json, access: str, now: datetime) -> Json:
        """Return what the provider says of the same user elsewhere: some keep groups there."""
        place = self._known_metadata(now).get("userinfo_endpoint")
        if not isinstance(place, str):
            return {}
        headers = {"Authorization": f"Bearer {access}"}
        _, found = self._asked("GET", place, headers=headers)
        return {**found, **claims} if found.get("sub") == claims["sub"] else {}

    def _endpoint(self, name: str, now: datetime) -> str:
        found = self._known_metadata(now).get(name)
        if not isinstance(found, str):
            raise ProviderError(f"{self._bounds.issuer} does not tell its {name}")
        return found

    def _known_metadata(self, now: datetime) -> Json:
        with self._lock:
            if self._metadata is None or not _is_young(self._metadata[0], now, _REMEMBERED):
                self._metadata = now, self._discovered()
            return self._metadata[1]

    def _discovered(self) -> Json:
        issuer = self._bounds.issuer
        place = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        status, found = self._asked("GET", place)
        if found.get("issuer") != issuer:
            raise ProviderError(
                f"{place} answers {status}, and names the issuer {found.get('issuer')!r}; "
                f"single_sign_on.issuer is {issuer!r}, and must be the same letter by letter"
            )
        return found

    def _key_set(self, now: datetime, *, younger: timedelta = _REMEMBERED) -> KeySet:
        place = self._endpoint("jwks_uri", now)
        with self._lock:
            if self._keys is None or not _is_young(self._keys[0], now, younger):
                _, found = self._asked("GET", place)
                try:
                    self._keys = now, KeySet.import_key_set(found)  # type: ignore[arg-type]
                except (JoseError, ValueError, TypeError, KeyError) as error:
                    raise ProviderError(f"{place} answers with no keys: {error}") from error
            return self._keys[1]

    def _asked(self, method: str, place: str, **request: Any) -> tuple[int, Json]:
        """Return the status and the document of an answer. Raises ProviderError."""
        seconds = self._bounds.timeout_seconds
        request["headers"] = {"Accept": "application/json", **request.get("headers", {})}
        try:
            with (
                httpx.Client(timeout=seconds) as client,
                client.stream(method, place, **request) as answer,
            ):
                return answer.status_code, _document(answer)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise ProviderError(
                f"the provider of single sign-on does not answer as it should ({place}: "
                f"{str(error) or type(error).__name__}); try again, or log in by a password"
            ) from error


def _document(answer: httpx.Response) -> Json:
    body = b""
    for part in answer.iter_bytes():
        body += part
        if len(body) > _MOST:
            message = f"more than {_MOST} bytes"
            raise ValueError(message)
    found = json.loads(body)
    if not isinstance(found, Mapping):
        message = f"status {answer.status_code}, and no JSON object"
        raise ValueError(message)  # noqa: TRY004 - of what came, not of a type of ours
    return dict(found)


def _require_short(subject: object) -> None:
    """Raise ValueError for a subject that is none (OpenID Connect Core 1.0, 2)."""
    if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT:
        message = f"sub is no text of at most {_SUBJECT} characters"
        raise ValueError(message)


def _is_young(at: datetime, now: datetime, age: timedelta) -> bool:
    return timedelta(0) <= now - at < age
