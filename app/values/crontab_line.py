"""One line of a crontab that runs a schedule: `disparo dispatch run NAME …`, read from its text.

The form is that of `man 5 crontab` on Debian: five fields or a macro, in system files a user, and a
command up to a `%` that no backslash precedes.
"""

import re
import shlex
from collections.abc import Sequence
from pathlib import PurePath

from app.values.base import Name, Value

_ASSIGNED = re.compile(r"""\s*(["']?)([A-Za-z_]\w*)\1\s*=\s*(.*)""")
_REDIRECTION = re.compile(r"(?<!\S)(?:\d|&)?(?:>>|>&|>\||>|<)\s*[^\s|;&]+")
_BEFORE = re.compile(r"[A-Za-z_]\w*=.*")
_FIELDS = 5


class CrontabCall(Value):
    """What a line asks for: a schedule's work at these times."""

    cron: str
    schedule: Name
    parameters: tuple[str, ...] = ()
    """Each `name=value`, as on the command line."""


def assignment(line: str) -> tuple[str, str] | None:
    """Return name and value of a line that sets a variable; None: it is no such line."""
    found = _ASSIGNED.fullmatch(line)
    if found is None:
        return None
    text = found[3].strip()
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return found[2], text[1:-1] if is_quoted else text


def call(line: str, *, system: bool) -> CrontabCall:
    """Return what a line asks for. ValueError says why it is none that a schedule can do."""
    words = line.split(None, (1 if line.lstrip().startswith("@") else _FIELDS) + system)
    count = 1 if words[0].startswith("@") else _FIELDS
    if len(words) <= count + system:
        raise ValueError("it has no command after its times" + (" and its user" if system else ""))
    arguments = _arguments(_command(words[-1]))
    return CrontabCall(cron=" ".join(words[:count]), **_asked(arguments))


def _command(text: str) -> str:
    """Return what the shell gets: a `%` ends it, unless a backslash makes it a mere `%`."""
    return re.split(r"(?<!\\)%", text, maxsplit=1)[0].replace("\\%", "%")


def _arguments(command: str) -> list[str]:
    """Return the arguments of `disparo dispatch run` in a shell's command."""
    lexer = shlex.shlex(_REDIRECTION.sub("", command), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        tokens = list(lexer)
    except ValueError as error:
        raise ValueError(f"its quotes do not close ({error})") from None
    calls = [found for part in _parts(tokens) if (found := _own(part)) is not None]
    if not calls:
        raise ValueError("it does not call `disparo dispatch run`")
    if len(calls) > 1 or not all(_is_setting(one) or _own(one) for one in _parts(tokens)):
        raise ValueError("it runs other commands too")
    return calls[0]


def _parts(tokens: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token and set(token) <= set("();<>|&"):
            parts.append([token] if token not in {"&&", ";"} else [])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _own(part: Sequence[str]) -> list[str] | None:
    rest = list(part)
    while rest and (_BEFORE.fullmatch(rest[0]) or PurePath(rest[0]).name == "env"):
        rest.pop(0)
    is_own = len(rest) > 3 and PurePath(rest[0]).name == "disparo"  # noqa: PLR2004 - and a name
    return rest[3:] if is_own and rest[1:3] == ["dispatch", "run"] else None


def _is_setting(part: Sequence[str]) -> bool:
    return part[0] in {"cd", "export"} or all(_BEFORE.fullmatch(word) for word in part)


def _asked(arguments: Sequence[str]) -> dict[str, object]:
    names, parameters = list[str](), list[str]()
    rest = [half for one in arguments for half in _halves(one)]
    while rest:
        match rest.pop(0):
            case "--slot" if rest:
                if (slot := rest.pop(0)) != "now":
                    raise ValueError(f"it runs one fixed slot ({slot}) again and again")
            case "--param" if rest:
                parameters.append(rest.pop(0))
            case option if option.startswith("-"):
                raise ValueError(f"a schedule has nothing like {option}")
            case name:
                names.append(name)
    if len(names) != 1:
        raise ValueError("it does not name one schedule")
    return {"schedule": names[0], "parameters": tuple(parameters)}


def _halves(argument: str) -> Sequence[str]:
    """Return `--option=value` as two words."""
    option, equals, value = argument.partition("=")
    return (option, value) if equals and option.startswith("--") else (argument,)
