"""Where checks and alerts may connect to: held at the address, whatever the name says."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.alerts import send_now, webhook
from app.errors import ConfigurationError
from app.monitor import Bounds, Probes
from app.settings import load_settings
from app.values.alert import Delivery, Outcome
from app.values.check import HostTarget, HttpTarget, Reading
from app.values.reach import Reach
from tests.alerts.telling import channel, message
from tests.monitor.authority import NOW, Authority
from tests.monitor.listeners import answering, received, refusing, serving
from tests.monitor.looks import Given, entry, look, resolving

SETTING = "outgoing.closed"


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254",
        "fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16",
        "::ffff:169.254.169.254",  # mapped
        "::169.254.169.254",  # compatible
        "::ffff:0:169.254.169.254",  # translated
        "64:ff9b::a9fe:a9fe",  # NAT64
        "64:ff9b:1::a9fe:a9fe",  # NAT64 of one's own, /96
        "64:ff9b:1:a9fe:a9:fe00::",  # and /48
        "2002:a9fe:a9fe::1",  # 6to4
        "2001:0:a9fe:a9fe::1",  # Teredo, its server
        "2001:0:102:304:0:0:5601:5601",  # Teredo, its client
        "2001:db8::5efe:a9fe:a9fe",  # ISATAP
        "2001:db8::200:5efe:a9fe:a9fe",
        "::ffff:100.100.100.200",
    ],
)  # fmt: skip
def test_metadata_and_link_local_addresses_are_closed(address: str) -> None:
    """In each form that a network on the way may turn back into one of them."""
    assert SETTING in str(Reach().refusal("host", address))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "fd00::1", "8.8.8.8", "2606:4700::1111",
     "169.253.255.255", "100.100.100.201", "64:ff9b::808:808", "2002:808:808::1"],
)  # fmt: skip
def test_all_else_is_open(address: str) -> None:
    """Loopback and private networks too: that is where a service of one's own looks."""
    assert Reach().refusal("host", address) is None


@pytest.mark.parametrize(
    ("closed", "address"),
    [
        ("loopback", "127.3.4.5"), ("loopback", "::1"), ("loopback", "0.0.0.0"),  # noqa: S104
        ("loopback", "::"), ("loopback", "::ffff:127.0.0.1"), ("loopback", "64:ff9b::7f00:1"),
        ("private", "10.1.2.3"), ("private", "172.31.0.1"), ("private", "192.168.0.1"),
        ("private", "100.64.0.1"), ("private", "fd12::1"), ("private", "2002:a00:1::"),
        ("203.0.113.0/24", "203.0.113.9"), ("2001:db8::/32", "2001:db8:1::1"),
    ],
)  # fmt: skip
def test_more_can_be_closed(closed: str, address: str) -> None:
    """By a word or a network."""
    assert Reach(closed=(closed,)).refusal("h", address) is not None


@pytest.mark.parametrize(
    ("host", "address", "may"),
    [
        ("hooks.example", "8.8.8.8", True),
        ("HOOKS.example.", "8.8.8.8", True),
        ("evil.example", "8.8.8.8", False),
        ("evilhooks.example", "8.8.8.8", False),
        ("hooks.example.evil", "8.8.8.8", False),
        ("a.b.office.example", "8.8.8.8", True),
        ("office.example", "8.8.8.8", False),
        ("evil.example", "10.20.0.1", True),
        ("hooks.example", "169.254.169.254", False),  # closed stays closed
        ("10.20.0.1", "10.20.0.1", True),
        ("::ffff:10.20.0.1", "::ffff:10.20.0.1", True),
    ],
)
def test_a_list_of_what_is_allowed_closes_all_else(host: str, address: str, may: bool) -> None:  # noqa: FBT001 - a table
    """By name, or by the address that is connected to."""
    reach = Reach(allowed=("hooks.example", "*.office.example", "10.20.0.0/16"))
    assert (reach.refusal(host, address) is None) is may


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("ALLOWED", '["10.0.0.1/8"]', "has host bits set"),
        ("ALLOWED", '["*"]', "not a host's name"),
        ("ALLOWED", '["http://x/"]', "not a host's name"),
        ("ALLOWED", '["127.1"]', "not a host's name"),
        ("CLOSED", '["hooks.example"]', "is not a network"),
    ],
)
def test_a_place_that_is_none_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, word: str
) -> None:
    """The setting is named."""
    monkeypatch.setenv(f"DISPARO_OUTGOING__{name}", value)
    with pytest.raises(ConfigurationError, match=rf"outgoing\.{name.lower()}") as caught:
        load_settings()
    assert word in caught.value.detail


def probing(reach: Reach, lookup: Any = socket.getaddrinfo) -> Probes:
    """Return probes that may connect to these places."""
    return Probes(Given({}), Path("/"), Bounds(), reach=reach, lookup=lookup)


