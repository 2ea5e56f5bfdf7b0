"""What sets a process apart from the others of this machine: a network, a clock of its own.

Its environment names them, so that what it starts is where it is.
"""

import ctypes
import os
from pathlib import Path

NETWORK = "TESTS_NETWORK"
"""The environment variable with the file of a network namespace."""
CLOCK = "TESTS_CLOCK"
"""The one with the file of seconds by which the clock is moved; see tests/clock.c."""
_CLONE_NEWNET = 0x40000000


def move() -> None:
    """Move this process to where its environment says that it is."""
    if network := os.environ.get(NETWORK):
        _enter(Path(network))
    if clock := os.environ.get(CLOCK):
        _call("move_clock", clock.encode())


def _enter(network: Path) -> None:
    with network.open("rb") as file:
        _call("setns", file.fileno(), _CLONE_NEWNET)


def _call(function: str, *arguments: bytes | int) -> None:
    """Call a function of the C library, or of what was loaded before it."""
    if getattr(ctypes.CDLL(None, use_errno=True), function)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{function}: {os.strerror(code)}")
