"""Entity tags (RFC 9110, 8.8.3): the revision of a thing in quotes, against lost updates."""

import re
from typing import Annotated, Protocol, TypeVar

from fastapi import Depends, Header, Response

from app.errors import MalformedError

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_LIST = re.compile(rf"\s*{_TAG}(?:\s*,\s*{_TAG})*\s*")
_REVISION = re.compile(r'"(\d{1,18})"')


class Revised(Protocol):
    """What has a revision."""

    @property
    def revision(self) -> int:
        """Grows with each change."""
        ...


Shown = TypeVar("Shown", bound=Revised)


def tagged(shown: Shown, response: Response) -> Shown:
    """Return what is shown, with its revision as the answer's ETag."""
    response.headers["ETag"] = etag(shown.revision)
    return shown


def etag(revision: int) -> str:
    """Return the entity tag of a revision."""
    return f'"{revision}"'


def is_known(if_none_match: str | None, revision: int) -> bool:
    """Tell whether the client has this revision: then 304 is answer enough."""
    return is_tagged(if_none_match, etag(revision))


def is_tagged(if_none_match: str | None, tag: str) -> bool:
    """Tell whether the client has what this tag names."""
    if if_none_match is None:
        return False
    tags = _tags(if_none_match, "If-None-Match")
    # Weak comparison, as RFC 9110, 13.1.2 asks for.
    return tags is None or tag in {one.removeprefix("W/") for one in tags}


def _expected(
    if_match: Annotated[
        str | None,
        Header(description='The ETag of what you have read, such as `"3"`; 412 if it is changed.'),
    ] = None,
) -> frozenset[int] | None:
    """Return the revisions that If-Match names; None: any will do. Raises MalformedError."""
    tags = None if if_match is None else _tags(if_match, "If-Match")
    if tags is None:
        return None
    # Strong comparison, as RFC 9110, 13.1.1 asks for: a weak tag never fits.
    return frozenset(int(found[1]) for tag in tags if (found := _REVISION.fullmatch(tag)))


Expected = Annotated[frozenset[int] | None, Depends(_expected)]


def _tags(text: str, header: str) -> list[str] | None:
    """Return the tags of a list; None: the star that stands for any."""
    if text.strip() == "*":
        return None
    if not _LIST.fullmatch(text):
        raise MalformedError(
            f'{header} {text!r} is no list of entity tags; send the ETag as you got it, e.g. "3", '
            "or * for any"
        )
    return re.findall(_TAG, text)