def refused(reading: Reading) -> bool:
    """Tell whether a look was refused by the setting."""
    return not reading.ok and reading.failed_step == "configuration" and SETTING in reading.detail


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "[::ffff:a9fe:a9fe]", "2852039166", "0xa9fea9fe",
     "[fe80::1]", "[fd00:ec2::254]", "[64:ff9b::169.254.169.254]", "100.100.100.200"],
)  # fmt: skip
def test_checks_do_not_reach_what_is_closed(host: str) -> None:
    """However the address is written, of a URL and of a port."""
    made = probing(Reach())
    assert refused(look(made, HttpTarget(url=f"http://{host}/latest/meta-data/")))
    assert refused(look(made, HostTarget(address=host.strip("[]"), port=80)))


def test_a_check_connects_to_what_was_checked() -> None:
    """A name that leads elsewhere the next time is looked up once; the server is told the name."""
    heads: list[bytes] = []
    answers = iter(["127.0.0.1", "169.254.169.254"])

    def lookup(_: str, port: int, **__: Any) -> list[Any]:
        return [entry(next(answers), port)]

    def handler(connection: socket.socket) -> None:
        heads.append(received(connection))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    made = probing(Reach(), lookup)
    with serving(handler) as port:
        url = f"http://rebound.example:{port}/"
        assert look(made, HttpTarget(url=url)).ok
        assert refused(look(made, HttpTarget(url=url)))
    [head] = heads
    assert f"Host: rebound.example:{port}".encode() in head


def test_of_several_addresses_the_closed_ones_are_left_out() -> None:
    """A name may lead to good and bad at once: the bad are not even tried."""
    lookup = resolving(both_example=["169.254.169.254", "127.0.0.1"])
    with serving(answering()) as port:
        reading = look(probing(Reach(), lookup), HttpTarget(url=f"http://both.example:{port}/"))
    assert reading.ok
    assert reading.facts["address"] == "127.0.0.1"


@pytest.mark.parametrize("host", ["127.0.0.2", "elsewhere.example"])
def test_a_redirect_does_not_lead_into_what_is_closed(host: str) -> None:
    """Neither by address nor by name; nobody is connected to."""
    visits: list[bytes] = []

    def secret(connection: socket.socket) -> None:
        visits.append(received(connection))

    lookup = resolving(elsewhere_example=["127.0.0.2"])
    with serving(secret, host="127.0.0.2") as inner:

        def leading(connection: socket.socket) -> None:
            received(connection)
            connection.sendall(
                f"HTTP/1.1 302 Found\r\nLocation: http://{host}:{inner}/\r\n"
                "Content-Length: 0\r\n\r\n".encode()
            )

        with serving(leading) as port:
            made = probing(Reach(closed=("127.0.0.2/32",)), lookup)
            reading = look(made, HttpTarget(url=f"http://127.0.0.1:{port}/", redirects=3))
    assert refused(reading)
    assert visits == []


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def taken(connection: socket.socket) -> bytes:
    """Take a request with its body, so that the answer is not lost; return its head."""
    with connection.makefile("rb") as file:
        lines = list(iter(file.readline, b"\r\n"))
        [length] = [line for line in lines if line.lower().startswith(b"content-length:")]
        file.read(int(length.split(b":")[1]))
    connection.sendall(OK)
    return b"".join(lines)


def taken_by(connection: socket.socket) -> None:
    """Take a request, and answer it well."""
    taken(connection)


def posted(url: str, reach: Reach, **target: Any) -> Delivery:
    """Send an alert to a webhook."""
    return send_now(channel(url=url, **target), message(), most=1000, reach=reach)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[str]]]:
    """Give names that a test sets: each look-up takes the next address, the last one stays."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def lookup(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host not in known:
            return real(host, port, *rest, **more)
        addresses = known[host]
        found = addresses.pop(0) if len(addresses) > 1 else addresses[0]
        return [entry(one, port) for one in found.split()]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    yield known
    webhook.tls.cache_clear()


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[::ffff:a9fe:a9fe]", "2852039166", "[64:ff9b::a9fe:a9fe]", "meta"]
)
@pytest.mark.parametrize("form", ["json", "slack", "teams"])
def test_webhooks_do_not_reach_what_is_closed(
    names: dict[str, list[str]], host: str, form: str
) -> None:
    """Whatever their form is; the setting is named, the URL's path is not."""
    names["meta"] = ["169.254.169.254"]
    done = posted(f"http://{host}/s3cret-path", Reach(), form=form)
    assert done.outcome is Outcome.FAILED
    assert SETTING in done.detail
    assert "s3cret" not in done.detail


def test_a_webhook_connects_to_what_was_checked(names: dict[str, list[str]]) -> None:
    """The name is looked up once for each attempt, and may not lead elsewhere meanwhile."""
    names["hooks.example"] = ["127.0.0.1", "169.254.169.254"]
    heads: list[bytes] = []

    def handler(connection: socket.socket) -> None:
        heads.append(taken(connection))

    with serving(handler) as port:
        url = f"http://hooks.example:{port}/"
        assert posted(url, Reach()).outcome is Outcome.ACCEPTED
        assert SETTING in posted(url, Reach()).detail
    [head] = heads
    assert f"Host: hooks.example:{port}".encode() in head


