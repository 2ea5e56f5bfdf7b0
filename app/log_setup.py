"""What the service and its programs say of themselves: one form, whichever library speaks.

Everything goes through the standard library's logging to standard error, and structlog gives it its
form: a line of JSON for programs, a line for people on a terminal, or that of a dispatch's own log.
Each line has the request in whose course it came about; secrets are taken out, and lines are bound
in length.
"""

import logging
import logging.config
import sys
import threading
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, Literal

from app import request_ids
from app.redaction import HIDDEN, is_secret, without_secrets

Form = Literal["auto", "json", "console", "program"]
Level = Literal["debug", "info", "warning", "error"]
MOST = 16_384
"""Characters of a part of a line, where no setting says so."""
_FIRST = ("timestamp", "level", "logger", "event", "request_id")
_LEFT_OUT = frozenset({"color_message"})  # the server says it all twice
_READ_AT_ONCE = 4
"""A text is cut to so many times its bound before it is searched for secrets, then to the bound."""


class LineFormatter(logging.Formatter):
    """Makes a line of a record. It loads structlog with the first: most commands write none."""

    def __init__(self, form: Form = "auto", most: int = MOST, subject: str = "") -> None:
        super().__init__()
        self._form = form
        self._most = most
        self._subject = subject
        self._made: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        if self._made is None:
            self._made = self._formatter()
        return self._made.format(record)

    def _formatter(self) -> logging.Formatter:
        import structlog

        before: list[Any] = [
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_request,
        ]
        structlog.configure(  # for models and plug-ins that use it themselves
            processors=[
                structlog.contextvars.merge_contextvars,
                *before,
                structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
            ],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger,
            cache_logger_on_first_use=True,
        )
        return structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.StackInfoRenderer(),
                structlog.processors.format_exc_info,
                self._tidy,
                self._renderer(),
            ],
        )

    def _tidy(self, _: Any, __: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
        """Take secrets out, bound each part, and put the parts into their order."""
        tidy = {
            key: HIDDEN if is_secret(key) else self._part(value)
            for key, value in event.items()
            if key not in _LEFT_OUT
        }
        first = {key: tidy.pop(key) for key in _FIRST if key in tidy}
        return {**first, **tidy}

    def _part(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        text = without_secrets(str(value)[: self._most * _READ_AT_ONCE])
        left = len(text) - self._most
        return text if left <= 0 else f"{text[: self._most]}… ({left} characters more)"

    def _renderer(self) -> Any:
        import structlog

        form = self._form
        if form == "auto":
            form = "console" if sys.stderr.isatty() else "json"
        if form == "json":
            return structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "program":
            return self._as_program
        console = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            pad_event_to=0,
            exception_formatter=structlog.dev.plain_traceback,
            sort_keys=False,
        )
        return lambda logger, name, event: console(logger, name, _on_one_line(event))

    def _as_program(self, _: Any, __: str, event: dict[str, Any]) -> str:
        """Return a line of a dispatch's own log."""
        event = _on_one_line(event)
        at, level, exception = (
            event["timestamp"][:19],
            event["level"].upper(),
            event.get("exception"),
        )
        line = f"{at}Z {level} {self._subject}: {event['event']}"
        if "request_id" in event:
            line += f" (request {event['request_id']})"
        return f"{line}\n{exception}" if exception else line


class LineHandler(logging.StreamHandler[Any]):
    """Writes lines to standard error. What cannot be written is told of without its content."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Tell that a line could not be made, and where: its parts may hold a secret."""
        kind = sys.exc_info()[0]
        name = "an error" if kind is None else kind.__name__
        if name != BrokenPipeError.__name__ and sys.stderr is not None:
            with suppress(OSError, ValueError):  # its disk is full, say: whoever logs goes on
                sys.stderr.write(
                    f"a line of the log could not be written: {name} "
                    f"at {record.pathname}:{record.lineno}\n"
                )


def config(
    *, level: Level = "info", form: Form = "auto", most: int = MOST, subject: str = ""
) -> dict[str, Any]:
    """Return the configuration as logging.config.dictConfig takes it.

    `level` is for Disparo and for the server; other libraries speak from warnings on.
    """
    least = "INFO" if level == "debug" else max("WARNING", level.upper(), key=_number)
    told = {"level": level.upper()}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"()": LineFormatter, "form": form, "most": most, "subject": subject}
        },
        "handlers": {"line": {"()": LineHandler, "formatter": "line"}},
        "root": {"level": least, "handlers": ["line"]},
        "loggers": {"app": told, "uvicorn": told, "uvicorn.error": told},
    }


def configure(**options: Any) -> None:
    """Let this process log so; the options are those of `config`."""
    logging.config.dictConfig(config(**options))


def catch_strays() -> None:
    """Send also what nobody has caught to the log: its traceback may hold a secret."""
    log = logging.getLogger("app")
    logging.captureWarnings(capture=True)

    def uncaught(kind: Any, error: Any, trace: Any) -> None:
        log.critical("the process ends by an error", exc_info=(kind, error, trace))

    def uncaught_in(found: threading.ExceptHookArgs) -> None:
        if found.exc_type is not SystemExit:
            told = found.exc_type, found.exc_value or found.exc_type(), found.exc_traceback
            name = "?" if found.thread is None else found.thread.name
            log.critical("the thread %s ends by an error", name, exc_info=told)

    sys.excepthook, threading.excepthook = uncaught, uncaught_in


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level]


def _add_request(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if (request_id := request_ids.current()) is not None:
        event.setdefault("request_id", request_id)
    return event


def _on_one_line(event: dict[str, Any]) -> dict[str, Any]:
    """Return the parts without control characters: nobody's text is to look like another line."""
    return {
        key: _plain(value)
        if isinstance(value, str) and key not in {"exception", "stack"}
        else value
        for key, value in event.items()
    }


def _plain(text: str) -> str:
    text = text.rstrip()
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )
