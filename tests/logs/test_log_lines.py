"""Lines of the log: their form, what they hold, and what they cannot be made to hold."""

import io
import json
import logging
import sys
from pathlib import Path
from typing import Any

import pytest

from app import request_ids
from app.log_setup import Form, LineFormatter, LineHandler, config

LOG = logging.getLogger("tests.logs")


def line(form: Form, message: str, *args: object, most: int = 16_384, **extra: Any) -> str:
    """Return the line of one message."""
    stream = io.StringIO()
    handler = LineHandler(stream)
    handler.setFormatter(LineFormatter(form, most, subject="dispatch 7"))
    record = LOG.makeRecord(
        LOG.name,
        logging.WARNING,
        __file__,
        1,
        message,
        args,
        extra.pop("exc_info", None),
        extra=extra,
    )
    handler.emit(record)
    return stream.getvalue()


def failed(message: str) -> Any:
    """Return what sys.exc_info() would tell of an error."""
    error = RuntimeError(message)
    return type(error), error, error.__traceback__


def test_json_is_one_object_a_line() -> None:
    """With the time in UTC, the level, who speaks, and what else was given."""
    text = line("json", "%d rows\nof %s", 3, "grüße", client="::1", rows=3)
    assert text.count("\n") == 1
    found = json.loads(text)
    assert found.pop("timestamp").endswith("Z")
    assert found == {
        "level": "warning", "logger": "tests.logs", "event": "3 rows\nof grüße", "client": "::1", "rows": 3,
    }  # fmt: skip


def test_a_traceback_is_told_without_its_secrets() -> None:
    """In each form."""
    for form in ("json", "console", "program"):
        text = line(form, "it fails", exc_info=failed("mysql://u:hunter2222@h/d"))
        assert "RuntimeError: mysql://u:***@h/d" in text
        assert "hunter2222" not in text


def test_arguments_are_searched_for_secrets_too() -> None:
    """What is given beside the message may hold one as well."""
    assert "hunter2222" not in line("json", "%s", {"password": "hunter2222"}, more="pwd=hunter2222")


@pytest.mark.parametrize("form", ["console", "program"])
def test_nobody_forges_a_line(form: Form) -> None:
    """Control characters of what strangers send are spelled out, for terminals too."""
    text = line(form, "GET %s: 404", "/x\n2026-01-01T00:00:00Z INFO all is well\x1b[2J\u2028")
    assert text.count("\n") == 1
    assert "\\n2026" in text
    assert "\\x1b[2J\\u2028" in text


def test_parts_are_bounded() -> None:
    """A message of any length makes a line of a bounded one, and says what is missing."""
    text = json.loads(line("json", "x" * 1_000_000, most=1000, exc_info=failed("y" * 1_000_000)))
    assert len(text["event"]) < 1100
    assert len(text["exception"]) < 1100
    assert "characters more)" in text["event"]


def test_a_secret_at_the_cut_does_not_leak() -> None:
    """Texts are searched before they are cut: half a URL would not look like one."""
    text = line("json", "x" * 180 + "mysql://u:hunter2222@host/d", most=200)
    assert "hunter" not in text


def test_a_line_that_cannot_be_made_is_told_without_its_parts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The library would print all arguments."""
    assert line("json", "%d rows", "hunter2222") == ""
    told = capsys.readouterr().err
    assert "could not be written" in told
    assert "hunter2222" not in told


def test_a_full_disk_costs_lines_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where standard error leads to a file there: who says something goes on with his work."""
    with Path("/dev/full").open("wb", buffering=0) as full:
        stream = io.TextIOWrapper(full, write_through=True)
        monkeypatch.setattr(sys, "stderr", stream)
        handler = LineHandler(stream)
        handler.setFormatter(LineFormatter("json"))
        handler.handle(logging.makeLogRecord({"msg": "nobody reads this"}))
        with pytest.raises(OSError, match="No space left"):
            stream.write("who writes himself is told")
        stream.detach()


def test_a_programs_line_names_its_dispatch_and_its_request() -> None:
    """As people read it in the log of a dispatch."""
    request_ids.bind_process("r-1")
    try:
        text = line("program", "started")
    finally:
        request_ids.bind_process(None)
    assert text.endswith("Z WARNING dispatch 7: started (request r-1)\n")


def test_structlog_of_others_goes_the_same_way() -> None:
    """A model or a plug-in may use structlog itself."""
    import structlog

    stream = io.StringIO()
    handler = LineHandler(stream)
    handler.setFormatter(LineFormatter("json"))
    line("json", "loads it")
    logger = logging.getLogger("tests.plugin")
    logger.addHandler(handler)
    try:
        structlog.get_logger("tests.plugin").warning("a word", token="hunter2222", rows=3)
    finally:
        logger.removeHandler(handler)
    found = json.loads(stream.getvalue())
    assert (found["event"], found["rows"], found["token"]) == ("a word", 3, "***")


def test_other_libraries_speak_from_warnings_on() -> None:
    """APScheduler's every job is no news; for those who debug it is."""
    assert config()["root"]["level"] == "WARNING"
    assert config(level="error")["root"]["level"] == "ERROR"
    assert config(level="debug")["root"]["level"] == "INFO"
    assert config()["loggers"]["app"]["level"] == "INFO"


@pytest.mark.parametrize(
    ("sent", "is_taken"),
    [
        (b"abc-1", True), (b"a" * 128, True), (b"00-4bf92f35-01/x", True),
        (b"", False), (b"a" * 129, False), (b"a b", False), (b"a\x00", False), ("ä".encode(), False),
    ],
)  # fmt: skip
def test_a_sane_request_id_is_taken_over(sent: bytes, is_taken: bool) -> None:  # noqa: FBT001
    """Others are replaced: they would go into logs, records and answers."""
    found = request_ids.taken_over([(b"host", b"x"), (request_ids.HEADER, sent)])
    assert (found == sent) is is_taken
    assert found
