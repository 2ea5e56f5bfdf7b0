"""Commands: no shell, an end in time, and what they print on record."""

import json
import os
import sys
import threading
from pathlib import Path

import pytest

from app.alerts import send_now
from app.values.alert import Delivery, Outcome
from tests.alerts.telling import channel, message
from tests.patience import await_that

PYTHON = sys.executable


def run(*words: str, timeout: float = 30.0, **environment: str) -> Delivery:
    """Run a command for an alert."""
    where = channel(kind="command", command=words, environment=environment, timeout=timeout)
    return send_now(where, message(detail="it's $HOME; `id`\n\x00two"), most=1000)


def test_the_alert_is_on_standard_input_and_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No word of it is read by a shell; the service's own settings are not handed on."""
    monkeypatch.setenv("DISPARO_SECRETS__KEY", "k3y")
    monkeypatch.setenv("SIREN_TOKEN", "t0ken")
    file = tmp_path / "got.json"
    code = "import json, os, sys; json.dump([dict(os.environ), json.load(sys.stdin)], open(sys.argv[1], 'w'))"
    done = run(PYTHON, "-c", code, str(file), TOKEN="${SIREN_TOKEN}")
    assert done.outcome is Outcome.ACCEPTED, done.detail
    environment, given = json.loads(file.read_text())
    assert given["title"] == environment["DISPARO_ALERT_TITLE"] == "Check db is down"
    assert given["detail"] == environment["DISPARO_ALERT_DETAIL"] == "it's $HOME; `id`\ntwo"
    assert environment["DISPARO_ALERT_IDEMPOTENCY_KEY"] == "0123456789abcdef" * 2
    assert (environment["DISPARO_ALERT_IS_RECOVERY"], environment["TOKEN"]) == ("0", "t0ken")
    assert "DISPARO_SECRETS__KEY" not in environment


def test_what_it_prints_is_kept_as_far_as_the_bound_and_without_secrets() -> None:
    """Also what goes to standard error; and a failure says with which exit code."""
    code = "import os, sys; sys.stderr.write(os.environ['TOKEN']); print('x' * 10**6); sys.exit(3)"
    done = run(PYTHON, "-c", code, TOKEN="s3cret")
    assert done.outcome is Outcome.FAILED
    assert done.detail.startswith(f"{PYTHON} ended with exit code 3; it printed: ***xxx")
    assert len(done.detail) < 1200


def test_one_that_hangs_is_killed_with_what_it_has_started(tmp_path: Path) -> None:
    """In time, and what it printed by then is kept."""
    place = tmp_path / "child"
    code = (
        "import os, subprocess, sys; child = subprocess.Popen(['sleep', '600']);"
        "open(sys.argv[1], 'w').write(str(child.pid)); print('working', flush=True); child.wait()"
    )
    done = run(PYTHON, "-c", code, str(place), timeout=2.0)
    assert done.outcome is Outcome.FAILED
    told = f"{PYTHON} did not end within 2 s and was killed; it printed: working"
    assert done.detail == told
    await_that(lambda: not _lives(int(place.read_text())))


def test_what_it_leaves_in_the_background_is_not_waited_for() -> None:
    """Though that keeps its output open."""
    begun = threading.Event()
    code = "import subprocess; subprocess.Popen(['sleep', '20']); print('gone on')"
    timer = threading.Timer(15, begun.set)
    timer.start()
    done = run(PYTHON, "-c", code)
    assert not begun.is_set()
    timer.cancel()
    assert done.outcome is Outcome.ACCEPTED
    assert done.detail.endswith("ended with exit code 0; it printed: gone on")


def test_one_that_reads_nothing_and_one_that_is_not_there() -> None:
    """The first has done its work; the second is refused, with the reason."""
    assert run("true").outcome is Outcome.ACCEPTED
    missing = run("/no/such/siren")
    assert missing.outcome is Outcome.REFUSED
    assert missing.detail == "/no/such/siren cannot be run: No such file or directory"


def _lives(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z" and os.path.exists(f"/proc/{process}")  # noqa: PTH110 - as above
