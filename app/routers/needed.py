"""What the API's description says of who may: of each operation the role, and how it is refused."""

from typing import Any

from app.routers.rights import Right, right

Document = dict[str, Any]
_METHODS = frozenset({"get", "head", "post", "put", "patch", "delete"})
_WAYS: list[Document] = [{"token": []}, {"session": []}]
SCHEMES: Document = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "For programs: `disparo tokens create NAME --role viewer` makes one.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "disparo_session",
        "description": "For people: the cookie of who has logged in.",
    },
}
_REFUSALS = {"401": "Nobody who is known asks", "403": "Who asks may not do this"}


def with_rights(document: Document) -> Document:
    """Return a description that says of each operation who may; the given one is left as it is."""
    paths = {path: _item(path, item) for path, item in document["paths"].items()}
    parts = {**document["components"], "securitySchemes": SCHEMES}
    return {**document, "paths": paths, "components": parts}


def _item(path: str, item: Document) -> Document:
    return {
        method: _operation(one, right(method.upper(), path)) if method in _METHODS else one
        for method, one in item.items()
    }


def _operation(operation: Document, needed: Right | None) -> Document:
    if needed is None or needed.role is None:
        return {**operation, "security": []}
    words = f"{operation.get('description', '')}\n\nNeeds the role {needed.role}.".strip()
    responses = operation["responses"]
    if "default" not in responses:  # as a foreign protocol has it, whose errors have its own form
        responses = {**responses, **{one: _problem(told) for one, told in _REFUSALS.items()}}
    return {**operation, "description": words, "security": _WAYS, "responses": responses}


def _problem(words: str) -> Document:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": words, "content": {"application/problem+json": {"schema": schema}}}
