"""`/alerts`, `disparo alerts` and `alerts:` in a file: edited under tags, and without secrets."""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from app.cli import cli
from app.clock import utc_now
from app.db.tables import metadata
from app.errors import ConfigurationError, ConflictError
from app.factory import Factory
from app.routers import alert_examples
from app.services.alert_sender import AlertSender
from app.settings import load_settings
from app.values.alert import Delivery, Outcome
from app.values.channel import MASK
from tests.alerts.receivers import Answer, receiving
from tests.alerts.telling import QUICK, alerts, channel, declared, note, notice, rule
from tests.asgi import Api
from tests.patience import await_that
from tests.scheduling import NOON

CHANNELS, RULES = "/alerts/channels", "/alerts/rules"
SECRETS = ("s3cret-path", "s3cret-token", "s3cret-p4ss", "s3cret-env")
HOOK = {
    "name": "hook",
    "target": {
        "kind": "webhook",
        "url": "https://user:s3cret-p4ss@hooks.example.org/s3cret-path?key=s3cret-token",
        "headers": {"X-Token": "s3cret-token"},
    },
}
MAIL = {
    "name": "mail",
    "target": {
        "kind": "email",
        "host": "smtp.example.org",
        "user": "disparo",
        "password": "s3cret-p4ss",
        "sender": "a@example.org",
        "to": ["ops@example.org", "boss@example.org"],
    },
}
SIREN = {
    "name": "siren",
    "target": {"kind": "command", "command": ["true"], "environment": {"TOKEN": "s3cret-env"}},
}
RULE: dict[str, Any] = {"name": "all", "checks": ["*"], "channels": ["hook"]}


def test_a_channel_is_answered_whole_but_for_its_secrets(api: Api) -> None:
    """201 with its place and tag; reading answers the same, and 304 to who has it."""
    created = api.post(CHANNELS, HOOK)
    assert created.status_code == 201, created.text
    assert created.headers["location"] == "/alerts/channels/hook"
    assert created.headers["etag"] == '"1"'
    body = created.json()
    at = body["created_at"]
    assert body == {
        "name": "hook",
        "spec": {
            "name": "hook",
            "description": "",
            "target": {
                "kind": "webhook",
                "form": "json",
                "url": MASK,
                "headers": {"X-Token": MASK},
            },
            "timeout": 10.0,
        },
        "place": "json webhook at https://hooks.example.org",
        "revision": 1,
        "declared_in": None,
        "created_at": at,
        "updated_at": at,
        "fault": None,
    }
    read = api.get(f"{CHANNELS}/hook")
    assert (read.json(), read.headers["etag"]) == (body, '"1"')
    assert api.get(f"{CHANNELS}/hook", headers={"if-none-match": '"1"'}).status_code == 304
    assert api.get(CHANNELS).json() == {"items": [body], "next": None}
    assert api.post(CHANNELS, HOOK).status_code == 409


def test_no_secret_leaves(api: Api, anywhere: Factory, caplog: pytest.LogCaptureFixture) -> None:
    """Not in answers, pages, events or logs, and not in the database, whatever is done."""
    with caplog.at_level("DEBUG"):
        answers = [api.post(CHANNELS, one) for one in (HOOK, MAIL, SIREN)]
        answers += [api.post(RULES, RULE), api.get(CHANNELS), api.get(RULES)]
        answers += [api.get(f"{CHANNELS}/{name}") for name in ("hook", "mail", "siren")]
        answers += [api.patch(f"{CHANNELS}/siren", {"timeout": 5})]
        answers += [api.post(f"{CHANNELS}/siren/test"), api.get(f"{CHANNELS}/siren/events")]
        broken = {**HOOK, "target": {**HOOK["target"], "url": "ftp://s3cret-path"}}  # type: ignore[dict-item]
        answers += [api.post(CHANNELS, broken), api.post(CHANNELS, {**HOOK, "name": "a b"})]
        answers += [api.put(f"{CHANNELS}/hook", {**HOOK, "s3cret-key": 1})]
        note(anywhere, notice())
        answers += [api.get("/alerts"), api.get("/alerts/1"), api.get("/openapi.json")]
    assert {answer.status_code for answer in answers} == {200, 201, 422}
    with anywhere.engine.connect() as connection:
        stored = [
            str(row)
            for table in metadata.sorted_tables
            for row in connection.execute(sa.select(table))
        ]
    told = "\n".join([*(answer.text for answer in answers), caplog.text, *stored])
    assert not [secret for secret in SECRETS if secret in told]
    assert MASK in told