def test_tls_is_with_the_host_that_the_url_names(
    names: dict[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The certificate must be the name's, though an address is connected to."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    webhook.tls.cache_clear()
    names["hooks.example"] = names["other.example"] = ["127.0.0.1"]
    asked: list[str] = []
    context = authority.serving("hooks.example")
    context.sni_callback = lambda _, name, __: asked.append(name)
    with serving(taken_by, context) as port:
        good = posted(f"https://hooks.example:{port}/", Reach())
        bad = posted(f"https://other.example:{port}/", Reach())
    assert good.outcome is Outcome.ACCEPTED, good.detail
    assert "certificate is not trusted" in bad.detail
    assert asked == ["hooks.example", "other.example"]


def test_a_dead_address_does_not_hold_up_the_next(names: dict[str, list[str]]) -> None:
    """As for checks: the next address is tried soon, and a closed one never."""
    with refusing("127.0.0.3") as dead, serving(taken_by) as port:
        assert dead
        names["many.example"] = ["169.254.169.254 127.0.0.3 127.0.0.1"]
        done = posted(f"http://many.example:{port}/", Reach(), timeout=5.0)
    assert done.outcome is Outcome.ACCEPTED, done.detail


def test_a_proxy_of_the_environment_is_asked_for_what_may_be(
    names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks names up itself: literal addresses and names are held here all the same."""
    heads: list[bytes] = []

    def proxy(connection: socket.socket) -> None:
        heads.append(taken(connection))

    assert names == {}
    only = Reach(allowed=("hooks.example",))
    with serving(proxy) as port:
        monkeypatch.setenv("http_proxy", f"127.0.0.1:{port}")
        assert posted("http://hooks.example/x", only).outcome is Outcome.ACCEPTED
        assert "outgoing.allowed" in posted("http://evil.example/x", only).detail
        assert SETTING in posted("http://169.254.169.254/x", Reach()).detail
        assert SETTING in posted("http://[::ffff:169.254.169.254]/x", Reach()).detail
    [head] = heads
    assert head.startswith(b"POST http://hooks.example/x HTTP/1.1")


@pytest.mark.parametrize("host", ["169.254.169.254", "::ffff:169.254.169.254", "mail.example"])
@pytest.mark.parametrize("security", ["starttls", "tls", "plain"])
def test_mail_does_not_reach_what_is_closed(
    names: dict[str, list[str]], host: str, security: str
) -> None:
    """A mail server is a host like others."""
    names["mail.example"] = ["169.254.169.254"]
    mail: dict[str, Any] = {
        "kind": "email",
        "host": host,
        "sender": "a@b.c",
        "to": ["d@e.f"],
        "security": security,
    }
    done = send_now(channel(**mail), message(), most=1000, reach=Reach())
    assert done.outcome is Outcome.FAILED
    assert SETTING in done.detail


@pytest.mark.usefixtures("state")
def test_the_service_holds_to_its_settings(monkeypatch: pytest.MonkeyPatch, state: Path) -> None:
    """What checks and channels are made with is what the settings say."""
    from app.factory import Factory

    monkeypatch.setenv("DISPARO_OUTGOING__CLOSED", '["loopback", "link-local"]')
    monkeypatch.setenv("DISPARO_OUTGOING__ALLOWED", '["*.example"]')
    state.mkdir()
    factory = Factory(load_settings(), state)
    expected = Reach(allowed=("*.example",), closed=("loopback", "link-local"))
    assert factory.reach == expected
    assert factory.channels._reach == expected
    target = HostTarget(address="127.0.0.1", port=1)
    assert SETTING in factory.probes.look(target, timeout=5, now=NOW).detail
    factory.close()


@pytest.mark.parametrize("name", ["DISPARO_SECRETS__KEY", "DISPARO_DATABASE__URL"])
@pytest.mark.parametrize("url", ["https://evil.example/${{{}}}", "https://${{{}}}.evil.example/"])
def test_settings_of_the_environment_are_sent_nowhere(name: str, url: str) -> None:
    """Who may edit checks must not have the service tell its own key to a host of theirs."""
    with pytest.raises(ValidationError, match="are not sent anywhere"):
        HttpTarget(url=url.format(name))


def test_variables_of_the_environment_can_be_kept_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where people who edit checks should not have all of the environment sent to their hosts."""
    monkeypatch.setenv("CHECK_TOKEN", "t0ken")
    monkeypatch.setenv("AWS_SECRET", "s3cret")
    heads: list[bytes] = []

    def handler(connection: socket.socket) -> None:
        heads.append(received(connection))
        connection.sendall(OK)

    made = probing(Reach(variables=("CHECK_*", "OTHER")))
    with serving(handler) as port:
        url = f"http://127.0.0.1:{port}/?t="
        assert look(made, HttpTarget(url=url + "${CHECK_TOKEN}")).ok
        refused = look(made, HttpTarget(url=url + "${CHECK_TOKEN}${AWS_SECRET}"))
    assert refused.failed_step == "configuration"
    assert "${AWS_SECRET}, which is not among outgoing.variables" in refused.detail
    assert len(heads) == 1
    assert b"t0ken" in heads[0]
