"""Connection strings: variables are put in, passwords are hidden."""

import os
import re
from urllib.parse import quote

from app.errors import ConfigurationError

_PASSWORD = re.compile(
    r"\b(pwd|\w*password|passwd|passphrase|\w*token)\s*=\s*(\{(?:[^}]|\}\})*(?:\}|$)|[^;]*)",
    re.IGNORECASE,
)


def expand(text: str, where: str) -> str:
    """Replace each `${NAME}` by that environment variable; a missing one is an error at `where`.

    A password may hold any character: within `user:password@` of a URL a variable is
    percent-encoded, and as a value of an ODBC string it is put in braces where it needs them.
    """

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        if name not in os.environ:
            raise ConfigurationError(
                f"{where} uses ${{{name}}}, but the environment variable {name} is not set; "
                "set it, or correct the name",
                setting=where,
                variable=name,
            )
        return _fitted(os.environ[name], text[: match.start()], text[match.end() :])

    return re.sub(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", value_of, text)


def _fitted(value: str, before: str, after: str) -> str:
    """Return a variable's value as it has to stand between these parts of a connection string."""
    if re.search(r"://[^/?#]*$", before):
        return quote(value, safe="") if re.match(r"[^/?#]*@", after) else value
    if re.search(r"=\s*\{$", before) and after.startswith("}"):
        return value.replace("}", "}}")
    is_whole = re.search(r"=\s*$", before) and re.match(r"\s*(;|$)", after)
    if "://" not in before and is_whole and re.search(r"[;{}]|^\s|\s$", value):
        return "{" + value.replace("}", "}}") + "}"
    return value


def redacted(connection: str) -> str:
    """Hide the password of a connection string or URL; `${NAME}`s stay."""
    hidden = re.sub(r"(?<=://)([^:/@]*):.*@", r"\1:***@", connection)
    return _PASSWORD.sub(r"\1=***", hidden)


def redacted_lines(text: str) -> str:
    """Hide passwords line by line: a driver may put its connection string into an error."""
    return "\n".join(map(redacted, text.split("\n")))