def test_a_mask_that_is_sent_back_keeps_the_secret(api: Api, anywhere: Factory) -> None:
    """So that a client may read, change and replace; where none is kept, it is refused."""
    api.post(CHANNELS, HOOK)
    shown = api.get(f"{CHANNELS}/hook").json()["spec"]
    shown["target"]["form"] = "slack"
    replaced = api.put(f"{CHANNELS}/hook", shown, headers={"if-match": '"1"'})
    assert (replaced.status_code, replaced.headers["etag"]) == (200, '"2"')
    with anywhere.engine.begin() as connection:
        kept = anywhere.channels.find(connection, "hook")
    assert kept is not None
    assert kept.target.url.get_secret_value() == HOOK["target"]["url"]  # type: ignore[union-attr,index]
    shown["target"]["headers"]["X-New"] = MASK
    refused = api.put(f"{CHANNELS}/hook", shown)
    assert refused.status_code == 422
    assert "target.headers.X-New: the stars stand for a secret" in refused.json()["detail"]
    assert api.post(CHANNELS, {**shown, "name": "other"}).status_code == 422
    assert api.put(f"{CHANNELS}/hook", shown, headers={"if-match": '"1"'}).status_code == 412


def test_a_patch_changes_what_it_names(api: Api, anywhere: Factory) -> None:
    """Secrets stay; a target of another kind replaces the one that was there."""
    api.post(CHANNELS, HOOK)
    changed = api.patch(f"{CHANNELS}/hook", {"timeout": 3, "target": {"url": MASK}}).json()
    assert (changed["spec"]["timeout"], changed["revision"]) == (3.0, 2)
    changed = api.patch(f"{CHANNELS}/hook", {"target": SIREN["target"]}).json()
    assert (changed["place"], changed["revision"]) == ("command true", 3)
    events = api.get(f"{CHANNELS}/hook/events").json()["items"]
    assert [one["name"] for one in events] == ["added", "changed", "changed"]
    before, after = events[1]["detail"]["before"], events[1]["detail"]["after"]
    assert (before, after) == ({"timeout": 10.0}, {"timeout": 3.0})
    anywhere.channels.change(
        "hook", {"target": {"environment": {"TOKEN": "n3w"}}}, actor="t", now=NOON
    )
    last = api.get(f"{CHANNELS}/hook/events").json()["items"][-1]
    assert last["detail"] == {"before": {"secrets": "some"}, "after": {"secrets": "others"}}


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({"kind": "webhook", "url": "hooks.example.org"}, "target.webhook.url: it must be a URL"),
        ({"kind": "webhook", "url": "https://h/ x"}, "it must be a URL"),
        ({"kind": "webhook", "url": "https://h/${DISPARO_SECRETS__KEY}"}, "Disparo's own settings"),
        ({"kind": "webhook", "url": "https://h", "headers": {"a b": "x"}}, "headers.a b"),
        ({"kind": "webhook", "url": "https://h", "headers": {"Host": "x"}}, "is set by Disparo"),
        ({"kind": "webhook", "url": "https://h", "headers": {"X": "a\nb"}}, "on one line"),
        ({"kind": "email", "host": "h", "sender": "a", "to": ["b@c.d"]}, "email.sender"),
        ({"kind": "email", "host": "h", "sender": "a@b.c", "to": []}, "email.to"),
        ({"kind": "email", "host": "h", "sender": "a@b.c\nBcc: d", "to": ["b@c.d"]}, "sender"),
        (
            {"kind": "email", "host": "h", "sender": "a@b.c", "to": ["b@c.d"], "user": "u"},
            "neither",
        ),
        ({"kind": "command", "command": []}, "command.command"),
        ({"kind": "command", "command": [" "]}, "must name a program"),
        ({"kind": "command", "command": ["x"], "environment": {"DISPARO_X": "y"}}, "own"),
        ({"kind": "pigeon"}, "'webhook', 'email', 'command'"),
    ],
)
def test_what_is_no_channel_is_refused_with_its_place(
    api: Api, target: dict[str, Any], words: str
) -> None:
    """422 names what is wrong, and nothing is stored."""
    answer = api.post(CHANNELS, {"name": "x", "target": target})
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert api.get(CHANNELS).json()["items"] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"channels": []}, "body.channels"),
        ({"channels": ["nobody"]}, "there is no channel 'nobody'; add it first"),
        ({"checks": []}, "it is about nothing"),
        ({"checks": ["a b"]}, "body.checks.0"),
        ({"states": ["dwon"]}, "body.states.0"),
        ({"reminder": 0}, "body.reminder"),
        ({"remind": 60}, "body.remind: there is no such key"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_place(
    api: Api, change: dict[str, Any], words: str
) -> None:
    """422 names what is wrong, and nothing is stored."""
    api.post(CHANNELS, HOOK)
    answer = api.post(RULES, {**RULE, **change})
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert api.get(RULES).json()["items"] == []


def test_rules_are_edited_under_their_tags(api: Api) -> None:
    """As schedules are; a channel that a rule names stays."""
    api.post(CHANNELS, HOOK)
    assert api.post(RULES, RULE).headers["etag"] == '"1"'
    assert api.delete(f"{CHANNELS}/hook").status_code == 409
    changed = api.patch(f"{RULES}/all", {"reminder": 60}, headers={"if-match": '"1"'})
    assert (changed.json()["spec"]["reminder"], changed.headers["etag"]) == (60.0, '"2"')
    stale = api.delete(f"{RULES}/all", headers={"if-match": '"1"'})
    assert stale.status_code == 412
    assert api.put(f"{RULES}/all", {**RULE, "name": "other"}).status_code == 422
    assert api.put(f"{RULES}/all", RULE).json()["revision"] == 3
    assert api.delete(f"{RULES}/all").status_code == 204
    assert api.get(f"{RULES}/all").status_code == 404
    names = [one["name"] for one in api.get(f"{RULES}/all/events").json()["items"]]
    assert names == ["added", "changed", "changed", "removed"]
    assert api.delete(f"{CHANNELS}/hook").status_code == 204


def test_alerts_are_listed_filtered_and_tried_again(api: Api, anywhere: Factory) -> None:
    """The newest first, by pages; only failed ones are tried again."""
    declared(anywhere, channel(), channel("pager"), rule(channels=["ops", "pager"]))
    note(anywhere, *(notice(name=f"n{number}") for number in range(3)))
    page = api.get("/alerts", params={"limit": 4}).json()
    assert [one["id"] for one in page["items"]] == [6, 5, 4, 3]
    rest = api.get("/alerts", params={"limit": 4, "cursor": page["next"]}).json()
    assert ([one["id"] for one in rest["items"]], rest["next"]) == ([2, 1], None)
    wanted = {"channel": "pager", "name": "n1", "state": "waiting", "subject": "check"}
    [one] = api.get("/alerts", params=wanted).json()["items"]
    assert (one["channel"], one["notice"]["name"], one["rule"]) == ("pager", "n1", "all")
    assert api.get("/alerts", params={"stat": "failed"}).status_code == 422
    assert api.get("/alerts/99").status_code == 404
    assert api.post("/alerts/1/retry").status_code == 409
    for _ in range(3):
        for errand in anywhere.outbox.claim({}, now=utc_now()):
            refused = Delivery(outcome=Outcome.REFUSED, detail="no")
            anywhere.outbox.settle(errand.taken, refused, now=NOON)
    failed = api.get("/alerts", params={"state": "failed"}).json()["items"]
    again = api.post(f"/alerts/{failed[0]['id']}/retry")
    assert (again.status_code, again.json()["state"]) == (200, "waiting")


def test_a_channel_is_tested(api: Api) -> None:
    """The answer tells what was answered, or what failed; it is no alert on record."""
    with receiving(Answer(), Answer(status=403, body=b"no_team")) as receiver:
        target = {"kind": "webhook", "form": "slack", "url": receiver.url}
        api.post(CHANNELS, {"name": "ops", "target": target})
        well, ill = (api.post(f"{CHANNELS}/ops/test").json() for _ in range(2))
        assert receiver.got[0].body["text"].startswith("Disparo: this is a test")
    assert (well["ok"], well["detail"]) == (True, "the receiver answered 200 OK: ok")
    assert (ill["ok"], ill["detail"]) == (False, "the receiver answered 403 Forbidden: no_team")
    assert api.post(f"{CHANNELS}/nobody/test").status_code == 404
    assert api.get("/alerts").json()["items"] == []


def test_alerts_and_tests_tell_where_the_service_is_reached(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the setting `server.url` says."""
    place = "https://disparo.example.org"
    monkeypatch.setenv("DISPARO_SERVER__URL", place)
    made = Factory(load_settings(), factory.state)
    with receiving() as receiver:
        declared(made, channel(url=receiver.url), rule())
        made.channels.test("ops", now=NOON)
        note(made, notice())
        sender = AlertSender(made.outbox, QUICK, clock=utc_now, service=made.settings.server.url)
        sender.start()
        await_that(lambda: len(receiver.got) == 2)
        sender.stop()
    assert [one.body["service"] for one in receiver.got] == [place, place]
    made.close()


def test_the_examples_of_the_description_work_as_they_stand(api: Api) -> None:
    """Each channel and each rule is taken."""
    for example in alert_examples.CHANNELS.values():
        assert api.post(CHANNELS, example["value"]).status_code == 201
    for example in alert_examples.RULES.values():
        assert api.post(RULES, example["value"]).status_code == 201


FILE = """\
alerts:
  channels:
    - name: ops
      target: {kind: webhook, form: slack, url: "${SLACK_WEBHOOK}"}
  rules:
    - {name: all, checks: ["*"], schedules: ["*"], channels: [ops], reminder: 3600}
"""


def test_a_file_declares_channels_and_rules(factory: Factory, tmp_path: Path) -> None:
    """A second time changes nothing, and nobody edits them but there."""
    file = tmp_path / "alerts.yaml"
    file.write_text(FILE)
    assert factory.declarations.apply(file, now=NOON) == ["channel ops", "rule all"]
    assert factory.declarations.apply(file, now=NOON) == []
    assert factory.channels.get("ops").place == "slack webhook at ${SLACK_WEBHOOK}"
    with pytest.raises(ConflictError, match="is declared in"):
        factory.rules.remove("all", actor="test", now=NOON)
    with pytest.raises(ConflictError, match="is declared in"):
        factory.channels.change("ops", {"timeout": 1}, actor="test", now=NOON)
    file.write_text(FILE.replace("3600", "60").replace("form: slack", "form: teams"))
    assert factory.declarations.apply(file, now=NOON) == ["channel ops", "rule all"]
    file.write_text(FILE.replace("channels: [ops]", "chanels: [ops]"))
    with pytest.raises(ConfigurationError, match="did you mean channels"):
        factory.declarations.apply(file, now=NOON)


def disparo(*arguments: str, code: int = 0) -> str:
    """Run a command in this process; return what it prints."""
    done = CliRunner().invoke(cli, ["alerts", *arguments], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.stdout


def test_the_command_line_does_the_same(factory: Factory, tmp_path: Path) -> None:
    """Create, list, show, set, test, remove; and what was told."""
    hook, all_of_it = tmp_path / "hook.yaml", tmp_path / "all.json"
    with receiving(Answer(), Answer(status=500)) as receiver:
        target = f"target: {{kind: webhook, url: '{receiver.url}'}}"
        hook.write_text(f"name: hook\n{target}\n")
        all_of_it.write_text(json.dumps(RULE))
        made = disparo("channels", "create", str(hook))
        assert made.startswith("created hook, revision 1: json webhook at http://127.0.0.1:")
        made = disparo("rules", "create", str(all_of_it))
        assert made == f"created all, revision 1: tells {', '.join(RULE['channels'])}\n"
        assert "the receiver answered 200 OK" in disparo("test", "hook")
        assert "the receiver answered 500" in disparo("test", "hook", code=3)
    assert "json webhook at http://127.0.0.1" in disparo("channels", "list")
    assert "checks *" in disparo("rules", "list")
    shown = json.loads(disparo("channels", "show", "hook"))
    assert shown["spec"]["target"]["url"] == MASK
    assert disparo("channels", "set", "hook", "timeout=3").startswith("changed hook, revision 2")
    assert disparo("rules", "set", "all", "reminder=60").startswith("changed all, revision 2")
    assert "timeout: 10.0 -> 3.0" in disparo("channels", "history", "hook")
    note(factory, notice())
    assert "check db" in disparo("list", "--channel", "hook", "--state", "waiting")
    [listed] = json.loads(disparo("list", "--json"))
    assert json.loads(disparo("show", "1")) == listed
    assert len(alerts(factory)) == 1
    assert disparo("rules", "remove", "all") == "removed all\n"
    assert disparo("channels", "remove", "hook") == "removed hook\n"
