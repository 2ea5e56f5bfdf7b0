"""Headers of every answer, and the hosts that are answered for."""

import re
from collections.abc import Iterator

import httpx
import pytest

from app.factory import Factory
from app.main import create_app
from app.routers.hosts import Hosts
from app.settings_sections import Server
from tests import read_once
from tests.asgi import Api, call

DATA = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}


@pytest.fixture
def plain(factory: Factory) -> Iterator[Api]:
    """Give the application on the embedded database."""
    made = create_app(factory.settings)
    yield Api(made)
    made.factory.close()


def held(answer: httpx.Response) -> bool:
    """Tell whether an answer has the headers of data."""
    return all(answer.headers.get(name) == value for name, value in DATA.items())


def test_every_route_answers_with_the_headers(plain: Api) -> None:
    """Whatever the answer is; those of predictions, which take a way of their own, too."""
    paths = plain.get("/openapi.json").json()["paths"]
    assert len(paths) > 50
    for path, methods in paths.items():
        place = re.sub(r"\{\w+\}", "1", path)
        if "stream" in path:
            continue
        for method in methods:
            answer = call(plain._transport, method.upper(), place)
            assert held(answer), (method, path)
            assert "cache-control" in answer.headers, (method, path)


@pytest.mark.parametrize("path", ["/nothing", "/showroom/predictions", "/health/live", "/metrics"])
def test_errors_and_probes_have_them_too(plain: Api, path: str) -> None:
    """404, 405, 200 and plain text."""
    answer = plain.get(path)
    assert held(answer)
    assert answer.headers["cache-control"] == "no-store"


def test_what_is_told_of_people_is_not_kept(plain: Api) -> None:
    """What has an entity tag may be kept by its client alone, who asks whether it holds."""
    assert plain.get("/sources").headers["cache-control"] == "no-store"
    plain.post("/alerts/channels", {"name": "a", "target": {"kind": "webhook", "url": "https://h"}})
    answer = plain.get("/alerts/channels/a")
    assert answer.headers["etag"]
    assert answer.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("path", ["/ui/", "/docs"])
def test_pages_run_scripts_of_ours_alone(plain: Api, path: str) -> None:
    """Nothing inline: neither is it allowed, nor does a page need it."""
    answer = plain.get(path)
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'",
                 "frame-ancestors 'none'", "base-uri 'none'"):  # fmt: skip
        assert part in policy
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", answer.text)


def test_the_description_is_a_page_of_files(plain: Api) -> None:
    """Each file that it names is there, and it begins by a script of its own."""
    page = plain.get("/docs").text
    names = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert "docs/start.js" in names
    for name in names:
        answer = plain.get(f"/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] in {
            "text/css", "text/javascript", "image/png",
        }  # fmt: skip
    assert plain.get("/docs/redoc.standalone.js").status_code == 404
    assert plain.get("/docs/..%2fcore.py").status_code == 404


def test_under_tls_browsers_are_told_to_stay_there(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours, or that of a proxy that is trusted; never without."""
    monkeypatch.setenv("DISPARO_SERVER__TRUSTED_PROXIES", '["127.0.0.1"]')
    made = create_app(read_once.settings())
    api = Api(made)
    told = api.get("/health/live", headers={"X-Forwarded-Proto": "https"})
    assert told.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in api.get("/health/live").headers
    made.factory.close()
    assert factory


def test_a_fault_tells_no_stack(plain: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of whatever layer it is; what happened is in the log."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("s3cret words of a fault")

    door = plain.application._app
    monkeypatch.setattr(type(plain.application.factory.sources), "all", broken)
    inner = plain.get("/sources")
    monkeypatch.setattr(type(door), "__call__", broken)
    outer = plain.get("/sources")
    for answer in (inner, outer):
        assert answer.status_code == 500
        assert answer.json()["detail"] == "this is a fault of Disparo; its log tells more"
        assert "s3cret" not in answer.text
        assert held(answer)


def asked(server: Server, *hosts: str, version: str = "1.1") -> bool:
    """Tell whether a request for these hosts is answered."""
    headers = [(b"accept", b"*/*"), *((b"host", host.encode("latin-1")) for host in hosts)]
    judge = Hosts(server)
    first = judge.refusal({"headers": headers, "http_version": version})
    assert judge.refusal({"headers": headers, "http_version": version}) == first  # remembered
    return first is None


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("localhost", True), ("LOCALHOST:8000", True), ("localhost.:8000", True),
        ("127.0.0.1:8000", True), ("[::1]:8000", True), ("192.168.1.5", True),
        ("[fd00::1]", True), ("evil.example", False), ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False), ("evil.example:8000", False), ("", False),
        ("127.0.0.1@evil.example", False), ("[::1", True), ("2130706433", False), ("é", False),
    ],
)  # fmt: skip
def test_by_default_no_name_of_a_stranger_is_answered(host: str, is_ours: bool) -> None:  # noqa: FBT001 - a table
    """Loopback names, and addresses, which no stranger lets lead elsewhere."""
    assert asked(Server(), host) is is_ours


@pytest.mark.parametrize(
    ("hosts", "host", "is_ours"),
    [
        (("disparo.example",), "Disparo.example:443", True),
        (("disparo.example",), "other.example", False),
        (("disparo.example",), "127.0.0.1", True),  # probes on this machine
        (("disparo.example",), "10.0.0.1", False),
        (("*.example",), "a.b.example", True),
        (("*.example",), "example", False),
        (("*.example",), "badexample", False),
        (("*",), "whatever", True),
    ],
)
def test_hosts_are_set(hosts: tuple[str, ...], host: str, is_ours: bool) -> None:  # noqa: FBT001 - a table
    """By name, by domain, or any."""
    assert asked(Server(hosts=hosts), host) is is_ours


def test_a_request_names_one_host() -> None:
    """None only where HTTP knows of none."""
    assert asked(Server(host="disparo.lan"), "disparo.lan")
    assert not asked(Server(), "localhost", "evil.example")
    assert not asked(Server())
    assert asked(Server(), version="1.0")


@pytest.mark.parametrize("path", ["/sources", "/showroom/predictions"])
def test_a_stranger_s_name_is_told_which_setting_it_is(plain: Api, path: str) -> None:
    """The way to predictions is closed to it too."""
    answer = plain.post(path, {}, headers={"Host": "evil.example"})
    assert answer.status_code == 421
    assert "server.hosts" in answer.json()["detail"]
    assert held(answer)


def test_the_name_that_a_proxy_was_asked_for_counts_too(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And one that a stranger has a proxy pass on does not open the door to another."""
    monkeypatch.setenv("DISPARO_SERVER__TRUSTED_PROXIES", '["127.0.0.1"]')
    monkeypatch.setenv("DISPARO_SERVER__HOSTS", '["disparo.example"]')
    made = create_app(read_once.settings())
    api = Api(made)
    assert factory

    def status(host: str, forwarded: str) -> int:
        headers = {"Host": host, "X-Forwarded-Host": forwarded}
        return api.get("/health/live", headers=headers).status_code

    assert status("127.0.0.1:8000", "disparo.example") == 200
    assert status("127.0.0.1:8000", "evil.example") == 421
    assert status("evil.example", "disparo.example") == 421
    made.factory.close()
