"""YAML of bounded size: a few lines of it may stand for billions (its aliases, and theirs)."""

from typing import Any

import yaml

MOST_BYTES = 16 * 2**20
"""Of a file."""
_MOST_PARTS = 1_000_000
"""Keys, values and items of a document, each as often as aliases repeat it."""


def bounded_yaml(text: str) -> Any:
    """Return what a YAML text says. Raises YAMLError, ValueError, RecursionError."""
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if _parts(node, {}) > _MOST_PARTS:
            raise ValueError(f"its aliases make more than {_MOST_PARTS} parts of it")
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _parts(node: yaml.Node, known: dict[int, int | None]) -> int:
    """Count the parts of a node, those behind an alias anew. Raises ValueError for a circle."""
    if id(node) in known:
        found = known[id(node)]
        if found is None:
            raise ValueError("an alias leads to what it stands in")
        return found
    if isinstance(node, yaml.ScalarNode):
        return 1
    known[id(node)] = None
    inner = [part for pair in node.value for part in pair] if _is_mapping(node) else node.value
    known[id(node)] = found = 1 + sum(_parts(part, known) for part in inner)
    return found


def _is_mapping(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode)
