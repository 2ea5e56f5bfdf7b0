"""A model that does what its file says, so that tests can see how its dispatch is treated."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


class Acts:
    """Does what its file says at each row above 0; the sample of its registration has none."""

    feature_names_in_ = ("a",)

    def load(self, path: Path) -> None:
        """Read what to do, and with what."""
        asked = json.loads(path.read_text())
        self._do = getattr(self, f"_{asked.pop('do')}")
        self._with = asked

    def predict(self, frame: pd.DataFrame) -> Any:
        """Do it, then return twice the input."""
        if (frame["a"] > 0).any():
            self._do(**self._with)
        return frame["a"].to_numpy(dtype=float) * 2

    def _nothing(self) -> None:
        """Just answer."""

    def _sleep(self) -> None:
        """Sleep, as the thread of a stage: its program goes on listening."""
        time.sleep(600)

    def _wait(self, place: str) -> None:
        """Say that it runs, and wait to be let go."""
        Path(place, f"running-{os.getpid()}").touch()
        while not Path(place, "go").exists():
            time.sleep(0.01)

    def _resist(self, place: str) -> None:
        """Say that it runs, then hold the interpreter in C code: no handler of Python's runs."""
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(place, f"child-{child.pid}").touch()
        Path(place, f"running-{os.getpid()}").touch()
        ctypes.PyDLL(None).sleep(600)

    def _end_once(self, place: str, how: str) -> None:
        """In the first run end the process, without a word."""
        mark = Path(place, "ended")
        if mark.exists():
            return
        mark.touch()
        if how == "exit":
            os._exit(3)
        os.kill(os.getpid(), signal.Signals[how])

    def _grow(self) -> None:
        """Hold ever more memory."""
        held = []
        while True:
            held.append(np.ones(2**21))
            time.sleep(0.005)

    def _ask_too_much(self) -> None:
        """Ask for more memory than any machine has."""
        np.ones(2**50)

    def _multiply(self) -> None:
        """Use the numeric libraries' own threads."""
        square = np.random.default_rng(0).random((400, 400))
        assert np.isfinite(square @ square).all()

    def _say(self, words: str, times: int = 1) -> None:
        """Print, on both streams."""
        for _ in range(times):
            print(words, flush=True)  # noqa: T201 - the log is what is tested
        print("done", file=sys.stderr, flush=True)  # noqa: T201

    def _say_bytes(self, octets: str) -> None:
        """Print bytes that are not text."""
        os.write(1, bytes.fromhex(octets))

    def _talk(self, place: str) -> None:
        """Print a line, wait to be let go, print another."""
        print("first", flush=True)  # noqa: T201
        self._wait(place)
        print("second", flush=True)  # noqa: T201

    def _flood(self, place: str) -> None:
        """Print several megabytes, then wait to be let go."""
        for _ in range(500):
            os.write(1, b"x" * 9_999 + b"\n")
        self._wait(place)
