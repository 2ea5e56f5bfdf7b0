"""How the plain pages to log in look: as the page in the browser, whose files need a log-in.

They hold no script, and no style within; light or dark is as the browser says.
"""

from html import escape
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.routers.client import is_tls
from app.routers.log_in import never_kept
from app.routers.log_in_texts import ALL, COOKIE, Texts

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto,
    "Noto Sans", "Liberation Sans", sans-serif;
  --text: light-dark(#1b1f26, #dfe3e9); --dim: light-dark(#59616e, #98a1ad);
  --border: light-dark(#dfe3e8, #2a3038); --surface: light-dark(#fff, #171b21);
  --accent: light-dark(#3f51d6, #4a5ce0); --link: light-dark(#3346c4, #a3b1ff); }
* { box-sizing: border-box; }
body { min-height: 100dvh; margin: 0; padding: 1.5rem; display: flex; flex-direction: column;
  align-items: center; justify-content: center; gap: 1.25rem; color: var(--text);
  background: light-dark(#f5f6f8, #0f1216); }
.brand { display: flex; align-items: center; gap: .7rem; font-size: 1.5rem; font-weight: 750;
  letter-spacing: -.02em; }
.brand svg { width: 2.4rem; height: 2.4rem; }
main { width: 100%; max-width: 24rem; padding: 1.75rem; border: 1px solid var(--border);
  border-radius: .9rem; background: var(--surface);
  box-shadow: 0 8px 30px light-dark(rgb(27 31 38 / .07), rgb(0 0 0 / .35)); }
h1 { margin: 0; font-size: 1.3rem; font-weight: 700; letter-spacing: -.01em; }
.lead { margin: .15rem 0 1.25rem; color: var(--dim); font-size: .93rem; }
label { display: block; margin-bottom: .9rem; font-size: .875rem; font-weight: 600; }
input { display: block; width: 100%; height: 2.6rem; margin-top: .3rem; padding: 0 .75rem;
  font: inherit; font-size: 1rem; font-weight: 400; color: inherit;
  background: light-dark(#fff, #1d2229); border: 1px solid light-dark(#c3c8d0, #39414c);
  border-radius: .5rem; }
input:focus { border-color: var(--accent); }
button, .button { display: block; width: 100%; margin-top: 1.25rem; padding: .6rem; font: inherit;
  font-weight: 600; text-align: center; text-decoration: none; color: #fff;
  background: var(--accent); border: 1px solid transparent; border-radius: .5rem; cursor: pointer; }
button:hover, .button:hover { filter: brightness(.93); }
.plain { margin-top: 0; color: var(--text); background: light-dark(#fff, #1d2229);
  border-color: var(--border); }
.or { display: flex; align-items: center; gap: .75rem; margin: 1.1rem 0; color: var(--dim);
  font-size: .85rem; }
.or::before, .or::after { flex: 1; height: 1px; background: var(--border); content: ""; }
:focus-visible { outline: 2px solid light-dark(#3f51d6, #a3b1ff); outline-offset: 2px; }
[role=alert], .hint { margin: 0 0 1.1rem; padding: .65rem .85rem; border-radius: .5rem;
  font-size: .9rem; overflow-wrap: anywhere; }
[role=alert] { color: light-dark(#8f1620, #ffb3b6); background: light-dark(#fde6e7, #40191d); }
[role=alert]::first-letter { text-transform: uppercase; }
.hint { color: light-dark(#0a4f9e, #9cc9fc); background: light-dark(#e1effd, #12294a); }
footer { display: flex; gap: 1rem; font-size: .85rem; }
footer a { color: var(--link); text-decoration: none; }
footer a:hover { text-decoration: underline; }
footer [aria-current] { color: var(--dim); }
"""
_LOGO = (
    '<svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8" '
    'fill="#4338ca"/><path d="M8 7h6.5c5.6 0 9.5 3.7 9.5 9s-3.9 9-9.5 9H8l4.2-9z" fill="#fff"/>'
    '<circle cx="17" cy="16" r="2.6" fill="#4338ca"/></svg>'
)
_YEAR = 366 * 86_400


def page(
    request: Request,
    texts: Texts,
    title: str,
    body: str,
    *,
    lead: str = "",
    words: str = "",
    status: int = 200,
    head: str = "",
) -> HTMLResponse:
    """Return a page; `body` and `head` are HTML, the rest is text."""
    alert = f"<p role=alert>{escape(words)}.</p>" if words else ""
    told = f"<p class=lead>{escape(lead)}</p>" if lead else '<p class="lead"></p>'
    response = HTMLResponse(
        f'<!doctype html><html lang="{texts.code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f'<title>{escape(title)} - Disparo</title><link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="/login.css">{head}</head>'
        f"<body><div class=brand>{_LOGO}Disparo</div><main><h1>{escape(title)}</h1>{told}"
        f"{alert}{body}</main>{_languages(request, texts)}</body></html>",
        status,
        # A one-time link's token stands in the address, which is for nobody else. With no-referrer
        # browsers would send forms from nowhere: `Origin: null`.
        headers={"Referrer-Policy": "same-origin"},
    )
    never_kept(response)
    if request.query_params.get("lang") in ALL:
        _keep(response, request, texts.code)
    return response


def _keep(response: HTMLResponse, request: Request, code: str) -> None:
    """Let the browser keep the language that was chosen."""
    response.set_cookie(
        COOKIE, code, max_age=_YEAR, secure=is_tls(request.scope), httponly=True, samesite="lax"
    )


def _languages(request: Request, texts: Texts) -> str:
    """Return the choice of languages: the same page, asked for in each."""
    given = {name: value for name, value in request.query_params.items() if name != "lang"}
    links = (
        f'<a href="?{escape(urlencode({**given, "lang": one.code}))}" lang="{one.code}" '
        f'hreflang="{one.code}"{" aria-current=true" if one is texts else ""}>{one.own}</a>'
        for one in ALL.values()
    )
    return f"<footer><nav aria-label={texts.language}>{' · '.join(links)}</nav></footer>"


def form(action: str, inputs: str, button: str) -> str:
    """Return a form that is sent by one button."""
    return f'<form method="post" action="{escape(action)}">{inputs}<button>{button}</button></form>'


def field(
    label: str,
    name: str,
    complete: str,
    *,
    kind: str = "text",
    value: str = "",
    begins: bool = False,
) -> str:
    """Return a field of a form; `complete` tells browsers what they may fill in."""
    return (
        f'<label>{label}<input name="{name}" type="{kind}" autocomplete="{complete}" '
        f'autocapitalize="none" required{" autofocus" if begins else ""} '
        f'value="{escape(value[:100])}"></label>'
    )
