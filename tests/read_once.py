"""What takes longer than most tests, and is the same each time: done once by each worker.

That settings are read right is for the tests of settings, which call `load_settings` itself.
"""

import os
import pickle
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from app.settings import PREFIX, Settings, load_settings, var

_ELSEWHERE = {"DISPARO_SETTINGS", "DISPARO_SECRETS_DIR", "DISPARO_PROTOCOLS__CONTAINER"}
"""Variables that name what may change without a variable's doing so."""
_STATE = "DISPARO_VAR"
"""Where the state is kept is no setting."""


def settings() -> Settings:
    """Return what `load_settings` returns: nobody can change it, so that it may be shared."""
    var()
    ours = {key: value for key, value in os.environ.items() if key.upper().startswith(PREFIX)}
    ours.pop(_STATE)
    if _ELSEWHERE & {key.upper() for key in ours}:
        return load_settings()
    return _read(tuple(sorted(ours.items())))


@lru_cache(maxsize=50)
def _read(variables: tuple[tuple[str, str], ...]) -> Settings:
    assert variables is not None  # of the environment, from which they are read
    return load_settings()


def described(describe: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Return the framework's way to describe an application, which does it once for the same routes.

    Applications share their routes: a description differs by what is added to the framework's, and
    each asker is given one of his own.
    """
    known: dict[tuple[int, ...], tuple[list[Any], bytes]] = {}

    def once(*, routes: list[Any], **about: Any) -> dict[str, Any]:
        shown = [one for one in routes if getattr(one, "include_in_schema", True)]
        key = tuple(map(id, shown))  # they are kept, so that no other takes the place of one
        if key not in known:
            known[key] = shown, pickle.dumps(describe(routes=routes, **about))
        found: dict[str, Any] = pickle.loads(known[key][1])
        return found

    return once
