"""What an alert says, in words that no form of a message can take for markup of its own."""

import re

from app.values.alert import Message

DETAIL = 3000
"""Most characters of a detail that are told: Slack takes no more in a block."""
# Control characters but line breaks and tabs, and what turns the direction of writing around.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_VERBS = {
    "failed": "failed",
    "timed_out": "timed out",
    "lost": "was lost",
    "drifted": "drifted",
    "succeeded": "succeeded",
}


def title(message: Message) -> str:
    """Return what happened, on one line."""
    notice = message.notice
    if message.is_test:
        return "Disparo: this is a test"
    verb = _VERBS.get(notice.after, f"is {notice.after}")
    told = f"{notice.subject.capitalize()} {notice.name} {verb}"
    if notice.is_recovery:
        told += " again"
    if message.reminder:
        told = f"Reminder {message.reminder}: {told}, still"
    return one_line(told)


def detail(message: Message) -> str:
    """Return what is known of it; it may have several lines."""
    text = clean(message.notice.detail.replace("\r\n", "\n")).strip()
    return text if len(text) <= DETAIL else f"{text[: DETAIL - 1]}…"


def origin(message: Message) -> str:
    """Return when it happened, why one is told, and by which service, on one line."""
    notice = message.notice
    parts = [
        notice.at.isoformat(" ", "seconds"),
        f"{notice.before} -> {notice.after}" if not message.is_test else "",
        f"rule {message.rule}" if message.rule else "",
        f"request {notice.request_id}" if notice.request_id else "",
        f"alert {message.key}",
        message.service,
    ]
    return one_line(" · ".join(filter(None, parts)))


def clean(text: str) -> str:
    """Return a text without what cannot be seen, and which every encoding of Unicode takes."""
    return _UNSEEN.sub("", text).encode("utf-8", "replace").decode()


def one_line(text: str, most: int = 300) -> str:
    """Return a text on one line: what breaks lines becomes a space."""
    line = clean(" ".join(text.split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"
