"""The process that tries: it has loaded what that needs, and forks a child for each tryout.

A child may hang, crash or be ended: it is alone, and has an alarm set before it begins.
"""

import os
import pickle
import resource
import select
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.clock import utc_now
from app.factory import Factory
from app.scheduler.launchers.warm import load
from app.services.priority import give_way
from app.settings import Settings
from app.values.tryout import Outcome, TryoutRequest

IDLE_SECONDS = 600
"""How long the process waits for the next tryout, before it ends by itself."""
BORN = b"+"
"""What a child says first."""
_CHUNK = 2**16


@dataclass(frozen=True, kw_only=True)
class Orders:
    """What the service tells a child: passwords are in it."""

    settings: Settings
    state: Path
    asked: TryoutRequest


def main() -> None:
    """Load, then fork a child for each socket that arrives on standard input, until it closes."""
    door = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries them
    load()
    with suppress(OSError):  # the service has ended
        while select.select([door], [], [], IDLE_SECONDS)[0] and _serve(door):
            pass
    os._exit(0)


def _serve(door: socket.socket) -> bool:
    """Fork a child for the socket that arrives; False: the service needs none more."""
    word, sockets, _, _ = socket.recv_fds(door, 1, 1)
    for descriptor in sockets:
        if os.fork() == 0:
            door.close()
            _become_child(socket.socket(fileno=descriptor))
        os.close(descriptor)
    return bool(word)


def _become_child(service: socket.socket) -> None:
    code = 1
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.alarm(IDLE_SECONDS)
        service.sendall(BORN)
        orders = pickle.loads(_whole(service))  # noqa: S301 - from the service that has started us
        assert isinstance(orders, Orders)  # noqa: S101 - the service's only word
        _bound(orders.settings)
        service.sendall(_outcome(orders).model_dump_json().encode())
        code = 0
    finally:
        os._exit(code)


def _whole(service: socket.socket) -> bytes:
    pieces = []
    while piece := service.recv(_CHUNK):
        pieces.append(piece)
    return b"".join(pieces)


def _bound(settings: Settings) -> None:
    """Give way to others; end by itself, whatever becomes of the service, when the time is over."""
    bounds = settings.dispatch
    give_way(bounds.nice)
    resource.setrlimit(resource.RLIMIT_DATA, (bounds.try_memory, bounds.try_memory))
    signal.alarm(int(bounds.try_seconds) + 1)


def _outcome(orders: Orders) -> Outcome:
    from threadpoolctl import threadpool_limits

    from app.services.execution import describe

    factory = Factory(orders.settings, orders.state)
    try:
        with threadpool_limits(orders.settings.dispatch.threads):
            return Outcome(tried=factory.tryouts.run(orders.asked, now=utc_now()))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        return Outcome(error=describe(error))
    finally:
        factory.close()
