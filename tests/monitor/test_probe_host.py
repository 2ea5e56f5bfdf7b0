"""Hosts: which address answers, and what is said of ports that do not."""

import errno
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from pydantic import ValidationError

from app.monitor.dial import _is_itself
from app.values.check import HostTarget, Reading
from tests.conftest import require
from tests.monitor.listeners import dropping, listening, refusing
from tests.monitor.looks import entry, look, probes, resolving
from tests.patience import await_that

BOTH = resolving(both_test=["::1", "127.0.0.1"])
SHORT = 0.3


def at(address: str, port: int) -> HostTarget:
    """Return a target."""
    return HostTarget(address=address, port=port)


@pytest.mark.parametrize(
    ("listens", "asked", "family"),
    [("127.0.0.1", "127.0.0.1", "IPv4"), ("::1", "::1", "IPv6"), ("::1", "[::1]", "IPv6")],
)
def test_an_address_of_either_family_is_reached(listens: str, asked: str, family: str) -> None:
    """A listener of IPv4 only, and one of IPv6 only; brackets around an address are no fault."""
    with listening(listens) as port:
        reading = look(probes(), at(asked, port))
    assert reading.ok
    assert reading.facts == {"address": listens, "family": family}
    assert reading.detail == f"{listens} accepts connections on port {port}"
    assert [step.step for step in reading.steps] == ["connect"]


@pytest.mark.parametrize(("one", "other"), [("127.0.0.1", "::1"), ("::1", "127.0.0.1")])
@pytest.mark.parametrize("dead", [refusing, dropping])
def test_a_name_is_well_if_one_of_its_families_answers(one: str, other: str, dead: Any) -> None:
    """The family that refuses or drops costs a moment, not the whole time."""
    with listening(one) as port, dead(other, port):
        reading = look(probes(lookup=BOTH), at("both.test", port))
    assert reading.ok, reading
    assert reading.facts["address"] == one
    assert reading.detail.startswith(f"both.test ({one}) accepts connections")
    assert reading.seconds < 5
    assert [step.step for step in reading.steps] == ["name", "connect"]


def test_an_address_that_failed_first_is_told_too() -> None:
    """Somebody should know that half of a name is dead."""
    with listening("127.0.0.1") as port, refusing("::1", port):
        reading = look(probes(lookup=BOTH), at("both.test", port))
    assert reading.detail.endswith("; ::1 refuses connections")


def test_a_short_time_is_shared_among_all_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last address is tried though those before it would have more time than there is."""
    monkeypatch.setattr("app.monitor.dial.STAGGER", 3.0)
    dead = [f"127.0.0.{number}" for number in range(2, 5)]
    with ExitStack() as stack:
        port = stack.enter_context(listening("127.0.0.8"))
        for address in dead:
            stack.enter_context(dropping(address, port))
        made = probes(lookup=resolving(many_test=[*dead, "127.0.0.8"]))
        reading = look(made, at("many.test", port), timeout=5)
    assert reading.facts.get("address") == "127.0.0.8", reading


def test_a_port_without_a_listener_refuses() -> None:
    """What refuses is told apart, with what to do."""
    with refusing() as port:
        reading = look(probes(), at("127.0.0.1", port))
    assert reading.failed_step == "refused"
    assert reading.detail.startswith(
        f"127.0.0.1 refuses connections on port {port}; the host is up"
    )


def test_a_port_that_drops_packets_times_out() -> None:
    """The look ends with its time."""
    with dropping() as port:
        reading = look(probes(), at("127.0.0.1", port), timeout=SHORT)
    assert reading.failed_step == "timeout"
    assert f"does not answer on port {port} within 0.3 s" in reading.detail
    assert SHORT <= reading.seconds < SHORT + 5


def test_addresses_that_fail_in_different_ways_are_told_one_by_one() -> None:
    """The step is the one that tells most: a host that refuses is there."""
    with refusing("127.0.0.1") as port, dropping("::1", port):
        reading = look(probes(lookup=BOTH), at("both.test", port), timeout=SHORT)
    assert reading.failed_step == "refused"
    assert "no address of both.test accepts connections" in reading.detail
    assert "127.0.0.1 refuses connections" in reading.detail
    assert "::1 does not answer" in reading.detail


def test_a_name_that_does_not_exist_is_a_fault_of_the_name() -> None:
    """The machine's own resolver says so, or cannot be asked; both name the name."""
    reading = look(probes(), at("no-such-host.invalid", 80))
    assert reading.failed_step == "name"
    assert "no-such-host.invalid" in reading.detail


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), "no host is known by the name"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), "the name server does not answer"),
        (socket.gaierror(socket.EAI_FAIL, "Non-recoverable failure"), "Non-recoverable failure"),
        (UnicodeError("label empty or too long"), "cannot be a host's name"),
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files"),
    ],
)
def test_faults_of_a_name_are_told_apart(error: Exception, words: str) -> None:
    """An unknown name, a dead name server and no name at all want different things done."""

    def lookup(*_: Any, **__: Any) -> Any:
        raise error

    reading = look(probes(lookup=lookup), at("some.test", 80))
    assert reading.failed_step == "name"
    assert words in reading.detail


