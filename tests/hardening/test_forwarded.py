"""What proxies say of who asks: believed of those alone that the settings trust."""

import pytest
from starlette.types import Scope

from app.routers import client
from app.routers.forwarded import Forwarded
from app.settings import load_settings
from app.settings_sections import ProxyHeaders, Server

PROXIES = ("10.0.0.0/8", "fd00::/8", "127.0.0.1")


def asked(
    headers: dict[str, str],
    *,
    peer: str = "127.0.0.1",
    proxies: tuple[str, ...] = PROXIES,
    form: ProxyHeaders = ProxyHeaders.X_FORWARDED,
) -> Scope:
    """Return the scope of a request that came with these headers."""
    raw = [(b"host", b"inside:8000")]
    raw += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope: Scope = {"type": "http", "scheme": "http", "client": (peer, 4711), "headers": raw}
    server = Server.model_validate({"trusted_proxies": proxies, "proxy_headers": form})
    return Forwarded(server).seen_through(scope)


def seen(scope: Scope) -> tuple[str, bool, str]:
    """Return the client's address, whether it is under TLS, and the host."""
    host = dict(scope["headers"])[b"host"].decode()
    return client.address(scope), client.is_tls(scope), host


SPOOF = {"X-Forwarded-For": "9.9.9.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil"}


@pytest.mark.parametrize(
    ("peer", "proxies"),
    [("127.0.0.1", ()), ("192.0.2.1", PROXIES), ("11.0.0.1", PROXIES), ("", PROXIES)],
)
def test_a_stranger_is_not_believed(peer: str, proxies: tuple[str, ...]) -> None:
    """Without trust in whoever is connected the headers are nothing, on this machine too."""
    assert seen(asked(SPOOF, peer=peer, proxies=proxies)) == (peer, False, "inside:8000")


def test_a_trusted_proxy_is_believed() -> None:
    """It tells client, scheme and host."""
    told = {
        "X-Forwarded-For": "192.0.2.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "disparo.example",
    }
    assert seen(asked(told)) == ("192.0.2.7", True, "disparo.example")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("6.6.6.6, 192.0.2.7", "192.0.2.7"),  # the first is what the client made up
        ("6.6.6.6, 192.0.2.7, 10.1.2.3", "192.0.2.7"),  # by way of another proxy
        ("10.6.6.6, 10.1.2.3", "10.6.6.6"),  # a client within the trusted network
        ("192.0.2.7:51234", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),  # one address, one way to write it
        ("unknown", "127.0.0.1"),
        ("192.0.2.7, <script>", "127.0.0.1"),  # whoever the proxy means, it is not the first
        ("", "127.0.0.1"),
        ("192.0.2.7," * 1000, "127.0.0.1"),  # too long to be true
    ],
)
def test_the_client_is_the_last_one_who_is_no_proxy(text: str, address: str) -> None:
    """Whatever stands before is the client's own word."""
    assert seen(asked({"X-Forwarded-For": text}))[0] == address


def test_a_scheme_belongs_to_the_hop_that_it_stands_beside() -> None:
    """Of two proxies the first may speak TLS with the client, and plainly with the second."""
    hops = {"X-Forwarded-For": "192.0.2.7, 10.1.2.3", "X-Forwarded-Proto": "https, http"}
    assert seen(asked(hops))[1]
    spoofed = {"X-Forwarded-For": "6.6.6.6, 192.0.2.7", "X-Forwarded-Proto": "https, http"}
    assert not seen(asked(spoofed))[1]


@pytest.mark.parametrize("host", ["a b", "evil/../", "a\x00b", "x" * 300, "[::1", "h:123456"])
def test_a_host_that_is_none_is_not_taken_over(host: str) -> None:
    """A proxy that passes nonsense on changes nothing."""
    assert seen(asked({"X-Forwarded-Host": host}))[2] == "inside:8000"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for=192.0.2.7;proto=https;host=disparo.example", ("192.0.2.7", True, "disparo.example")),
        ('For="[2001:db8::1]:4711"; Proto=HTTPS', ("2001:db8::1", True, "inside:8000")),
        ("for=6.6.6.6;proto=https, for=192.0.2.7", ("192.0.2.7", False, "inside:8000")),
        ("for=192.0.2.7;proto=https, for=10.1.2.3;proto=http", ("192.0.2.7", True, "inside:8000")),
        ('for="_hidden", for=unknown', ("127.0.0.1", False, "inside:8000")),
        ('for="192.0.2.7', ("127.0.0.1", False, "inside:8000")),
        ("for=192.0.2.7 proto=https", ("127.0.0.1", False, "inside:8000")),
        ('for="a, for=192.0.2.7"', ("127.0.0.1", False, "inside:8000")),
        ("=", ("127.0.0.1", False, "inside:8000")),
    ],
)
def test_the_standard_header_is_read(text: str, expected: tuple[str, bool, str]) -> None:
    """`Forwarded`, as RFC 7239 has it; a malformed one says nothing."""
    assert seen(asked({"Forwarded": text}, form=ProxyHeaders.FORWARDED)) == expected


def test_one_kind_of_headers_is_read() -> None:
    """A proxy passes on what it does not know: the other kind may be a stranger's."""
    assert seen(asked({"Forwarded": "for=6.6.6.6;proto=https"}))[0] == "127.0.0.1"
    assert seen(asked(SPOOF, form=ProxyHeaders.FORWARDED))[0] == "127.0.0.1"


@pytest.mark.usefixtures("state")
def test_proxies_are_set_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of addresses and networks, as JSON."""
    monkeypatch.setenv("DISPARO_SERVER__TRUSTED_PROXIES", '["10.0.0.0/8", "::1"]')
    assert list(map(str, load_settings().server.trusted_proxies)) == ["10.0.0.0/8", "::1/128"]
