"""Channels of alerts: create, list, read, replace, change, remove, declare, test."""

import json
import time
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from app.db.alert_specs import SpecStore, StoredSpec
from app.db.alert_tables import alert_channels, alert_rules
from app.db.vault import Vault
from app.errors import ConfigurationError, ConflictError
from app.services.alert_specs import SpecService
from app.services.documents import parsed
from app.services.room import Room
from app.settings_sections import Alerts
from app.values.alert import Message, Outcome, Rule
from app.values.channel import Channel, ChannelOverview, Trial, masks, revealed, unmasked
from app.values.notice import Notice, Subject
from app.values.patch import merged
from app.values.reach import Reach

_TESTED = "This is a test of the channel: alerts arrive. Nothing has happened."


class ChannelService(SpecService[Channel, ChannelOverview]):
    """The use cases of channels, whose specs are encrypted at rest."""

    noun = "channel"
    table = alert_channels

    def __init__(
        self,
        engine: sa.Engine,
        vault: Vault,
        bounds: Alerts,
        reach: Reach | None = None,
        service: str = "",
    ) -> None:
        """`service` is where people reach it, which tests tell as alerts do."""
        super().__init__(engine)
        self._service = service
        self._vault = vault
        self._bounds = bounds
        self._reach = reach or Reach()
        self._tests = Room(bounds.tests, "channels are tested already (alerts.tests)")

    def shown(self, stored: StoredSpec) -> ChannelOverview:
        """Return a channel as it is shown: without secrets."""
        shared = stored.model_dump(exclude={"id", "text"})
        try:
            spec = self._read(stored)
        except ConfigurationError as error:
            return ChannelOverview(**shared, spec=None, place=None, fault=error.detail)
        return ChannelOverview(**shared, spec=spec, place=spec.target.place)

    def find(self, connection: sa.Connection, name: str) -> Channel | None:
        """Return a channel with its secrets. Raises ConfigurationError for a damaged one."""
        found = SpecStore(connection, self.table).get(name)
        return None if found is None else self._read(found)

    def test(self, name: str, *, now: datetime) -> Trial:
        """Send a test to a channel and wait for the answer. Raises NotFoundError, BusyError."""
        from app.alerts import send_now

        with self._reading.begin() as connection:
            self._one(connection, name)
            channel = self.find(connection, name)
        assert channel is not None  # noqa: S101 - found in this transaction
        with self._tests:
            begun = time.monotonic()
            most, reach = self._bounds.answer_bytes, self._reach
            told = _test(name, self._service, now)
            delivery = send_now(channel, told, most=most, reach=reach)
        return Trial(
            channel=name,
            ok=delivery.outcome is Outcome.ACCEPTED,
            detail=delivery.detail,
            seconds=time.monotonic() - begun,
        )

    def parsed(self, document: Any) -> Channel:
        """Return the channel that plain data describe. Raises ConfigurationError."""
        return parsed(Channel, "channel", document)

    def _read(self, stored: StoredSpec) -> Channel:
        owner = f"channel {stored.name!r}"
        try:
            return Channel.model_validate_json(self._vault.decrypt(stored.text, owner))
        except ValidationError:
            raise ConfigurationError(f"{owner} cannot be read; put it anew, or remove it") from None

    def _text(self, spec: Channel) -> str:
        return self._vault.encrypt(json.dumps(revealed(spec)))

    def _plain(self, spec: Channel) -> dict[str, Any]:
        found: dict[str, Any] = revealed(spec)
        return found

    def _patched(self, spec: Channel, patch: Mapping[str, Any]) -> Channel:
        document, target = self._plain(spec), patch.get("target")
        if isinstance(target, Mapping) and target.get("kind", spec.target.kind) != spec.target.kind:
            document["target"] = None  # a target of another kind has no field of this one
        return self.parsed(unmasked(merged(document, patch), self._plain(spec)))

    def _completed(self, spec: Channel, old: Channel | None) -> Channel:
        kept = None if old is None else revealed(old)
        plain = unmasked(revealed(spec), kept)
        if stars := masks(plain):
            raise ConfigurationError(
                f"channel {spec.name!r}: {', '.join(stars)}: the stars stand for a secret that is "
                "kept, and none is; give the secret itself"
            )
        return self.parsed(plain)

    def _require_unused(self, connection: sa.Connection, name: str) -> None:
        users = [
            one.name
            for one in SpecStore(connection, alert_rules).page()
            if name in Rule.model_validate_json(one.text).channels
        ]
        if users:
            raise ConflictError(
                f"channel {name!r} is used by the rules {', '.join(users[:10])}; change or remove "
                "them first"
            )


def _test(name: str, service: str, now: datetime) -> Message:
    key = uuid.uuid4().hex
    notice = Notice(
        subject=Subject.CHECK,
        name=name,
        before="test",
        after="test",
        at=now,
        detail=_TESTED,
        key=f"test:{key}",
    )
    return Message(key=key, notice=notice, is_test=True, service=service)
