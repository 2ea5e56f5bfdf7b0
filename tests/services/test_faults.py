"""What is wrong with a document is told in plain words, whatever it is."""

from typing import Any

import pytest
from pydantic import BaseModel

from app.errors import ConfigurationError
from app.services.documents import parsed
from app.values.alert import Rule
from app.values.channel import Channel
from app.values.check import Check
from app.values.maintenance import Maintenance

RULE: dict[str, Any] = {"name": "r", "checks": ["*"], "channels": ["ops"]}
AGAIN: dict[str, Any] = {"name": "w", "cron": "0 2 * * *"}


def mail(**changes: Any) -> dict[str, Any]:
    """Return a channel of mail."""
    target = {"kind": "email", "host": "h", "sender": "a@b", "to": ["a@b"], **changes}
    return {"name": "c", "target": target}


def command(words: Any) -> dict[str, Any]:
    """Return a channel that runs a command."""
    return {"name": "c", "target": {"kind": "command", "command": words}}


@pytest.mark.parametrize(
    ("kind", "document", "told"),
    [
        (Rule, {**RULE, "channels": []}, ["channels: must have at least 1 entry"]),
        (Rule, {**RULE, "states": ["sad"]}, ["states.0: must be 'down', 'degraded', 'unknown', "]),
        (Rule, {**RULE, "recoveries": "maybe"}, ["recoveries: must be true or false"]),
        (
            Channel,
            mail(sender="me", to=[]),
            ["target.email.sender: must be an address such as", "target.email.to: must have at l"],
        ),
        (Channel, command("/bin/x"), ["target.command.command: must be a list"]),
        (Channel, command([1]), ["target.command.command.0: must be text"]),
        (Maintenance, {**AGAIN, "duration": "2h"}, ["duration: is no duration; write e.g. PT30M"]),
        (Check, None, ["the thing: must be keys with values, not nothing"]),
        (Check, ["a"], ["the thing: must be keys with values, not a list"]),
        (Check, {"name": "a", "target": 5}, ["target: must be keys with values, not a number"]),
    ],
)
def test_each_fault_is_told_once_and_plainly(
    kind: type[BaseModel], document: Any, told: list[str]
) -> None:
    """Where it is, and what must be there."""
    with pytest.raises(ConfigurationError) as caught:
        parsed(kind, "thing", document)
    first, *faults = caught.value.detail.splitlines()
    assert first == "that is no thing:"
    assert len(faults) == len(told)
    for fault, beginning in zip(faults, told, strict=True):
        assert fault.startswith(f"- {beginning}")
