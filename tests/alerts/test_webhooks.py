"""Webhooks: what is posted, what each answer means, and what is told of it."""

import email.utils
import json
import socket
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.alerts import send_now
from app.alerts.forms import body
from app.factory import Factory
from app.values.alert import Delivery, Message, Outcome
from app.values.channel import WebhookForm
from tests.alerts.receivers import Answer, Receiver, receiving
from tests.alerts.telling import channel, message

HOSTILE = (
    "line one\r\nBcc: all@example.org\x00\x1b[2J\n<!channel> <@U1> &amp; @here "
    "[click](http://evil) **bold** `code` \u202egnirts \ud800 </script>"
)
MOST = 4096


def posted(receiver: Receiver, told: Message | None = None, **target: Any) -> Delivery:
    """Send an alert to a receiver."""
    where = channel(**{"url": receiver.url, **target})
    return send_now(where, told or message(), most=MOST)


def test_the_json_form_has_all_parts_and_the_key_twice() -> None:
    """The key is in a header and in the body, so that a receiver may look at either."""
    with receiving() as receiver:
        done = posted(receiver, headers={"X-Token": "t0ken"})
        [got] = receiver.got
    assert done == Delivery(outcome=Outcome.ACCEPTED, detail="the receiver answered 200 OK: ok")
    key = "0123456789abcdef" * 2
    assert (got.key, got.headers["X-Token"]) == (key, "t0ken")
    assert got.headers["Content-Type"] == "application/json; charset=utf-8"
    assert got.headers["User-Agent"].startswith("Disparo/")
    assert got.body == {
        "idempotency_key": key,
        "title": "Check db is down",
        "subject": "check",
        "name": "db",
        "before": "up",
        "after": "down",
        "at": "2026-03-02T12:00:00Z",
        "is_recovery": False,
        "request_id": None,
        "detail": "connection refused",
        "notice": "flip:db:down:2026-03-02T12:00:00+00:00",
        "rule": "all",
        "reminder": 0,
        "is_test": False,
        "service": None,
    }


@pytest.mark.parametrize("form", ["json", "slack", "teams"])
def test_a_service_that_knows_where_it_is_reached_says_so(form: str) -> None:
    """Who has several of them sees which one tells it."""
    place = "https://disparo.example.org"
    told = message().model_copy(update={"service": place})
    with receiving() as receiver:
        posted(receiver, told, form=form)
        [got] = receiver.got
    if form == "json":
        assert got.body["service"] == place
    else:
        assert f"alert {got.key} · {place}" in json.dumps(got.body, ensure_ascii=False)


def test_slack_is_told_in_blocks_of_plain_text() -> None:
    """`text` is for notifications, and for what is only compatible with Slack."""
    with receiving() as receiver:
        posted(receiver, message(request_id="r1"), form="slack")
        [got] = receiver.got
    origin = f"2026-03-02 12:00:00+00:00 · up -&gt; down · rule all · request r1 · alert {got.key}"
    assert got.body == {
        "text": "Check db is down: connection refused",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Check db is down"}},
            {"type": "section", "text": {"type": "plain_text", "text": "connection refused"}},
            {"type": "context", "elements": [{"type": "plain_text", "text": origin}]},
        ],
    }


def test_teams_is_told_in_an_adaptive_card_of_text_runs() -> None:
    """In the message that a workflow takes which waits for a webhook."""
    with receiving() as receiver:
        posted(receiver, message(detail="one\n\ntwo"), form="teams")
        [got] = receiver.got
    assert got.body["type"] == "message"
    [attachment] = got.body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    runs = [run for block in card["body"] for run in block["inlines"]]
    assert [run["text"] for run in runs][:3] == ["Check db is down", "one", "two"]
    assert runs[0]["color"] == "Attention"


@pytest.mark.parametrize("form", WebhookForm)
@pytest.mark.parametrize("detail", [HOSTILE, "&" * 10_000, "漢\n" * 4000, ""])
def test_no_form_takes_a_detail_for_markup_of_its_own(form: WebhookForm, detail: str) -> None:
    """Nobody is mentioned, no link is hidden, no limit of the receivers is passed."""
    told = body(form, message(detail=detail, before="<b>\n"))
    text = json.dumps(told, ensure_ascii=False)
    text.encode("utf-8")
    assert not set("\x00\x1b\u202e") & set(text)
    assert len(text.encode("utf-16-le")) < 28_000  # what a message in Teams may have
    if form is WebhookForm.SLACK:
        assert not set("<>") & set(text)
        assert not any(one in told["text"] for one in ("@here", "@U1", "](http"))
        for block in told["blocks"]:
            for part in block.get("elements", [block.get("text")]):
                assert part["type"] == "plain_text"
                assert 1 <= len(part["text"]) <= 3000
    if form is WebhookForm.TEAMS:
        assert '"TextBlock"' not in text
        assert '"FactSet"' not in text


