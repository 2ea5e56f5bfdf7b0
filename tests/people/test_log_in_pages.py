"""The plain pages speak the language of who reads them, and say in it what is wrong."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.clock import utc_now
from app.errors import TooManyError
from app.factory import Factory
from app.routers.log_in_texts import EN, PT, spoken
from tests.asgi import Api
from tests.guard.letting import closed
from tests.people.knowing import PASSWORD, with_password

PORTUGUESE = {"Accept-Language": "pt-BR,pt;q=0.9,en;q=0.8"}


@pytest.fixture
def api(factory: Factory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Give the application that lets nobody in unknown."""
    assert factory
    with closed(monkeypatch) as found:
        yield found


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("pt-BR,pt;q=0.9,en;q=0.8", PT),
        ("de, PT;q=0.7, en;q=0.3", PT),
        ("en-GB,en;q=0.9,pt;q=0.1", EN),
        ("ja", EN),
        ("", EN),
        (";;,,-", EN),
    ],
)
def test_the_first_language_that_there_is_counts(accept: str, language: object) -> None:
    """As browsers list them; English where none of them is spoken."""
    assert spoken(accept) is language


def test_a_page_is_in_the_language_that_the_browser_asks_for(api: Api) -> None:
    """Its language is told to who reads aloud, and the other one can be chosen."""
    shown = api.get("/login?next=/ui/models", headers=PORTUGUESE).text
    assert '<html lang="pt-BR">' in shown
    assert "Entrar" in shown
    assert 'href="?next=%2Fui%2Fmodels&amp;lang=en"' in shown


def test_a_language_that_is_chosen_is_kept(api: Api) -> None:
    """The choice goes before what the browser asks for; one that there is not changes nothing."""
    chosen = api.get("/login?lang=en", headers=PORTUGUESE)
    assert '<html lang="en">' in chosen.text
    kept = {**PORTUGUESE, "Cookie": f"disparo_language={chosen.cookies['disparo_language']}"}
    assert '<html lang="en">' in api.get("/login", headers=kept).text
    unknown = api.get('/login?lang=x"><b>', headers=PORTUGUESE)
    assert ('<html lang="pt-BR">' in unknown.text, "<b>" in unknown.text) == (True, False)
    assert "disparo_language" not in unknown.cookies


def test_a_link_keeps_its_token_in_the_other_language(api: Api) -> None:
    """Who changes the language of a one-time link's page can still use the link."""
    link = api.application.factory.links.first(now=utc_now())
    assert link is not None
    shown = api.get(link.path).text
    assert f"token={link.token.get_secret_value()}&amp;lang=pt-BR" in shown


def test_what_is_wrong_is_said_in_the_language_of_the_page(api: Api) -> None:
    """Of a log-in that fails, of a form that is not whole, of a link that has ended."""
    with_password(api.application.factory, "ana")
    wrong = {"name": "ana", "password": "wrong"}
    assert "senha está errado" in api.post("/login", data=wrong, headers=PORTUGUESE).text
    assert "falta preencher: nome" in api.post("/login", data={}, headers=PORTUGUESE).text
    given = {"password": PASSWORD, "again": "other"}
    differ = api.post("/reset?token=x", data=given, headers=PORTUGUESE)
    assert "não são iguais" in differ.text
    ended = api.post("/reset?token=x", data={**given, "again": PASSWORD}, headers=PORTUGUESE)
    assert (ended.status_code, "este link não funciona" in ended.text) == (403, True)


def test_a_wait_is_told_with_its_seconds() -> None:
    """What is counted stands in the words of each language."""
    error = TooManyError("wait", retry_after=int(timedelta(minutes=1).total_seconds()))
    assert PT.fault(error).endswith("tente de novo em 60 s")
    assert EN.fault(error) == "wait"
