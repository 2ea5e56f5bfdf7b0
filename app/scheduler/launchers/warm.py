"""The warm process: it has loaded what dispatches need, and forks a child for each.

It works like multiprocessing's forkserver; docs/decisions/0005 says why it is not that. It ends
when the service is gone, and its children go on.
"""

import gc
import importlib
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

from app.settings import Settings
from app.values.dispatch import Claim

_NEEDED = (
    "app.scheduler.launchers.child",
    "app.services.execution",
    "app.services.work",
    "app.inference.runtimes.python_",
    "app.inference.runtimes.sklearn_",
    "app.sources.alchemy",
    "joblib",
    "pandas",
    "pyarrow.compute",
    "pyarrow.pandas_compat",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "sqlalchemy.dialects.mysql.pymysql",
    "sqlalchemy.dialects.sqlite",
    "structlog",
)
_OPTIONAL = ("arrow_odbc",)
"""Of these a system library may be missing."""


@dataclass(frozen=True, kw_only=True)
class Boot:
    """What children take over from the service that started the warm process."""

    settings: Settings
    state: Path
    spools: Path


@dataclass(frozen=True, kw_only=True)
class Ready:
    """Said once, when all is loaded."""

    process: int


@dataclass(frozen=True, kw_only=True)
class Born:
    """A child runs, in a process group of its own."""

    token: str
    process: int


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A child has ended."""

    token: str
    status: int
    """As wait(2) tells it."""


Message = Ready | Born | Ended


def main() -> None:
    """Load, then fork a child for each claim that arrives on standard input, until it closes."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    service: Connection[Message, Boot | Claim] = Connection(os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    with suppress(EOFError, OSError):  # the service has ended
        boot = service.recv()
        assert isinstance(boot, Boot)  # noqa: S101 - the service's first word
        load()
        service.send(Ready(process=os.getpid()))
        _Warm(service, boot).serve()
    os._exit(0)


def load() -> None:
    """Import what dispatches need, and share it with the children for good."""
    for name in _NEEDED:
        importlib.import_module(name)
    for name in _OPTIONAL:
        with suppress(ImportError, OSError):
            importlib.import_module(name)
    _rehearse()
    gc.collect()
    gc.freeze()


def _rehearse() -> None:
    """Do once what is slow for the first time in a process, and starts no thread."""
    from cryptography.fernet import Fernet
    from threadpoolctl import threadpool_info

    secret = Fernet(Fernet.generate_key())
    secret.decrypt(secret.encrypt(b"ciphers are loaded"))
    threadpool_info()


class _Warm:
    """The loop of the warm process.

    It starts no thread. Those that loading starts (OpenBLAS, jemalloc) end before a fork and begin
    anew after it, by handlers of these libraries.
    """

    def __init__(self, service: "Connection[Message, Boot | Claim]", boot: Boot) -> None:
        self._service = service
        self._boot = boot
        self._tokens: dict[int, str] = {}
        self._deaths, told = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> None:
        """Serve until the service is gone. Raises EOFError or OSError then."""
        while True:
            for ready in wait([self._service, self._deaths]):
                if ready is self._service:
                    self._begin(self._service.recv())
                else:
                    os.read(self._deaths, 4096)
            self._reap()

    def _begin(self, claim: Boot | Claim) -> None:
        assert isinstance(claim, Claim)  # noqa: S101 - only the first word is another
        process = os.fork()
        if process == 0:
            self._become_child(claim)
        self._tokens[process] = claim.token
        self._service.send(Born(token=claim.token, process=process))

    def _become_child(self, claim: Claim) -> None:
        from app.scheduler.launchers import child

        code = 1
        try:
            signal.set_wakeup_fd(-1)
            self._service.close()
            code = child.run(
                claim, self._boot.settings, state=self._boot.state, spools=self._boot.spools
            )
        finally:
            os._exit(code)

    def _reap(self) -> None:
        """Tell of each child that has ended, and end what is left of its process group."""
        while self._tokens:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is None:
                return
            process: int = found.si_pid
            # Not yet reaped, so its id, which is the group's, belongs to no one else.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process, signal.SIGKILL)
            _, status = os.waitpid(process, 0)
            token = self._tokens.pop(process, None)
            if token is not None:
                self._service.send(Ended(token=token, status=status))
