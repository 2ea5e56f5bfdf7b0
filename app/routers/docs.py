"""The page of the API's description at /docs: Swagger UI, by files of ours alone.

No script stands in the page itself, which the content security policy would refuse.
"""

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

from app.errors import NotFoundError

router = APIRouter(include_in_schema=False)
_BUNDLED = Path(str(files("fastapi_offline"))) / "static"
_FILES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon.png": "image/png",
}
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Disparo: API</title>
<link rel="stylesheet" href="docs/swagger-ui.css"><link rel="icon" href="docs/favicon.png">
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script>
"""
_START = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, showExtensions: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
  layout: "BaseLayout",
});
"""


@router.get("/docs")
def show_docs() -> HTMLResponse:
    """Show the API's description."""
    return HTMLResponse(_PAGE)


@router.get("/docs/{name}")
def get_docs_file(name: str) -> Response:
    """Return a file of the page."""
    if name == "start.js":
        return Response(_START, media_type="text/javascript", headers={"Cache-Control": "no-cache"})
    if name not in _FILES:
        raise NotFoundError(f"there is nothing at /docs/{name[:100]}")
    headers = {"Cache-Control": "no-cache"}
    return FileResponse(_BUNDLED / name, media_type=_FILES[name], headers=headers)
