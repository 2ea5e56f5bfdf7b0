"""The settings of this environment, each combination read once: reading takes longer than most tests.

That they are read right is for the tests of settings, which call `load_settings` itself.
"""

import os
from functools import lru_cache

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
