"""The texts of the plain pages to log in, in the languages that the page in the browser has."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Query, Request

from app.errors import AppError

COOKIE = "disparo_language"
"""Which language was chosen, where one was; no secret."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """All that the pages say."""

    code: str
    own: str
    """The language, as those call it who speak it."""
    log_in: str = "Log in"
    log_in_with: str = "Log in with {}"
    lead: str = "Models in production, from one place."
    alternative: str = "or"
    name: str = "Name"
    phrase: str = "Password"
    no_admin: str = (
        "There is no admin yet. The service prints a one-time link when it starts: open that one."
    )
    log_out: str = "Log out"
    first: str = "The first admin"
    first_lead: str = "Choose a name and a password: you are the admin of this service."
    first_name: str = "Your name"
    start: str = "Start"
    reset: str = "Set your password"
    reset_lead: str = "Some words in a row do well. Your other sessions end."
    new_phrase: str = "New password"
    again: str = "The same again"
    set_it: str = "Set it"
    logged_out: str = "Logged out here"
    out_there: str = "Log out there too"
    missing: str = "the {} is missing; type it"
    differ: str = "the two passwords are not the same; type them again"
    language: str = "Language"
    faults: dict[str, str] = field(default_factory=dict)
    """What is said of errors in place of the service's own words, by their slugs."""

    def fault(self, error: AppError) -> str:
        """Return an error in words; what has no words in this language is told in English."""
        words = self.faults.get(error.slug)
        return error.detail if words is None else words.format(**error.facts)


EN = Texts(code="en", own="English")
PT = Texts(
    code="pt-BR",
    own="Português",
    log_in="Entrar",
    log_in_with="Entrar com {}",
    lead="Modelos em produção, em um só lugar.",
    alternative="ou",
    name="Nome",
    phrase="Senha",
    no_admin=(
        "Ainda não há administrador. O serviço imprime um link de uso único quando inicia: abra-o."
    ),
    log_out="Sair",
    first="O primeiro administrador",
    first_lead="Escolha um nome e uma senha: você é o administrador deste serviço.",
    first_name="Seu nome",
    start="Começar",
    reset="Defina a sua senha",
    reset_lead="Algumas palavras em sequência bastam. As suas outras sessões terminam.",
    new_phrase="Nova senha",
    again="A mesma de novo",
    set_it="Definir",
    logged_out="Você saiu daqui",
    out_there="Sair de lá também",
    missing="falta preencher: {}",
    differ="as duas senhas não são iguais; digite-as de novo",
    language="Idioma",
    faults={
        "unauthenticated": "o nome ou a senha está errado",
        "too-many": (
            "houve tentativas demais com esta conta ou deste endereço; tente de novo em "
            "{retry_after} s"
        ),
        "forbidden": (
            "este link não funciona: foi usado, expirou ou foi copiado em parte; um administrador "
            "gera outro"
        ),
        "busy": "muitos entram ao mesmo tempo; tente de novo em instantes",
        "database-away": "o banco de dados do Disparo não responde; tente de novo em instantes",
    },
)
ALL = {one.code: one for one in (EN, PT)}


def spoken(accept: str) -> Texts:
    """Return the texts for a browser's `Accept-Language`, whose first language that we have counts.

    Browsers send them in the order of what their users like; weights are not looked at.
    """
    for one in accept.split(","):
        match one.partition(";")[0].strip().lower().partition("-")[0]:
            case "pt":
                return PT
            case "en":
                return EN
    return EN


def _texts(
    request: Request, lang: Annotated[str, Query(max_length=20, alias="lang")] = ""
) -> Texts:
    chosen = ALL.get(lang) or ALL.get(request.cookies.get(COOKIE, ""))
    return chosen or spoken(request.headers.get("accept-language", ""))


Spoken = Annotated[Texts, Depends(_texts)]
