"""Commands: a program is run for an alert, without a shell, and killed if it hangs."""

import asyncio
import json
import os
import select
import signal
import subprocess
import threading
from contextlib import suppress

from app.alerts.forms import plain
from app.alerts.secrets import Secrets
from app.alerts.words import clean
from app.settings import PREFIX
from app.values.alert import Delivery, Message, Outcome
from app.values.channel import Command

_PIECE = 65_536


async def run(
    target: Command,
    message: Message,
    secrets: Secrets,
    most: int,
    seconds: float,
) -> Delivery:
    """Run the program with the alert on its standard input and in its environment.

    At most `most` bytes of what it prints are kept. Raises ConfigurationError.
    """
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith(PREFIX)},
        **{
            name: secrets.open(text, f"variable {name}", on_one_line=False)
            for name, text in target.environment.items()
        },
        **variables(message),
    }
    running = _Running(target, environment, json.dumps(plain(message)).encode(), most, seconds)
    try:
        return await asyncio.get_running_loop().run_in_executor(None, running.to_its_end)
    except asyncio.CancelledError:
        running.kill()
        raise


def variables(message: Message) -> dict[str, str]:
    """Return a message as environment variables: `DISPARO_ALERT_TITLE` and so on."""
    values = {
        name: "" if value is None else str(int(value) if isinstance(value, bool) else value)
        for name, value in plain(message).items()
    }
    return {f"{PREFIX}ALERT_{name.upper()}": clean(value) for name, value in values.items()}


class _Running:
    """One program, in a thread of its own that reads what it prints."""

    def __init__(
        self,
        target: Command,
        environment: dict[str, str],
        given: bytes,
        most: int,
        seconds: float,
    ) -> None:
        self._words = target.command
        self._environment = environment
        self._given = given
        self._most = most
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._is_late = False
        self._is_unwanted = False

    def to_its_end(self) -> Delivery:
        """Run it, and say what came of it."""
        try:
            process = self._start()
        except (OSError, ValueError) as error:
            told = f"{self._words[0]} cannot be run: {getattr(error, 'strerror', None) or error}"
            return Delivery(outcome=Outcome.REFUSED, detail=told)
        ended, end = os.pipe()
        waiter = threading.Thread(target=self._wait, args=(process, end), daemon=True)
        waiter.start()
        try:
            output = self._talk(process, ended)
        finally:
            waiter.join()
            os.close(ended)
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()
        return self._judged(process.returncode, output)

    def kill(self) -> None:
        """End the program and what it has started, at once."""
        self._is_unwanted = True
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _start(self) -> "subprocess.Popen[bytes]":
        self._process = subprocess.Popen(  # noqa: S603 - no shell, and the words are the operator's
            self._words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._environment,
            start_new_session=True,
            bufsize=0,
        )
        if self._is_unwanted:
            self.kill()
        return self._process

    def _wait(self, process: "subprocess.Popen[bytes]", end: int) -> None:
        try:
            process.wait(self._seconds)
        except subprocess.TimeoutExpired:
            self._is_late = True
            self.kill()
            process.wait()
        finally:
            os.close(end)

    def _talk(self, process: "subprocess.Popen[bytes]", ended: int) -> bytes:
        """Write the alert and read what is printed, until the program ends.

        What it has left running in the background may keep its output open: nobody waits for that.
        """
        assert process.stdin is not None  # noqa: S101 - it was asked for
        assert process.stdout is not None  # noqa: S101 - the same
        with suppress(BrokenPipeError), process.stdin:
            process.stdin.write(self._given)  # less than a pipe holds, so it never waits
        found, source = bytearray(), process.stdout.fileno()
        while True:
            ready, _, _ = select.select([source, ended], [], [])
            piece = os.read(source, _PIECE) if source in ready else b""
            found += piece[: self._most - len(found)]
            if not piece or (ended in ready and len(found) >= self._most):
                return bytes(found)

    def _judged(self, code: int, output: bytes) -> Delivery:
        printed = clean(output.decode("utf-8", "replace")).strip()
        if self._is_late:
            told = f"{self._words[0]} did not end within {self._seconds:g} s and was killed"
        elif code < 0:
            told = f"{self._words[0]} was ended by signal {-code}"
        else:
            told = f"{self._words[0]} ended with exit code {code}"
        well = code == 0 and not self._is_late
        return Delivery(
            outcome=Outcome.ACCEPTED if well else Outcome.FAILED,
            detail=f"{told}; it printed: {printed}" if printed else told,
        )
