"""Single sign-on against a provider that runs beside the tests: keys, clocks, groups, outages."""

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.clock import utc_now
from app.factory import Factory
from app.settings import load_settings
from app.settings_access import SingleSignOn
from app.values.account import Role
from app.values.sign_on import groups, identity, role_of
from app.values.user import UserChange
from tests import servers
from tests.asgi import Api
from tests.guard.letting import closed
from tests.patience import await_that
from tests.people.knowing import with_password

KEPT = "disparo_sign_on"
COOKIE = "disparo_session"


class Provider:
    """A provider of single sign-on, in a process of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.issuer = f"http://127.0.0.1:{port}"

    @contextmanager
    def running(self, *options: str) -> Iterator[None]:
        """Run it; each time it has other keys."""
        command = [sys.executable, "-m", "oidc_provider_mock", "-p", str(self.port), *options]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            await_that(self._answers)
            yield
        finally:
            process.terminate()
            process.wait(30)

    def _answers(self) -> bool:
        try:
            return httpx.get(self.issuer).status_code == 200
        except httpx.HTTPError:
            return False

    def knows(self, subject: str, **claims: Any) -> None:
        """Let it know somebody."""
        httpx.put(f"{self.issuer}/users/{subject}", json=claims).raise_for_status()


@pytest.fixture(scope="module")
def place() -> Provider:
    """Give the place of a provider, which does not run."""
    return Provider(servers.free_port())


@pytest.fixture(scope="module")
def running(place: Provider) -> Iterator[Provider]:
    """Give a provider that runs."""
    with place.running():
        yield place


@pytest.fixture
def api(factory: Factory, place: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Give the application that asks the provider."""
    assert factory
    for name, value in {
        "ISSUER": place.issuer,
        "NAME": "Example & Co",
        "CLIENT_ID": "disparo",
        "CLIENT_SECRET": "s3cret",
        "VIEWER_GROUPS": '["staff"]',
        "OPERATOR_GROUPS": '["ops"]',
        "ADMIN_GROUPS": '["ml-admins"]',
    }.items():
        monkeypatch.setenv(f"DISPARO_SINGLE_SIGN_ON__{name}", value)
    with closed(monkeypatch) as found:
        yield found


def begun(api: Api, then: str = "/ui/") -> tuple[str, str]:
    """Begin to log in; return where the browser goes, and what it keeps."""
    answer = api.get("/session/sign-on", params={"next": then})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"], answer.cookies[KEPT]


def agreed(address: str, subject: str, action: str = "") -> str:
    """Log in at the provider; return where it sends the browser back to."""
    answer = httpx.post(address, data={"sub": subject, "action": action})
    back = urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"


def came_back(api: Api, back: str, kept: str) -> httpx.Response:
    """Come back from the provider."""
    return api.get(back, headers={"Cookie": f"{KEPT}={kept}", "Sec-Fetch-Site": "cross-site"})


def signed_on(api: Api, subject: str) -> httpx.Response:
    """Log in by the provider."""
    address, kept = begun(api)
    return came_back(api, agreed(address, subject), kept)


def who(api: Api, answer: httpx.Response) -> dict[str, Any]:
    """Return who is logged in by an answer."""
    assert answer.status_code == 303, answer.text
    cookie = {"Cookie": f"{COOKIE}={answer.cookies[COOKIE]}"}
    found: dict[str, Any] = api.get("/session", headers=cookie).json()
    return found


