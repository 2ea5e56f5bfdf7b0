"""Changing a document in part, and telling two documents apart."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.errors import MalformedError

_DEEPEST = 50
"""Objects within each other in a patch: no document of ours has a tenth of them."""


def merged(document: Any, patch: Any, *, depth: int = 0) -> Any:
    """Return `document` with a merge patch applied (RFC 7396): null takes a key away.

    Raises MalformedError for a patch that is nested too deep.
    """
    if depth > _DEEPEST:
        raise MalformedError(f"the patch has more than {_DEEPEST} objects within each other")
    if not isinstance(patch, Mapping):
        return patch
    result = dict(document) if isinstance(document, Mapping) else {}
    for key, change in patch.items():
        if change is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), change, depth=depth + 1)
    return result


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the fields that differ, as `before` and `after`, each by its dotted path."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    changed = [path for path in {**old, **new} if old.get(path) != new.get(path)]
    return {
        "before": {path: old[path] for path in changed if path in old},
        "after": {path: new[path] for path in changed if path in new},
    }


def _leaves(document: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value
