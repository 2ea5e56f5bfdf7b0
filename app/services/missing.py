"""The errors that tell of what is not there."""

from app.errors import NotFoundError


def no_model(name: str) -> NotFoundError:
    """Return the error that tells of a model that is not registered."""
    return NotFoundError(f"there is no model {name!r}; `disparo models list` shows them")


def no_version(model: str, number: int) -> NotFoundError:
    """Return the error that tells of a version that a model does not have."""
    return NotFoundError(
        f"model {model!r} has no version {number}; `disparo models show {model}` lists them"
    )


def not_recorded(request_id: str) -> NotFoundError:
    """Return the error that tells of a request that is not on record."""
    return NotFoundError(
        f"there is no prediction {request_id}; it was never recorded, or is older than "
        "showroom.keep_days and showroom.keep_requests let records be"
    )
