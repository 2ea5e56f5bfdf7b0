"""A source is changed: its connection is taken, kept, and never shown."""

from typing import Any

import pytest

from app.clock import utc_now
from app.errors import ConfigurationError, ConflictError, NotFoundError
from app.factory import Factory
from app.main import create_app
from app.settings import load_settings
from app.values.source import Source
from tests.asgi import Api

PASSWORD = "correct-horse-staple"
URL = f"mysql+pymysql://reader:{PASSWORD}@db.example/sales"


@pytest.fixture
def api(factory: Factory) -> Any:
    """Give the application with the source `sales`."""
    factory.sources.add("sales", "sqlite:///sales.sqlite", "old", actor="test", now=utc_now())
    api = Api(create_app(load_settings()))
    yield api
    api.application.factory.close()


def change(api: Api, name: str, body: dict[str, Any]) -> Any:
    """Send a change; return the answer."""
    return api.patch(f"/sources/{name}", body)


def test_what_is_left_out_stays(api: Api, factory: Factory) -> None:
    """Another connection keeps the description, and the other way round."""
    answer = change(api, "sales", {"connection": URL})
    assert answer.status_code == 200
    assert PASSWORD not in answer.text
    assert (answer.json()["description"], answer.json()["kind"]) == ("old", "sqlalchemy")
    assert change(api, "sales", {"description": "new"}).json()["description"] == "new"
    assert factory.sources.get("sales").connection.get_secret_value() == URL


def test_what_was_changed_is_on_record_without_the_password(api: Api) -> None:
    """Who looks at the audit sees that it was, and to what; saying the same again is no change."""
    for _ in range(2):
        assert change(api, "sales", {"connection": URL}).status_code == 200
    audit = api.get("/audit?subject=source:sales&name=changed")
    assert len(audit.json()["items"]) == 1
    assert PASSWORD not in audit.text
    assert "db.example" in audit.text


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("sales", {"connection": ""}, 422),
        ("sales", {"connection": "  "}, ConfigurationError.status),
        ("sales", {"connexion": "x"}, 422),
        ("none", {"description": "x"}, NotFoundError.status),
    ],
)
def test_what_is_wrong_changes_nothing(
    api: Api, factory: Factory, name: str, body: dict[str, Any], status: int
) -> None:
    """Nothing, blanks, a word misspelt, a source that is not there."""
    before = factory.sources.get("sales")
    assert change(api, name, body).status_code == status
    assert factory.sources.get("sales") == before


def test_one_that_a_file_declares_is_changed_there(factory: Factory) -> None:
    """The refusal names the file."""
    now = utc_now()
    declared = Source(
        name="filed", connection=URL, declared_in="flights.yaml", created_at=now, updated_at=now
    )
    factory.sources.declare(declared, now=now)
    with pytest.raises(ConflictError, match=r"flights\.yaml"):
        factory.sources.change("filed", None, "mine", actor="test", now=now)
