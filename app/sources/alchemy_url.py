"""An SQLAlchemy URL, read with words for what is wrong with it, and what its driver is told."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from app.errors import ConfigurationError
from app.sources.limits import Limits


def readable_url(name: str, text: str) -> URL:
    """Return the URL of source `name`. Raises ConfigurationError for one that cannot be right."""
    url = _parsed(text)
    if url is None:
        raise ConfigurationError(
            f"source {name!r}: the URL cannot be read; write scheme://user:password@host:port/name "
            "with the special characters of user and password percent-encoded (@ is %40, / is "
            "%2F), or let ${NAME} take them from the environment as they are"
        )
    try:
        url.get_dialect()
    except sa.exc.NoSuchModuleError as error:
        raise ConfigurationError(
            f"source {name!r}: the URL names no known driver ({url.drivername}); write e.g. "
            "sqlite:///file, mysql+pymysql://user:password@host/name or postgresql+psycopg://…"
        ) from error
    return url.set(drivername="mysql+pymysql") if url.drivername == "mysql" else url


def _parsed(text: str) -> URL | None:
    """Return the URL, or None: also where a password's rest became a host, which errors tell."""
    try:
        url = make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        return None
    return None if "@" in (url.host or "") else url


def connect_args(url: URL, limits: Limits) -> dict[str, Any]:
    """Return what the URL's driver is told of the limits."""
    seconds = limits.connect_timeout
    match url.get_backend_name():
        case "sqlite":
            return {
                "timeout": seconds,
                "check_same_thread": False,
            }  # one stage, one thread at a time
        case "mysql" | "mariadb":
            whole = max(1, round(seconds))
            # PyMySQL's own time-out ends before the server's greeting.
            return {"connect_timeout": whole, "read_timeout": whole}
        case "postgresql":
            return {"connect_timeout": max(1, round(seconds))} | _noticing_death(limits)
        case _:
            return {}


def _noticing_death(limits: Limits) -> dict[str, int]:
    """Let a bounded wait end soon after the server's machine was lost."""
    if limits.answer_timeout is None:
        return {}
    return {"keepalives_idle": 15, "keepalives_interval": 15, "keepalives_count": 3}
