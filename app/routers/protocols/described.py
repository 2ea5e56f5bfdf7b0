"""What the description of the interface says of the other protocols' routes.

It names them and who may; what goes through them their own documents tell, to which it points.
"""

from typing import Any

from app.routers.protocols.parts import Route
from app.routers.protocols.routes import routes
from app.settings_sections import Protocols

Document = dict[str, Any]
_ANY: Document = {"description": "The protocol's own form"}


def described(settings: Protocols) -> dict[str, Document]:
    """Return the paths that are switched on."""
    found: dict[str, Document] = {}
    for route in routes(settings):
        found.setdefault(route.template, {})[route.method.lower()] = _operation(route)
    return found


def _operation(route: Route) -> Document:
    names = [part[1:-1] for part in route.template.split("/") if part.startswith("{")]
    operation: Document = {
        "tags": [route.tag],
        "summary": (route.handler.__doc__ or "").partition(".")[0],
        "operationId": f"{route.tag.replace(' ', '_')}_{_name(route)}",
        "description": f"See {route.about}",
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in names
        ],
        "responses": {"200": _ANY, "default": {"description": "An error in the protocol's form"}},
    }
    if route.method == "POST":
        content: Document = {media: {"schema": {}} for media in route.media}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _name(route: Route) -> str:
    words = [part.strip("{}") for part in route.template.split("/") if part]
    return "_".join([route.method.lower(), *words])
