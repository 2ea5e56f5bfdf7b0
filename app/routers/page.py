"""The page at /ui/: what the build of frontend/ left in app/static/, answered from memory."""

import gzip
import mimetypes
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.errors import NotFoundError
from app.routers.etags import is_tagged
from app.values.base import Value

BUILT = Path(__file__).parent.parent / "static"
_HASHED = "assets/"
"""Below it a file's name changes with what it says."""
_FOR_EVER = "public, max-age=31536000, immutable"
_INDEX = "index.html"
_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Disparo</title>
<h1>Disparo runs</h1>
<p>The interface for programs is at <a href="/docs">/docs</a>. The page is not here: it is built
with Node.js 20.19 or newer. Install that, run <code>make page</code>, and start the service
again.</p>
"""

router = APIRouter(include_in_schema=False)


class File(Value):
    """A file as it is sent."""

    body: bytes
    packed: bytes | None
    """The same by gzip, where that is shorter."""
    tag: str
    media_type: str
    caching: str

    def answer(self, *, packs: bool, known: str | None) -> Response:
        """Return the file, or that the client has it already."""
        headers = {"ETag": self.tag, "Cache-Control": self.caching, "Vary": "Accept-Encoding"}
        if is_tagged(known, self.tag):
            # With its type, by which the policy of content is chosen: the browser takes over both.
            return Response(status_code=304, media_type=self.media_type, headers=headers)
        if packs and self.packed is not None:
            headers["Content-Encoding"] = "gzip"
            return Response(self.packed, media_type=self.media_type, headers=headers)
        return Response(self.body, media_type=self.media_type, headers=headers)


class Page:
    """The built page. Its files are read once, so that no disk holds it up."""

    def __init__(self, built: Path) -> None:
        self._built = built

    @cached_property
    def _files(self) -> dict[str, File]:
        return {
            name: _read(path, name)
            for path in self._built.rglob("*")
            if path.is_file() and "/." not in f"/{(name := _name(path, self._built))}"
        }

    def find(self, path: str) -> File | None:
        """Return a file; for the address of a view, which the page itself knows, the index.

        None: the page is not built. Raises NotFoundError.
        """
        if (found := self._files.get(path)) is not None:
            return found
        if path.startswith(_HASHED):
            raise NotFoundError(
                f"the page has no file {path} (any more): load it anew, it was updated"
            )
        return self._files.get(_INDEX)


_page = Page(BUILT)


@router.api_route("/ui/assets/{path:path}", methods=["GET", "HEAD"])
async def get_asset(
    path: str,
    accept_encoding: Annotated[str, Header()] = "",
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Return a file that the page is made of: it is the same for everybody, and holds no data."""
    return await get_page(_HASHED + path, accept_encoding, if_none_match)


@router.api_route("/ui/{path:path}", methods=["GET", "HEAD"])
async def get_page(
    path: str,
    accept_encoding: Annotated[str, Header()] = "",
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Return a file of the page."""
    found = _page.find(path)
    if found is None:
        return HTMLResponse(_NOT_BUILT, headers={"Cache-Control": "no-store"})
    return found.answer(packs="gzip" in accept_encoding, known=if_none_match)


@router.api_route("/ui", methods=["GET", "HEAD"])
@router.api_route("/", methods=["GET", "HEAD"])
async def lead_to_page(request: Request) -> Response:
    """Lead to the page."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/ui/")


def _name(path: Path, built: Path) -> str:
    return path.relative_to(built).as_posix()


def _read(path: Path, name: str) -> File:
    body = path.read_bytes()
    packed = gzip.compress(body, mtime=0)
    return File(
        body=body,
        packed=packed if len(packed) < len(body) else None,
        tag=f'"{sha256(body).hexdigest()[:20]}"',
        media_type=_media_type(path),
        caching=_FOR_EVER if name.startswith(_HASHED) else "no-cache",
    )


def _media_type(path: Path) -> str:
    if path.suffix == ".js":  # a machine's own table may say text/plain, which browsers refuse
        return "text/javascript"
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"
