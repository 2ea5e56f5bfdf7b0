"""What can go wrong, as named classes.

Each class carries the HTTP status with which the API answers it, the exit code with which the
command line ends, and a slug that stays the same for programs. The message says what happened,
where, and what to do next; `facts` repeats its parts for programs.
"""

from datetime import datetime
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """How `disparo` ends. Documented in docs/exit-codes.md."""

    SUCCESS = 0
    UNEXPECTED = 1
    BAD_CONFIGURATION = 2
    SOURCE_UNREACHABLE = 3
    DATA_REFUSED = 4
    MODEL_FAILED = 5
    CANCELLED = 6
    TIMED_OUT = 7
    LOST = 8
    CASES_FAILED = 9
    NOT_WELL = 10


class AppError(Exception):
    """An error that a user can be told about."""

    status: ClassVar[int] = 500
    exit_code: ClassVar[ExitCode] = ExitCode.UNEXPECTED
    slug: ClassVar[str] = "unexpected"
    title: ClassVar[str] = "Unexpected error"
    can_pass: ClassVar[bool] = False
    """Whether the same work may succeed later with nothing changed by a person."""

    def __init__(self, detail: str, **facts: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = {name: fact for name, fact in facts.items() if fact is not None}


def kind_of(slug: str) -> type[AppError] | None:
    """Return the error class with this slug."""
    waiting = [AppError]
    while waiting:
        kind = waiting.pop()
        if kind.slug == slug:
            return kind
        waiting += kind.__subclasses__()
    return None


def exit_code(slug: str) -> ExitCode:
    """Return the exit code of the error class with this slug."""
    kind = kind_of(slug)
    return ExitCode.UNEXPECTED if kind is None else kind.exit_code


class ConfigurationError(AppError):
    """A setting, a declaration or an argument is wrong."""

    status = 422
    exit_code = ExitCode.BAD_CONFIGURATION
    slug = "bad-configuration"
    title = "Bad configuration"


class MalformedError(ConfigurationError):
    """A header or an argument has not the form that it must have."""

    status = 400
    slug = "malformed"
    title = "Malformed"


class NoSuchTimeError(ConfigurationError, ValueError):
    """A time is of no year that there is, in UTC or by the clock of its time zone."""

    def __init__(self, moment: datetime) -> None:
        words = "is out of range: the years go from 1 to 9999 in UTC"
        super().__init__(f"{moment.isoformat()} {words}")


class InvalidRequestError(ConfigurationError):
    """A request is not of the form that it must have."""

    slug = "invalid-request"
    title = "Invalid request"


class UnauthenticatedError(ConfigurationError):
    """Nobody has shown who they are, or what they showed does not hold."""

    status = 401
    slug = "unauthenticated"
    title = "Not authenticated"

    def __init__(self, detail: str, *, challenge: str = 'Bearer realm="disparo"') -> None:
        super().__init__(detail)
        self.challenge = challenge
        """How to show who one is, as WWW-Authenticate says it."""


class ForbiddenError(ConfigurationError):
    """Whoever asks may not do this."""

    status = 403
    slug = "forbidden"
    title = "Forbidden"


class NotFoundError(ConfigurationError):
    """The named thing does not exist."""

    status = 404
    slug = "not-found"
    title = "Not found"


class ConflictError(ConfigurationError):
    """The thing exists already, or is not in a state that allows this."""

    status = 409
    slug = "conflict"
    title = "Conflict"


class GateError(ConflictError):
    """A version fails its model's cases, and so is not promoted."""

    exit_code = ExitCode.CASES_FAILED
    slug = "cases-failed"
    title = "Cases failed"


class ChangedError(ConfigurationError):
    """The thing was changed since it was read."""

    status = 412
    slug = "changed"
    title = "Changed meanwhile"


class TooLargeError(ConfigurationError):
    """A body or a file is over its limit."""

    status = 413
    slug = "too-large"
    title = "Too large"


class UnsupportedError(ConfigurationError):
    """A body is of a kind that is not taken here."""

    status = 415
    slug = "unsupported"
    title = "Unsupported"


class TooManyError(ConfigurationError):
    """Somebody has tried too often."""

    status = 429
    slug = "too-many"
    title = "Too many"
    can_pass = True


class OutdatedSchemaError(ConfigurationError):
    """The database's schema is not the one that this release works with."""

    status = 503
    slug = "outdated-schema"
    title = "Outdated schema"


class BusyError(AppError):
    """A queue is full."""

    status = 503
    slug = "busy"
    title = "Busy"
    can_pass = True


class DatabaseAwayError(AppError):
    """Disparo's own database does not answer."""

    status = 503
    exit_code = ExitCode.SOURCE_UNREACHABLE
    slug = "database-away"
    title = "Database away"
    can_pass = True


class ProviderError(AppError):
    """The provider of single sign-on does not answer, or not as it should."""

    status = 502
    slug = "provider-away"
    title = "Provider away"
    can_pass = True


class SourceError(AppError):
    """An outside database could not be reached, or failed while it was used."""

    status = 502
    exit_code = ExitCode.SOURCE_UNREACHABLE
    slug = "source-unreachable"
    title = "Source unreachable"
    can_pass = True


class DataRefusedError(AppError):
    """The collected rows, or the table to deliver to, do not fit the model."""

    status = 422
    exit_code = ExitCode.DATA_REFUSED
    slug = "data-refused"
    title = "Data refused"


class InvalidCasesError(DataRefusedError):
    """Cases do not fit the model's signature."""

    slug = "invalid-cases"
    title = "Invalid cases"


class ModelError(AppError):
    """A model does not load, or failed to predict."""

    status = 422
    exit_code = ExitCode.MODEL_FAILED
    slug = "model-failed"
    title = "Model failed"


class CancelledError(AppError):
    """The dispatch was told to stop."""

    status = 409
    exit_code = ExitCode.CANCELLED
    slug = "cancelled"
    title = "Cancelled"


class TimedOutError(AppError):
    """The dispatch ran longer than its schedule allows."""

    status = 504
    exit_code = ExitCode.TIMED_OUT
    slug = "timed-out"
    title = "Timed out"
    can_pass = True


class TooLateError(CancelledError):
    """The dispatch could not start before its deadline."""

    slug = "too-late"
    title = "Too late to start"


class LostError(AppError):
    """The program of a dispatch fell silent, or died without a word."""

    status = 500
    exit_code = ExitCode.LOST
    slug = "lost"
    title = "Lost"
    can_pass = True


class OutOfMemoryError(AppError):
    """The dispatch needed more memory than it may have."""

    status = 500
    exit_code = ExitCode.MODEL_FAILED
    slug = "out-of-memory"
    title = "Out of memory"


class ClaimGoneError(AppError):
    """The dispatch belongs to this program no more."""

    status = 409
    exit_code = ExitCode.LOST
    slug = "claim-gone"
    title = "Claim gone"


class NotLeaderError(AppError):
    """Another service has become the scheduler."""

    status = 409
    slug = "not-leader"
    title = "Not the scheduler"
    can_pass = True
