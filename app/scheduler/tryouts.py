"""Tryouts: each is a process of its own, so that neither a query nor a model harms the service."""

import logging
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from pydantic import ValidationError

from app.errors import AppError, BusyError, InvalidRequestError, LostError, TimedOutError, kind_of
from app.scheduler.tryout_program import BORN, Orders
from app.services.priority import QUIET_THREADS
from app.settings import Settings
from app.values.dispatch import DispatchError
from app.values.tryout import Outcome, Tried, TryoutRequest

logger = logging.getLogger(__name__)

_PROGRAM = (
    "import sys; sys.path[:] = sys.argv[1:]; from app.scheduler.tryout_program import main; main()"
)
_BIRTH_SECONDS = 60.0
"""What loading may take on a busy machine, once in a while."""
_STOP_SECONDS = 2.0
_CHUNK = 2**16


def _start(end: socket.socket) -> "subprocess.Popen[bytes]":
    """Start the process whose standard input is this end of a pair."""
    # A session of its own: Ctrl-C at the terminal is for the service alone.
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", _PROGRAM, *sys.path],
        stdin=end.fileno(),
        env={**QUIET_THREADS, **os.environ},
        start_new_session=True,
    )


class Tryouts:
    """Runs tryouts, a bounded number at once. The process that forks them starts with the first."""

    def __init__(self, settings: Settings, state: Path) -> None:
        self._settings = settings
        self._state = state
        self._bounds = settings.dispatch
        self._room = threading.BoundedSemaphore(self._bounds.tries)
        self._lock = threading.Lock()
        self._door: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    def run(self, asked: TryoutRequest) -> Tried:
        """Try it, and wait for what comes of it.

        Raises BusyError, TimedOutError, LostError, and what fails in it: its facts name the stage.
        """
        if asked.rows > self._bounds.try_rows:
            raise InvalidRequestError(
                f"at most {self._bounds.try_rows} rows are tried (dispatch.try_rows); ask for fewer"
            )
        if not self._room.acquire(blocking=False):
            raise BusyError(
                f"{self._bounds.tries} queries are tried already (dispatch.tries); try again",
                retry_after=1,
            )
        try:
            with self._child() as child:
                return _tried(self._answer(child, asked))
        finally:
            self._room.release()

    def stop(self) -> None:
        """Start none more, and let the process end."""
        with self._lock:
            self._is_stopped = True
            self._close()

    def _child(self) -> socket.socket:
        """Return what leads to a child that is there. Raises LostError, BusyError."""
        for _ in range(2):  # the process may have ended for want of work
            child = self._asked()
            child.settimeout(_BIRTH_SECONDS)
            try:
                if child.recv(1) == BORN:
                    return child
            except OSError:
                logger.warning("the process that tries schedules says nothing; another is started")
            child.close()
            with self._lock:
                self._close()
        raise LostError("the process that tries schedules does not start; see the service's log")

    def _asked(self) -> socket.socket:
        ours, its = socket.socketpair()
        with self._lock, its:
            if self._is_stopped:
                ours.close()
                raise BusyError("the service is about to end; try again", retry_after=1)
            try:
                socket.send_fds(self._door or self._open(), [BORN], [its.fileno()])
            except OSError:
                self._close()  # what is asked hears of nothing, and is asked again
        return ours

    def _open(self) -> socket.socket:
        self._door, its = socket.socketpair()
        with its:
            self._process = _start(its)
        return self._door

    def _close(self) -> None:
        """Let the process end; children that work go on, until their alarm."""
        door, process = self._door, self._process
        self._door = self._process = None
        if door is not None:
            door.close()
        if process is not None:
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:  # still loading
                process.kill()
                process.wait()

    def _answer(self, child: socket.socket, asked: TryoutRequest) -> bytes:
        deadline, pieces = time.monotonic() + self._bounds.try_seconds, []
        orders = Orders(settings=self._settings, state=self._state, asked=asked)
        try:
            child.settimeout(self._bounds.try_seconds)
            child.sendall(pickle.dumps(orders))
            child.shutdown(socket.SHUT_WR)
            while piece := child.recv(_CHUNK):
                pieces.append(piece)
                child.settimeout(max(0.001, deadline - time.monotonic()))
        except TimeoutError:
            raise TimedOutError(
                f"the query and the model took longer than {self._bounds.try_seconds:g} s "
                "(dispatch.try_seconds) for a few rows, and were ended; let the query read less"
            ) from None
        except OSError:  # it has crashed
            return b""
        return b"".join(pieces)


def _tried(answer: bytes) -> Tried:
    try:
        outcome = Outcome.model_validate_json(answer)
    except ValidationError:
        raise LostError(
            "the process that tried it ended without an answer: the model or a driver made it "
            "crash, or it needed more memory than there is (dispatch.try_memory)"
        ) from None
    if outcome.tried is None:
        assert outcome.error is not None  # noqa: S101 - one of them is there
        raise _error(outcome.error)
    return outcome.tried


def _error(told: DispatchError) -> AppError:
    kind = kind_of(told.slug) or AppError
    return kind(told.detail, **{**told.facts, "stage": told.stage})
