"""What checks depend on: each of it exists, and nothing depends on itself."""

from collections.abc import Iterable, Mapping, Sequence

from app.errors import ConfigurationError, ConflictError

Graph = Mapping[str, Sequence[str]]
"""The names of checks, each with those that it depends on."""


def require_sound(graph: Graph, changed: Iterable[str]) -> None:
    """Raise ConfigurationError if a changed check depends on none that exists, or on itself."""
    for name in changed:
        for need in graph[name]:
            if need not in graph:
                raise ConfigurationError(
                    f"check {name!r} depends on {need!r}, and there is no such check; create it "
                    "first, or leave it out of depends_on"
                )
        if circle := _circle(graph, name):
            raise ConfigurationError(
                f"check {name!r} would depend on itself: {' -> '.join(circle)}; "
                "leave one of them out"
            )


def require_unneeded(graph: Graph, name: str) -> None:
    """Raise ConflictError if other checks depend on the one that is to go."""
    if dependents := sorted(one for one, needs in graph.items() if name in needs):
        raise ConflictError(
            f"checks depend on {name!r}: {', '.join(dependents)}; change their depends_on first",
            checks=dependents,
        )


def _circle(graph: Graph, start: str) -> list[str] | None:
    """Return a way from a check back to itself. Each check is visited once."""
    ways, seen = [[start]], set[str]()
    while ways:
        way = ways.pop()
        for need in graph.get(way[-1], ()):
            if need == start:
                return [*way, need]
            if need not in seen:
                seen.add(need)
                ways.append([*way, need])
    return None