def test_who_is_in_a_group_is_let_in_as_a_new_user(running: Provider, api: Api) -> None:
    """With PKCE, state and nonce; the cookie is that of any session, the role that of the group."""
    running.knows("ana-1", preferred_username="Ana Maria", groups=["all", "ops"])
    address, kept = begun(api, then="/ui/models")
    asked = {name: one[0] for name, one in parse_qs(urlsplit(address).query).items()}
    secrets = json.loads(base64.urlsafe_b64decode(kept))
    challenge = hashlib.sha256(secrets["verifier"].encode()).digest()
    assert asked == {
        "response_type": "code",
        "client_id": "disparo",
        "redirect_uri": "http://localhost/session/sign-on/back",
        "scope": "openid profile email",
        "state": secrets["state"],
        "nonce": secrets["nonce"],
        "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    answer = came_back(api, agreed(address, "ana-1"), kept)
    assert answer.headers["location"] == "/ui/models"
    found = who(api, answer)
    assert (found["name"], found["role"]) == ("ana-maria", "operator")
    assert found["session"]["way"] == "single sign-on"
    user = api.application.factory.users.get("ana-maria")
    assert (user.issuer, user.has_password) == (running.issuer, False)


def test_the_role_is_that_of_each_log_in(running: Provider, api: Api) -> None:
    """Also of the last admin: the provider's word counts. Other names change nobody's name."""
    users = api.application.factory.users
    for names, role in ((["ml-admins", "staff"], Role.ADMIN), (["staff"], Role.VIEWER)):
        running.knows("bob-1", preferred_username=f"bob-{role}", groups=names)
        assert who(api, signed_on(api, "bob-1"))["role"] == role
    assert [(one.name, one.role) for one in users.page()] == [("bob-admin", Role.VIEWER)]


def test_who_is_in_no_group_is_refused_and_logged_out(running: Provider, api: Api) -> None:
    """The page says which groups there are; sessions of before end."""
    running.knows("eve-1", preferred_username="eve", groups=["ops"])
    old = signed_on(api, "eve-1")
    assert who(api, old)["name"] == "eve"
    running.knows("eve-1", preferred_username="eve", groups=["sales", "<b>"])
    refused = signed_on(api, "eve-1")
    assert refused.status_code == 403
    assert "claim &#x27;groups&#x27;: &lt;b&gt;, sales" in refused.text
    assert COOKIE not in refused.cookies
    cookie = {"Cookie": f"{COOKIE}={old.cookies[COOKIE]}"}
    assert api.get("/session", headers=cookie).status_code == 401
    running.knows("none-1", preferred_username="none")
    assert signed_on(api, "none-1").status_code == 403


def test_nobody_takes_over_an_account_by_its_name(running: Provider, api: Api) -> None:
    """Who has a password here is not who has the name there; who is disabled stays out."""
    services = api.application.factory
    with_password(services, "root", Role.ADMIN)
    running.knows("root-1", preferred_username="root", groups=["ml-admins"])
    assert signed_on(api, "root-1").status_code == 409
    running.knows("dan-1", preferred_username="dan", groups=["staff"])
    assert who(api, signed_on(api, "dan-1"))["name"] == "dan"
    services.users.change("dan", UserChange(is_enabled=False), actor="root", now=utc_now())
    assert signed_on(api, "dan-1").status_code == 403


def test_what_was_not_begun_here_is_refused(running: Provider, api: Api) -> None:
    """Another's state, an old one, a code twice, a cookie of nonsense, a refusal by the user."""
    running.knows("ana-2", preferred_username="ana", groups=["staff"])
    address, kept = begun(api)
    _, others = begun(api)
    back = agreed(address, "ana-2")
    for cookie in (others, "", "nonsense", "\x7f", base64.b64encode(b"{}").decode(), "A" * 3000):
        assert came_back(api, back, cookie).status_code == 403
    old = json.loads(base64.urlsafe_b64decode(kept))
    old["at"] = (utc_now() - timedelta(minutes=16)).isoformat()
    stale = base64.urlsafe_b64encode(json.dumps(old).encode()).decode()
    assert came_back(api, back, stale).status_code == 403
    assert came_back(api, back, kept).status_code == 303
    assert came_back(api, back, kept).status_code == 401
    address, kept = begun(api)
    denied = came_back(api, "/session/sign-on/back?error=access_denied&state=x", kept)
    assert (denied.status_code, "access_denied" in denied.text) == (401, True)


def test_a_word_for_another_log_in_does_not_hold(running: Provider, api: Api) -> None:
    """The nonce is that of this one."""
    running.knows("ana-3", preferred_username="ana", groups=["staff"])
    address, kept = begun(api)
    mine = json.loads(base64.urlsafe_b64decode(kept))
    forged = base64.urlsafe_b64encode(json.dumps({**mine, "nonce": "other"}).encode()).decode()
    refused = came_back(api, agreed(address, "ana-3"), forged)
    assert (refused.status_code, "does not hold" in refused.text) == (401, True)


def test_who_logs_out_does_so_at_the_provider_too(running: Provider, api: Api) -> None:
    """The plain page leads there, not by its form, which may lead to no other site; it leads back."""
    running.knows("ana-4", preferred_username="ana", groups=["staff"])
    answer = signed_on(api, "ana-4")
    cookie = {"Cookie": f"{COOKIE}={answer.cookies[COOKIE]}"}
    out = api.post("/logout", headers=cookie)
    back = "post_logout_redirect_uri=http%3A%2F%2Flocalhost%2Flogin"
    assert out.status_code == 200
    assert (
        f'content="0; url={running.issuer}/oauth2/end_session?client_id=disparo&amp;{back}"'
        in out.text
    )
    assert f'{COOKIE}=""' in out.headers["set-cookie"]
    assert api.get("/session", headers=cookie).status_code == 401


def test_the_way_is_shown(api: Api) -> None:
    """The page for log-in, and who asks for the ways, knows the provider's name."""
    assert "Log in with Example &amp; Co" in api.get("/login").text
    assert api.get("/session/ways").json()["single_sign_on"] == "Example & Co"


def test_without_a_provider_there_is_no_way(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """404, and no button."""
    assert factory
    with closed(monkeypatch) as api:
        assert api.get("/session/sign-on").status_code == 404
        assert api.get("/session/sign-on/back?state=x&code=y").status_code == 404
        assert "Log in with" not in api.get("/login").text
        assert api.get("/session/ways").json()["single_sign_on"] is None


def test_keys_change_the_provider_goes_and_its_clock_is_wrong(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New keys are found by themselves; an outage and a wrong clock are told in words."""
    assert factory
    provider = Provider(servers.free_port())
    monkeypatch.setenv("DISPARO_SINGLE_SIGN_ON__ISSUER", provider.issuer)
    monkeypatch.setenv("DISPARO_SINGLE_SIGN_ON__CLIENT_ID", "disparo")
    monkeypatch.setenv("DISPARO_SINGLE_SIGN_ON__CLIENT_SECRET", "s3cret")
    monkeypatch.setenv("DISPARO_SINGLE_SIGN_ON__VIEWER_GROUPS", '["staff"]')
    with closed(monkeypatch) as api:
        away = api.get("/session/sign-on")
        assert (away.status_code, "does not answer as it should" in away.text) == (502, True)
        with provider.running():
            provider.knows("ana", preferred_username="ana", groups=["staff"])
            assert signed_on(api, "ana").status_code == 303
        monkeypatch.setattr("app.identity.provider._AGAIN", timedelta(0))
        with provider.running():
            provider.knows("ana", preferred_username="ana", groups=["staff"])
            assert signed_on(api, "ana").status_code == 303
            address, kept = begun(api)
            back = agreed(address, "ana")
        assert came_back(api, back, kept).status_code == 502
        with provider.running("--token-max-age=-3600"):
            provider.knows("ana", preferred_username="ana", groups=["staff"])
            late = signed_on(api, "ana")
            assert (late.status_code, "compare the clocks" in late.text) == (401, True)


@pytest.mark.parametrize(
    ("issuer", "is_taken"),
    [
        ("https://login.example.org/realms/x", True),
        ("http://127.0.0.1:9400", True),
        ("http://localhost:9400/x", True),
        ("http://login.example.org", False),
        ("http://localhost.example.org", False),
        ("https://user@login.example.org", False),
        ("https://login.example.org/?x=1", False),
        ("login.example.org", False),
        ("https://" + "x" * 300, False),
    ],
)
def test_an_issuer_is_reached_under_tls(issuer: str, *, is_taken: bool) -> None:
    """Or on this machine; and it needs a client_id."""
    settings = {"issuer": issuer, "client_id": "disparo"}
    if is_taken:
        assert SingleSignOn.model_validate(settings).issuer == issuer
        with pytest.raises(ValueError, match="client_id"):
            SingleSignOn.model_validate({"issuer": issuer})
    else:
        with pytest.raises(ValueError, match="issuer"):
            SingleSignOn.model_validate(settings)


@pytest.mark.parametrize(
    ("claims", "path", "expected"),
    [
        ({"groups": ["a", "b"]}, "groups", {"a", "b"}),
        ({"groups": "a"}, "groups", {"a"}),
        ({"groups": []}, "groups", set()),
        ({"groups": {"a": 1}}, "groups", set()),
        ({"groups": [1, None]}, "groups", {"1", "None"}),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", {"a"}),
        ({"https://example.org/groups": ["a"]}, "https://example.org/groups", {"a"}),
        ({"realm_access": "a"}, "realm_access.roles", None),
        ({}, "groups", None),
    ],
)
def test_groups_are_read_as_providers_have_them(
    claims: dict[str, Any], path: str, expected: set[str] | None
) -> None:
    """A list, a single one, within another claim, under a name with dots."""
    assert groups(claims, path) == expected


def test_claims_become_a_name_and_a_role() -> None:
    """The greatest role counts; odd characters of a name become hyphens."""
    bounds = SingleSignOn(viewer_groups=("v",), operator_groups=("o",), admin_groups=("a", "v"))
    assert role_of(["v"], bounds) is Role.ADMIN
    assert role_of(["x", "o"], bounds) is Role.OPERATOR
    assert role_of([], bounds) is None
    for claims, name in (
        ({"preferred_username": "Ána María"}, "na-mar-a"),
        ({"email": "ana@example.org"}, "ana@example.org"),
        ({"preferred_username": "", "email": None}, "7"),
        ({"preferred_username": "***"}, "user"),
        ({"preferred_username": "x" * 500}, "x" * 100),
    ):
        assert identity("i", {"sub": 7, **claims}, bounds).name == name


def test_the_secret_is_shown_nowhere(api: Api) -> None:
    """Not in the settings that are printed."""
    assert "s3cret" not in repr(load_settings())
    assert "s3cret" not in repr(api.application.factory.settings)