@pytest.mark.parametrize("address", ["x" * 253, "a..b", "fe80::1%nothing", "é" * 80, "[", "0x"])
def test_what_is_no_name_is_told_as_well(address: str) -> None:
    """Whatever a person writes for an address, the probe answers."""
    assert look(probes(), at(address, 80)).failed_step == "name"


@pytest.mark.parametrize("address", ["", "a b", "nul\0", "x" * 254])
def test_an_address_that_holds_what_none_can_is_not_declared(address: str) -> None:
    """Spaces and control characters are no part of any."""
    with pytest.raises(ValidationError):
        at(address, 80)


class Hanging:
    """A resolver that hangs until it is let go."""

    def __init__(self) -> None:
        self.calls = 0
        self.go = threading.Event()

    def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        """Hang."""
        self.calls += 1
        assert host
        self.go.wait()
        return [entry("127.0.0.1", port)]


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    """Give a resolver that hangs for as long as the test runs."""
    made = Hanging()
    yield made
    made.go.set()


def test_a_resolver_that_hangs_is_left_behind(hanging: Hanging) -> None:
    """The look ends with its time, what hangs is counted, and comes back when it can."""
    made = probes(lookup=hanging)
    reading = look(made, at("slow.test", 80), timeout=SHORT)
    assert reading.failed_step == "name"
    assert "was not resolved within 0.3 s" in reading.detail
    assert reading.seconds < SHORT + 5
    assert made.stuck == 1
    hanging.go.set()
    await_that(lambda: made.stuck == 0)


def test_a_name_that_hangs_holds_few_threads_and_leaves_others_room(hanging: Hanging) -> None:
    """However often it is looked at, two look-ups hang; then there is an end for all names."""
    made = probes(lookup=hanging, stuck_calls=3)
    for _ in range(4):
        look(made, at("one.test", 80), timeout=0.02)
    assert (made.stuck, hanging.calls) == (2, 2)
    look(made, at("two.test", 80), timeout=0.02)
    reading = look(made, at("three.test", 80), timeout=0.02)
    assert reading.failed_step == "own"
    assert "monitor.stuck_calls" in reading.detail
    assert hanging.calls == 3


def test_looks_at_one_name_at_once_ask_once(hanging: Hanging) -> None:
    """Ten checks of one port wait for one answer of the resolver."""
    made, found = probes(lookup=hanging), list[Reading]()
    with listening() as port:
        threads = [
            threading.Thread(target=lambda: found.append(look(made, at("one.test", port))))
            for _ in range(10)
        ]
        for thread in threads:
            thread.start()
        await_that(lambda: hanging.calls == 1)
        hanging.go.set()
        for thread in threads:
            thread.join()
    assert [reading.ok for reading in found] == [True] * 10
    assert hanging.calls < 10


def test_a_machine_without_a_way_is_unreachable() -> None:
    """In a network namespace with nothing in it there is no route to anywhere."""
    unshare = shutil.which("unshare")
    alone = [str(unshare), "--user", "--map-root-user", "--net"]
    there = unshare is not None and subprocess.run([*alone, "true"], check=False).returncode == 0
    require("util-linux, and the right to make a network namespace", there=there)
    code = (
        "from app.monitor.calls import Calls\n"
        "from app.monitor.host import HostProbe\n"
        "from app.monitor.names import Names\n"
        "from app.values.check import HostTarget\n"
        "for address in ('192.0.2.1', '2001:db8::1'):\n"
        "    target = HostTarget(address=address, port=80)\n"
        "    reading = HostProbe(Names(Calls(9))).look(target, timeout=20)\n"
        "    print(reading.failed_step, reading.detail)\n"
    )
    command = [*alone, sys.executable, "-c", code]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(lines) == 2
    for line in lines:
        assert line.startswith("unreachable ")
        assert "cannot be reached on port 80 (" in line  # IPv6 calls it otherwise than IPv4
        assert "); this machine has no way to it" in line


def test_a_machine_that_has_no_descriptor_left_blames_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A fault of this machine is not taken for the host's."""

    def exhausted(*_: Any) -> Any:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("app.monitor.dial.socket.socket", exhausted)
    reading = look(probes(), at("127.0.0.1", 80))
    assert reading.failed_step == "own"
    assert "was not tried on port 80 (too many open files)" in reading.detail


def test_a_connection_that_met_itself_is_none() -> None:
    """The kernel may choose the asked port for the asking side, and join the two ends."""
    with socket.socket() as loop:
        loop.bind(("127.0.0.1", 0))
        loop.connect(loop.getsockname())
        assert _is_itself(loop)
