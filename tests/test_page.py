"""The page's files at `/ui/`: what is kept how long, what the index stands for, what is not there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.db.sessions import SessionStore
from app.factory import Factory
from app.main import create_app
from app.routers import page
from tests import read_once
from tests.asgi import Api
from tests.guard.letting import closed

INDEX = "<!doctype html><title>Disparo</title>" + " " * 500
SCRIPT = "console.log('é')"


@pytest.fixture
def api(factory: Factory) -> Iterator[Api]:
    """Give the application; the page knows no database."""
    assert factory
    application = create_app(read_once.settings())
    yield Api(application)
    application.factory.close()


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a page that is built: an index, and a script whose name tells what it says."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(INDEX)
    (tmp_path / "assets" / "index-ab12.js").write_text(SCRIPT)
    (tmp_path / ".built").write_text("a stamp")
    monkeypatch.setattr(page, "_page", page.Page(tmp_path))
    return tmp_path


@pytest.mark.parametrize("path", ["/", "/ui"])
def test_the_root_leads_to_the_page(api: Api, path: str) -> None:
    """Who opens the service's address comes to the page."""
    answer = api.get(path)
    assert (answer.status_code, answer.headers["location"]) == (307, "/ui/")


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", ["/ui/", "/ui/dispatches/7", "/ui/models/v1.2", "/ui/.built"])
def test_addresses_of_views_give_the_index_which_is_asked_for_anew(api: Api, path: str) -> None:
    """A view can be loaded by its address; a new release is noticed at once."""
    answer = api.get(path)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-encoding"] == "gzip"
    again = api.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    policy = "content-security-policy"
    assert again.headers[policy] == answer.headers[policy]
    assert "script-src 'self'" in again.headers[policy]
    plain = api.get(path, headers={"accept-encoding": "identity"})
    assert (plain.text, "content-encoding" in plain.headers) == (INDEX, False)


@pytest.mark.usefixtures("built")
def test_a_hashed_file_is_kept_for_ever(api: Api) -> None:
    """Its name changes with what it says; one of an older release is not the index instead."""
    answer = api.get("/ui/assets/index-ab12.js")
    assert (answer.status_code, answer.text) == (200, SCRIPT)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    gone = api.get("/ui/assets/index-0000.js")
    assert gone.status_code == 404
    assert "it was updated" in gone.json()["detail"]


@pytest.mark.usefixtures("built", "factory")
def test_scripts_and_styles_come_while_nobody_can_be_looked_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A browser does not ask for them again; what tells of data still needs to know who asks."""

    def away(*_: object) -> None:
        raise sa.exc.OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(SessionStore, "find", away)
    headers = {"cookie": "disparo_session=" + "a" * 43, "accept": "text/css,*/*;q=0.1"}
    with closed(monkeypatch) as api:
        assert api.get("/ui/assets/index-ab12.js", headers=headers).text == SCRIPT
        assert api.get("/ui/assets/index-ab12.js").text == SCRIPT
        assert api.get("/ui/", headers=headers).status_code == 503
        assert api.get("/models", headers=headers).status_code == 503
        assert api.get("/ui/").status_code == 401


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "path", ["../page.py", "%2e%2e/page.py", "assets/../../page.py", "/etc/passwd"]
)
def test_nothing_outside_of_the_page_is_served(api: Api, path: str) -> None:
    """Paths are looked up among the files that were built, and are not followed."""
    answer = api.get(f"/ui/{path}")
    assert "import" not in answer.text
    assert "root:" not in answer.text


def test_without_the_page_it_is_told_how_to_get_it(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there was no Node.js the service works all the same."""
    monkeypatch.setattr(page, "_page", page.Page(tmp_path / "nothing"))
    answer = api.get("/ui/")
    assert answer.status_code == 200
    assert "make page" in answer.text
    assert "/docs" in answer.text
