"""The forms of a webhook's body: our own, Slack's and Microsoft Teams'."""

from typing import Any, assert_never

from app.alerts.words import detail, one_line, origin, title
from app.values.alert import Message
from app.values.channel import WebhookForm

_HEADER = 150
"""Most characters of a header block in Slack."""
_LINES = 30
"""Most lines of a detail in a card."""


def body(form: WebhookForm, message: Message) -> dict[str, Any]:
    """Return what is posted, as plain data."""
    match form:
        case WebhookForm.JSON:
            return plain(message)
        case WebhookForm.SLACK:
            return _slack(message)
        case WebhookForm.TEAMS:
            return _teams(message)
        case _:
            assert_never(form)


def plain(message: Message) -> dict[str, Any]:
    """Return a message with all its parts, for programs: the JSON form, and a command's input."""
    notice = message.notice.model_dump(mode="json", exclude={"key", "detail"})
    return {
        "idempotency_key": message.key,
        "title": title(message),
        **notice,
        "detail": detail(message),
        "notice": message.notice.key,
        "rule": message.rule,
        "reminder": message.reminder,
        "is_test": message.is_test,
        "service": message.service or None,
    }


def _slack(message: Message) -> dict[str, Any]:
    """Return the body of an incoming webhook.

    Blocks of plain text hold no markup (docs.slack.dev, Block Kit, text object); `text` is what
    notifications show, and all that others show who are compatible with Slack.
    """
    told = detail(message)
    return {
        "text": _inert(one_line(f"{title(message)}: {told}" if told else title(message), 2000)),
        "blocks": [
            {"type": "header", "text": _plain_text(one_line(title(message), _HEADER))},
            *([{"type": "section", "text": _plain_text(told)}] if told else []),
            {"type": "context", "elements": [_plain_text(origin(message))]},
        ],
    }


def _plain_text(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": _escaped(text, 3000)}


def _escaped(text: str, most: int) -> str:
    """Return a text with Slack's control characters escaped, and no longer than may be."""
    while len(escaped := _entities(text)) > most:
        text = f"{text[: max(0, len(text) - 1 - (len(escaped) - most + 4) // 5)]}…"
    return escaped


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _inert(text: str) -> str:
    """Return a text that mentions nobody and hides no link, also where Markdown is read."""
    return _entities(text).replace("@", "@\u200b").replace("](", "]\u200b(")


def _teams(message: Message) -> dict[str, Any]:
    """Return an Adaptive Card in a message, as a workflow takes it that waits for a webhook.

    A text run shows what it holds as it is; a text block would read Markdown in it.
    """
    lines = detail(message).splitlines()[:_LINES]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": title(message),
        "msteams": {"width": "Full"},
        "body": [
            _run(title(message), weight="Bolder", size="Medium", color=_color(message)),
            *(_run(line) for line in lines if line.strip()),
            _run(origin(message), isSubtle=True, size="Small"),
        ],
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return {"type": "message", "attachments": [attachment]}


def _run(text: str, **style: object) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}


def _color(message: Message) -> str:
    if message.is_test:
        return "Accent"
    return "Good" if message.notice.is_recovery else "Attention"
