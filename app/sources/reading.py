"""A connection that reads: its transactions are read-only, and so is what it is asked.

The database holds it. What some databases let a read-only transaction do all the same is refused by
the query's own text: statements that are none of reading, a second statement, a file on the server.
"""

import re

from app.errors import ConfigurationError

READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
}
"""What makes all transactions of a connection read-only, by dialect."""
_FIRST = re.compile(
    r"(?:\s+|\(|--[^\n]*(?:\n|\Z)|\#[^\n]*(?:\n|\Z)|/\*(?![!M]).*?\*/)*([a-z]*)",
    re.IGNORECASE | re.DOTALL,
)
_READING = frozenset({"select", "with", "values", "table"})
_WORDS = {
    "mysql": (
        re.compile(r"\b(?:outfile|dumpfile)\b", re.IGNORECASE),
        "OUTFILE or DUMPFILE, by which MySQL writes a file on its server",
    ),
    "sqlite": (  # which the ODBC driver has switched on
        re.compile(r"load_extension", re.IGNORECASE),
        "load_extension, by which SQLite runs a program's code",
    ),
}
_WORDS["mariadb"] = _WORDS["mysql"]
"""Words that may stand nowhere in a query, and why: no database lets them be written otherwise."""


def require_reading(text: str, dialect: str, *, one_statement: bool) -> None:
    """Raise ConfigurationError for a query that does not read, or may do more than that.

    `one_statement` is for drivers that run several: then a semicolon may stand nowhere, since what
    is a text or a comment differs between databases.
    """
    found = _FIRST.match(text)
    word = found[1].lower() if found else ""
    if word not in _READING:
        raise ConfigurationError(
            f"the query begins with {word.upper() or text.strip()[:20]!r}, and it may only read: "
            "begin it with SELECT, WITH, VALUES or TABLE"
        )
    pattern, why = _WORDS.get(dialect, (None, ""))
    if pattern is not None and pattern.search(text):
        raise ConfigurationError(f"the query holds the word {why}; take it out")
    if one_statement and ";" in text:
        raise ConfigurationError(
            "over ODBC a query is one statement, without a semicolon, also in texts and comments; "
            "take it out, or let a parameter hold the text"
        )
