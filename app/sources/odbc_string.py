"""ODBC connection strings: which database system they lead to, and the options that they lack."""

import os
import re
from configparser import ConfigParser
from configparser import Error as IniError
from pathlib import Path

from app.errors import ConfigurationError, SourceError
from app.sources.limits import Limits

_SYSTEMS = (
    ("mysql", re.compile(r"maria|mysql|maodbc|myodbc")),
    ("postgresql", re.compile(r"postgres|psql")),
    ("sqlite", re.compile(r"sqlite")),
)


def pairs(text: str) -> dict[str, str]:
    """Return the string's keys, in lower case, with their values; the first of two equal wins."""
    found: dict[str, str] = {}
    for key, value in re.findall(r"([^=;]+)=\s*(\{(?:[^}]|\}\})*\}|[^;]*)", text):
        whole = value[1:-1].replace("}}", "}") if value.startswith("{") else value.strip()
        found.setdefault(key.strip().lower(), whole)
    return found


def described(text: str) -> dict[str, str]:
    """Return what `pairs` gives, and what odbc.ini says of the data source that it names."""
    given = pairs(text)
    return _data_source(given["dsn"]) | given if "dsn" in given else given


def system_of(keys: dict[str, str]) -> str | None:
    """Return SQLAlchemy's name of the system, told from the driver's name or file."""
    driver = keys.get("driver", "").lower()
    return next((system for system, pattern in _SYSTEMS if pattern.search(driver)), None)


def require_file(name: str, path: str | None) -> None:
    """Refuse an SQLite source without its file, which the drivers would create.

    Raises ConfigurationError where none is named, SourceError where it is not there.
    """
    if not path:
        raise ConfigurationError(
            f"source {name!r}: the connection string names no file; add Database=/path/to/file",
            source=name,
        )
    if not Path(path).is_file():
        raise SourceError(
            f"source {name!r}: there is no SQLite file {path}; correct the path, or create the "
            "file",
            source=name,
            step="database",
        )


def with_options(text: str, system: str | None, limits: Limits, *, write: bool = False) -> str:
    """Add the options that bound time and memory, where the string does not set them.

    A driver passes over options that it does not know, so an unknown one is given them all.
    """
    given = pairs(text)
    if system == "sqlite":  # whose driver takes braces for a part of the path
        text = re.sub(r"(?i)(\bdatabase\s*=\s*)\{([^{};]*)\}", r"\1\2", text)
    missing = [
        f"{key}={value}"
        for of, options in _options(limits, write=write).items()
        if system in {of, None}
        for key, value in options.items()
        if key.lower() not in given
    ]
    return ";".join([text.rstrip("; "), *missing])


def _options(limits: Limits, *, write: bool) -> dict[str, dict[str, int | str]]:
    sqlite: dict[str, int | str] = {
        "StepAPI": 1,  # without it the driver holds the whole result
        "Timeout": round(limits.connect_timeout * 1000),
        "SyncPragma": "FULL",
    }
    if write:  # a reader and a writer of one file wait for each other without WAL
        sqlite["JournalMode"] = "WAL"
    return {
        # The driver ignores ODBC's own login time-out.
        "mysql": {
            "CONN_TIMEOUT": max(1, round(limits.connect_timeout)),
            "CHARSET": "utf8mb4",
            **_bounded(limits, "mysql"),
        },
        "postgresql": {
            # Without a cursor the driver holds the whole result.
            "UseDeclareFetch": 1,
            "Fetch": limits.batch_rows,
            "BoolsAsChar": 0,
            # Otherwise texts of columns without a length end at 255 or 8190 bytes.
            "MaxVarcharSize": limits.max_text + 1,
            "MaxLongVarcharSize": limits.max_text + 1,
            **_bounded(limits, "postgresql"),
        },
        "sqlite": sqlite,
    }


def _bounded(limits: Limits, system: str) -> dict[str, int]:
    """Return what makes a wait end: for an answer, or for a machine that was lost."""
    if limits.answer_timeout is None:
        return {}
    if system == "mysql":
        return {"READ_TIMEOUT": max(1, round(limits.answer_timeout))}
    return {"KeepaliveTime": 15, "KeepaliveInterval": 15}


def _data_source(name: str) -> dict[str, str]:
    """Return the section of a data source: the user's file goes before the system's."""
    system = Path(os.environ.get("ODBCSYSINI", "/etc"))
    places = (Path(os.environ.get("ODBCINI", "~/.odbc.ini")).expanduser(), system / "odbc.ini")
    for place in places:
        ini = ConfigParser(interpolation=None, strict=False, delimiters=("=",))
        try:
            ini.read(place, encoding="utf-8")
        except (IniError, OSError, UnicodeDecodeError):
            continue  # unixODBC itself will say what is wrong with it
        if ini.has_section(name):
            return {key: value.strip(" {}") for key, value in ini.items(name)}
    return {}
