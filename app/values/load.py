"""How far a version is that is to be live: loaded, or on its way."""

from enum import StrEnum

from app.values.base import Value
from app.values.model import Model


class LoadState(StrEnum):
    """Whether the process that tells of it can answer with a version."""

    LOADED = "loaded"
    LOADING = "loading"
    FAILED = "failed"


class Load(Value):
    """How far one version is in one process."""

    state: LoadState
    detail: str | None = None
    """Why it is not well: what went wrong, or that it takes too long."""


class ServedModel(Model):
    """A model, with how far its live version is in the process that answers."""

    load: Load | None = None
    """None: no version is live, or this process serves no models."""
