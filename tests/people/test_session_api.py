"""`/session`, `/sessions`, `/users` and the plain pages over HTTP, as browsers and strangers ask."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.db.sessions import SessionStore
from app.factory import Factory
from app.main import create_app
from app.values.account import Role
from app.values.user import UserChange
from tests import read_once
from tests.asgi import Api
from tests.guard.letting import closed, token
from tests.patience import await_that
from tests.people.knowing import LINK, PASSWORD, with_password

BROWSER = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
COOKIE = "disparo_session"
STRANGER = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
NEW = "another good password"


@pytest.fixture
def api(anywhere: Factory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Give the application that lets nobody in unknown, on each database."""
    assert anywhere
    with closed(monkeypatch) as found:
        yield found


@pytest.fixture
def embedded(factory: Factory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Give it on the embedded database: what is malformed reaches no other."""
    assert factory
    with closed(monkeypatch) as found:
        yield found


def services(api: Api) -> Factory:
    """Return the services behind the API."""
    return api.application.factory


def cookie_of(answer: httpx.Response) -> dict[str, str]:
    """Return the header that a browser sends from then on."""
    return {"Cookie": f"{COOKIE}={answer.cookies[COOKIE]}"}


def logged_in(api: Api, name: str = "ana", password: str = PASSWORD) -> dict[str, str]:
    """Log in, and return the cookie as a header."""
    answer = api.post("/session", {"name": name, "password": password})
    assert answer.status_code == 200, answer.text
    return cookie_of(answer)


def test_a_session_from_log_in_to_log_out(api: Api) -> None:
    """The cookie is for no script and no other site; it tells who I am until I log out."""
    with_password(services(api), "ana", Role.OPERATOR)
    answer = api.post("/session", {"name": "ana", "password": PASSWORD}, headers=BROWSER)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    set_cookie = answer.headers["set-cookie"]
    assert set_cookie.startswith(f"{COOKIE}=")
    for word in ("HttpOnly", "Path=/", "SameSite=lax", "Max-Age=604"):
        assert word in set_cookie
    assert "Secure" not in set_cookie
    assert "Domain" not in set_cookie
    cookie = cookie_of(answer)
    who = api.get("/session", headers=cookie).json()
    assert (who["kind"], who["name"], who["role"]) == ("user", "ana", "operator")
    assert who["session"] == answer.json()
    assert answer.cookies[COOKIE] not in answer.text
    out = api.delete("/session", headers={**cookie, **BROWSER})
    assert out.status_code == 204
    assert f'{COOKIE}=""' in out.headers["set-cookie"]
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert services(api).sessions.find(answer.cookies[COOKIE], now=utc_now()) is None


def test_under_tls_the_cookie_is_secure(api: Api) -> None:
    """Browsers then send it under TLS alone."""
    with_password(services(api), "ana")
    body = {"name": "ana", "password": PASSWORD}
    answer = api.post("https://localhost/session", body)
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "ana", "password": "a wrong password"}, 401),
        ({"name": "nobody", "password": PASSWORD}, 401),
        ({"name": "ana\0", "password": PASSWORD}, 401),
        ({"name": "ana", "password": "\0"}, 401),
        ({"name": "ana", "password": "x" * 1_000_000}, 422),
        ({"name": "x" * 1_000_000, "password": PASSWORD}, 422),
        ({"name": "ana"}, 422),
        ({"name": "ana", "password": PASSWORD, "role": "admin"}, 422),
        ({"name": ["ana"], "password": {"$ne": ""}}, 422),
        (None, 422),
    ],
)
def test_bad_credentials_are_refused(embedded: Api, body: Any, status: int) -> None:
    """With a problem document, and no cookie."""
    with_password(services(embedded), "ana")
    answer = embedded.post("/session", body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "set-cookie" not in answer.headers
    assert PASSWORD not in answer.text


@pytest.mark.parametrize(
    "body", [b'{"name": "ana", "password": "\xff\xfe"}', b'{"name": "ana", "password": "\\ud800"}']
)
def test_bytes_that_are_no_text_are_refused(embedded: Api, body: bytes) -> None:
    """Bad UTF-8 and halves of pairs are no fault of ours."""
    with_password(services(embedded), "ana")
    headers = {"Content-Type": "application/json"}
    assert embedded.post("/session", content=body, headers=headers).status_code in {400, 401, 422}


def test_a_closed_account_is_told_when_to_come_back(api: Api) -> None:
    """429 with Retry-After."""
    services(api).logins._by_account = services(api).logins._by_account.__class__(
        tries=1, seconds=30
    )
    body = {"name": "ana", "password": "wrong"}
    assert api.post("/session", body).status_code == 401
    answer = api.post("/session", body)
    assert answer.status_code == 429
    assert 28 <= int(answer.headers["retry-after"]) <= 30


def test_no_other_site_logs_anybody_in_or_out(api: Api) -> None:
    """Not even into the stranger's own account."""
    with_password(services(api), "ana")
    cookie = logged_in(api)
    body = {"name": "ana", "password": PASSWORD}
    assert api.post("/session", body, headers=STRANGER).status_code == 403
    refused = api.delete("/session", headers={**cookie, **STRANGER})
    assert refused.status_code == 403
    assert "another site" in refused.json()["detail"]
    form = api.post("/login", data=body, headers=STRANGER)
    assert (form.status_code, "set-cookie" in form.headers) == (403, False)
    assert api.get("/session", headers=cookie).json()["name"] == "ana"


def test_my_sessions_are_mine_to_end(api: Api) -> None:
    """One by one, all at once; of others there is nothing to see."""
    with_password(services(api), "ana")
    with_password(services(api), "bob")
    mine = [logged_in(api) for _ in range(3)]
    bobs = logged_in(api, "bob")
    [own, *others] = api.get("/sessions", headers=mine[2]).json()["items"]
    assert own["address"] == "127.0.0.1"
    assert len(others) == 2
    assert api.delete(f"/sessions/{own['id']}", headers=bobs).status_code == 404
    assert api.delete(f"/sessions/{others[0]['id']}", headers=mine[2]).status_code == 204
    assert len(api.get("/sessions", headers=mine[2]).json()["items"]) == 2
    for number in (0, 2**63, 2**64, "x"):
        assert api.delete(f"/sessions/{number}", headers=mine[2]).status_code == 422
    assert api.delete("/sessions", headers=mine[2]).status_code == 204
    assert api.get("/sessions", headers=mine[2]).status_code == 401
    assert len(api.get("/sessions", headers=bobs).json()["items"]) == 1


def test_i_change_my_password(api: Api) -> None:
    """403 for a wrong old one, 422 for a new one that is not taken, 401 for nobody."""
    with_password(services(api), "ana")
    cookie = logged_in(api)
    for body, headers, status in (
        ({"old": "wrong", "new": NEW}, cookie, 403),
        ({"old": PASSWORD, "new": "short"}, cookie, 422),
        ({"old": PASSWORD, "new": NEW}, {}, 401),
        ({"old": PASSWORD, "new": NEW}, {**cookie, **STRANGER}, 403),
        ({"old": PASSWORD, "new": NEW}, cookie, 204),
    ):
        assert api.put("/session/password", body, headers=headers).status_code == status
    assert api.get("/sessions", headers=cookie).status_code == 200
    assert logged_in(api, password=NEW)


def test_the_first_admin_is_made_by_the_link(api: Api) -> None:
    """Who asks is told that there is none; the link works once."""
    assert api.get("/session/ways").json()["first"] is True
    link = services(api).links.first(now=utc_now())
    assert link is not None
    body = {"token": link.token.get_secret_value(), "name": "Ana", "password": PASSWORD}
    assert api.post("/session/first", body, headers=STRANGER).status_code == 403
    assert api.post("/session/first", {**body, "name": "a b"}).status_code == 422
    assert api.post("/session/first", {**body, "token": "x" * 43}).status_code == 403
    made = api.post("/session/first", body)
    assert (made.status_code, made.json()["role"]) == (201, "admin")
    assert api.get("/session", headers=cookie_of(made)).json()["name"] == "ana"
    assert api.post("/session/first", body).status_code == 403
    assert api.get("/session/ways").json()["first"] is False


def test_users_are_edited(api: Api) -> None:
    """Added with a link, listed in parts, changed under tags, removed."""
    with_password(services(api), "boss", Role.ADMIN)
    api = api.shown(logged_in(api, "boss"))
    added = api.post("/users", {"name": "Ana", "role": "operator"})
    assert added.status_code == 201
    assert added.headers["location"] == "/users/ana"
    assert added.headers["cache-control"] == "no-store"
    match = LINK.match(added.json()["link"]["url"])
    assert match is not None
    assert match[1] == "http://localhost"
    assert api.post("/users", {"name": "ana"}).status_code == 409
    assert api.post("/users", {"name": "bob", "password": PASSWORD}).json()["link"] is None
    page = api.get("/users?limit=2").json()
    assert [one["name"] for one in page["items"]] == ["ana", "bob"]
    rest = api.get(f"/users?limit=2&cursor={page['next']}").json()
    assert ([one["name"] for one in rest["items"]], rest["next"]) == (["boss"], None)
    read = api.get("/users/ANA")
    assert "password" not in read.text.replace("has_password", "")
    changed = api.patch(
        "/users/ana", {"role": "viewer"}, headers={"If-Match": read.headers["etag"]}
    )
    assert changed.json()["role"] == "viewer"
    stale = api.patch("/users/ana", {"role": "admin"}, headers={"If-Match": read.headers["etag"]})
    assert stale.status_code == 412
    assert api.patch("/users/boss", {"is_enabled": False}).status_code == 409
    assert api.delete("/users/boss").status_code == 409
    assert api.patch("/users/ana", {"role": "king"}).status_code == 422
    assert api.patch("/users/ana", {"name": "bob"}).status_code == 422
    for method in (api.get, api.delete):
        assert method("/users/nobody").status_code == 404
        assert method(f"/users/{quote('a b')}").status_code == 422
    assert api.delete("/users/ana").status_code == 204


def test_an_admin_ends_sessions_and_resets_passwords(api: Api) -> None:
    """The link sets the password; the sessions of before are over."""
    with_password(services(api), "ana")
    with_password(services(api), "boss", Role.ADMIN)
    cookie = logged_in(api)
    boss = api.shown(logged_in(api, "boss"))
    [session] = boss.get("/users/ana/sessions").json()["items"]
    assert boss.delete(f"/users/ana/sessions/{session['id']}").status_code == 204
    assert api.get("/sessions", headers=cookie).status_code == 401
    cookie = logged_in(api)
    assert boss.delete("/users/ana/sessions").status_code == 204
    assert api.get("/sessions", headers=cookie).status_code == 401
    match = LINK.match(boss.post("/users/ana/link").json()["url"])
    assert match is not None
    assert match[2] == "reset"
    body = {"token": match[3], "password": NEW}
    assert api.post("/session/reset", body, headers=STRANGER).status_code == 403
    assert api.post("/session/reset", body).json()["user"] == "ana"
    assert api.post("/session/reset", body).status_code == 403
    assert logged_in(api, password=NEW)


def test_a_token_has_no_session(api: Api) -> None:
    """It is told who it is; what is for browsers is not for it, and it is told so."""
    program = api.shown(token(services(api), "ci"))
    who = program.get("/session").json()
    assert (who["kind"], who["name"], who["session"]) == ("token", "ci", None)
    assert program.get("/users").status_code == 403
    body = {"old": PASSWORD, "new": NEW}
    for answer in (
        program.get("/sessions"),
        program.delete("/sessions"),
        program.delete("/sessions/1"),
        program.put("/session/password", body),
    ):
        assert answer.status_code == 409
        assert "a token has no session" in answer.json()["detail"]


def test_a_change_elsewhere_is_seen_within_a_second(api: Api, anywhere: Factory) -> None:
    """Another service disables the user, or makes an admin of a viewer."""
    with_password(anywhere, "ana")
    with_password(anywhere, "boss", Role.ADMIN)
    ana = api.shown(logged_in(api))
    assert ana.get("/users").status_code == 403

    def is_seen(change: UserChange, status: int) -> bool:
        anywhere.users.change("ana", change, actor="boss", now=utc_now())
        return await_that(lambda: ana.get("/users").status_code == status)

    assert is_seen(UserChange(role=Role.ADMIN), 200)
    assert is_seen(UserChange(is_enabled=False), 401)


def test_who_has_logged_out_is_out_also_while_the_database_is_away(
    embedded: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others whose session was seen before go on for auth.away_seconds."""
    for name in ("ana", "bob"):
        with_password(services(embedded), name)
    ana, bob = (embedded.shown(logged_in(embedded, name)) for name in ("ana", "bob"))
    assert ana.get("/schedules").status_code == 200
    assert ana.delete("/session").status_code == 204
    assert bob.get("/schedules").status_code == 200

    def away(*_: object) -> None:
        raise sa.exc.OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(SessionStore, "find", away)
    services(embedded).sessions.memory._known.clear()  # its half a second is over
    assert ana.get("/schedules").status_code == 503
    assert bob.get("/schedules").status_code == 200


def test_where_nobody_needs_to_log_in_anybody_may(factory: Factory) -> None:
    """Who asks is told so; there is no session to speak of."""
    assert factory
    application = create_app(read_once.settings())
    open_to_all = Api(application)
    who = open_to_all.get("/session").json()
    assert (who["kind"], who["role"], who["session"]) == ("anybody", "admin", None)
    assert open_to_all.get("/session/ways").json()["mode"] == "none"
    assert open_to_all.get("/sessions").status_code == 409
    application.factory.close()


def test_pages_log_in_without_a_script(api: Api) -> None:
    """The forms do what the API does, say what is wrong, and lead to where one wanted to."""
    link = services(api).links.first(now=utc_now())
    assert link is not None
    shown = api.get(link.path)
    assert shown.headers["referrer-policy"] == "same-origin"
    assert "<script" not in shown.text
    assert "style=" not in shown.text
    assert link.token.get_secret_value() in shown.text
    fields = {"name": "Ana", "password": PASSWORD, "again": "other"}
    wrong = api.post(link.path, data=fields, headers=BROWSER)
    assert (wrong.status_code, "not the same" in wrong.text) == (422, True)
    fields = {"name": "<b>", "password": PASSWORD, "again": PASSWORD}
    wrong = api.post(link.path, data=fields, headers=BROWSER)
    assert (wrong.status_code, "<b>" in wrong.text) == (422, False)
    made = api.post(link.path, data={**fields, "name": "Ana"}, headers=BROWSER)
    assert (made.status_code, made.headers["location"]) == (303, "/")
    assert api.get("/session", headers=cookie_of(made)).json()["role"] == "admin"
    wrong = api.post("/login", data={"name": "ana", "password": "wrong"}, headers=BROWSER)
    assert (wrong.status_code, "is wrong" in wrong.text) == (401, True)
    form = {"name": "ana", "password": PASSWORD}
    done = api.post("/login?next=/docs%23users", data=form, headers=BROWSER)
    assert (done.status_code, done.headers["location"]) == (303, "/docs#users")
    out = api.post("/logout", headers={**cookie_of(done), **BROWSER})
    assert out.headers["location"] == "/login"
    assert api.get("/sessions", headers=cookie_of(done)).status_code == 401


@pytest.mark.parametrize(
    "then",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
        "/a\r\nSet-Cookie: x=y",
        "\\\\evil.example",
        "/\t/evil.example",
    ],
)
def test_no_page_leads_to_another_site(embedded: Api, then: str) -> None:
    """What `next` says is a path of this service, or is not gone to."""
    with_password(services(embedded), "ana")
    form = {"name": "ana", "password": PASSWORD}
    done = embedded.post(f"/login?next={quote(then, safe='')}", data=form)
    assert (done.status_code, done.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"name=%FF%00&password=%FF",
        b"&" * 30_000,
        b"name=a&" * 1000,
        b"x" * 100_000,
        b"\xff\xfe",
    ],
)
def test_a_malformed_form_is_refused(embedded: Api, body: bytes) -> None:
    """It is no fault of ours."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert 400 <= embedded.post("/login", content=body, headers=headers).status_code < 500
