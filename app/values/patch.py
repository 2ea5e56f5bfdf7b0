"""Changing a document in part, and telling two documents apart."""

from collections.abc import Iterator, Mapping
from typing import Any


def merged(document: Any, patch: Any) -> Any:
    """Return `document` with a merge patch applied (RFC 7396): null takes a key away."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(document) if isinstance(document, Mapping) else {}
    for key, change in patch.items():
        if change is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), change)
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