def test_a_title_tells_of_recoveries_and_reminders() -> None:
    """What happened stands in few words."""

    def title(**fields: Any) -> str:
        found = body(WebhookForm.JSON, message(**fields))["title"]
        return str(found)

    schedule = {"subject": "schedule", "name": "nightly"}
    assert title(**schedule, after="timed_out") == "Schedule nightly timed out"
    assert title(**schedule, after="succeeded") == "Schedule nightly succeeded again"
    assert title(after="up") == "Check db is up again"
    still = message().model_copy(update={"reminder": 3})
    told = body(WebhookForm.JSON, still)["title"]
    assert told == "Reminder 3: Check db is down, still"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (202, Outcome.ACCEPTED),
        (204, Outcome.ACCEPTED),
        (302, Outcome.REFUSED),
        (400, Outcome.REFUSED),
        (404, Outcome.REFUSED),
        (408, Outcome.FAILED),
        (409, Outcome.FAILED),
        (413, Outcome.REFUSED),
        (425, Outcome.FAILED),
        (429, Outcome.FAILED),
        (500, Outcome.FAILED),
        (503, Outcome.FAILED),
    ],
)
def test_a_status_says_whether_trying_again_may_help(status: int, outcome: Outcome) -> None:
    """No redirection is followed: the alert is for the host that was named."""
    with receiving(Answer(status=status, headers={"Location": "http://evil.invalid/"})) as receiver:
        done = posted(receiver)
    assert done.outcome is outcome
    assert f"the receiver answered {status}" in done.detail
    assert "evil" not in done.detail


def test_the_receiver_may_ask_for_time() -> None:
    """In seconds, or until an instant; nonsense is passed over."""
    later = datetime.now(UTC) + timedelta(seconds=100)
    asked = ["7", email.utils.format_datetime(later, usegmt=True), "soon", "9" * 400]
    answers = [Answer(status=503, headers={"Retry-After": one}) for one in asked]
    with receiving(*answers) as receiver:
        found = [posted(receiver).retry_after for _ in asked]
    assert found[0] == 7
    assert found[1] == pytest.approx(100, abs=30)
    assert found[2:] == [None, 999_999_999]


def test_what_is_read_of_an_answer_is_bounded() -> None:
    """A receiver that answers with much, or with bytes that are no text, is taken at its status."""
    with receiving(Answer(body=b"\xff" * 2**20)) as receiver:
        done = posted(receiver)
    assert done.outcome is Outcome.ACCEPTED
    assert len(done.detail) < 5000


def test_a_receiver_that_never_answers_costs_the_time_of_the_channel() -> None:
    """Whether it says nothing, or sends a header byte by byte without end."""
    with receiving(Answer(hangs=True)) as receiver:
        done = posted(receiver, timeout=0.3)
    assert (done.outcome, done.detail) == (
        Outcome.FAILED, "no answer within 0.3 s (the channel's timeout)",
    )  # fmt: skip
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def trickle() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):  # who asked hangs up in the end
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not stop.wait(0.05):
                    connection.sendall(b"x")

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        done = send_now(channel(url=url, timeout=0.3), message(), most=MOST)
        stop.set()
        thread.join()
    assert done.detail == "no answer within 0.3 s (the channel's timeout)"


def test_a_receiver_that_is_not_there_is_told_in_words() -> None:
    """Refused, no such name, not trusted; the URL is not told."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = f"http://127.0.0.1:{server.getsockname()[1]}/s3cret-path"
    for url in (closed, "http://no-such-host.invalid/s3cret-path"):
        done = send_now(channel(url=url), message(), most=MOST)
        assert done.outcome is Outcome.FAILED
        assert "cannot be reached" in done.detail
        assert "s3cret" not in done.detail


def test_secrets_come_from_the_environment_and_are_never_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither when the receiver sends all back that it got, nor when one is missing or broken."""
    monkeypatch.setenv("HOOK_TOKEN", 't0"ken-of-the-environment')
    with receiving() as receiver:
        echo = json.dumps({"url": receiver.url, "token": 't0"ken-of-the-environment'})
        receiver._answers.append(Answer(status=400, body=f"{echo} s3cr3t-path".encode()))
        done = posted(receiver, headers={"Authorization": "Bearer ${HOOK_TOKEN}"})
        assert receiver.got[0].headers["Authorization"] == 'Bearer t0"ken-of-the-environment'
        monkeypatch.setenv("HOOK_TOKEN", "two\nlines")
        broken = posted(receiver, headers={"Authorization": "Bearer ${HOOK_TOKEN}"})
        monkeypatch.delenv("HOOK_TOKEN")
        missing = posted(receiver, headers={"Authorization": "Bearer ${HOOK_TOKEN}"})
    assert len(receiver.got) == 1
    assert "of-the-environment" not in done.detail
    assert "s3cr3t-path" not in done.detail
    assert broken.detail.startswith("header Authorization of channel 'ops' holds a line break")
    assert "HOOK_TOKEN is not set" in missing.detail


def test_the_log_knows_no_url(caplog: pytest.LogCaptureFixture, factory: Factory) -> None:
    """Whatever the libraries would write: the path of a webhook's URL is a password."""
    assert factory
    with caplog.at_level("DEBUG"), receiving(Answer(status=503)) as receiver:
        posted(receiver, headers={"X-Token": "t0ken"})
    assert "s3cr3t-path" not in caplog.text
    assert "t0ken" not in caplog.text
