"""Rules of alerts: create, list, read, replace, change, remove, declare."""

from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from app.db.alert_specs import SpecStore, StoredSpec
from app.db.alert_tables import alert_channels, alert_rules
from app.db.troubles import TroubleStore
from app.errors import ConfigurationError
from app.services.alert_specs import SpecService
from app.services.documents import parsed
from app.values.alert import Rule, RuleOverview


class RuleService(SpecService[Rule, RuleOverview]):
    """The use cases of rules."""

    noun = "rule"
    table = alert_rules

    def shown(self, stored: StoredSpec) -> RuleOverview:
        """Return a rule as it is shown."""
        shared = stored.model_dump(exclude={"id", "text"})
        try:
            return RuleOverview(**shared, spec=self._read(stored))
        except ConfigurationError as error:
            return RuleOverview(**shared, spec=None, fault=error.detail)

    def parsed(self, document: Any) -> Rule:
        """Return the rule that plain data describe. Raises ConfigurationError."""
        return parsed(Rule, "rule", document)

    def _read(self, stored: StoredSpec) -> Rule:
        return read_rule(stored)

    def _text(self, spec: Rule) -> str:
        return spec.model_dump_json()

    def _plain(self, spec: Rule) -> dict[str, Any]:
        return spec.model_dump(mode="json")

    def _completed(self, spec: Rule, old: Rule | None) -> Rule:  # noqa: ARG002 - nothing is hidden
        return spec

    def _require_sound(self, connection: sa.Connection, spec: Rule) -> None:
        there = SpecStore(connection, alert_channels).names()
        if missing := [name for name in spec.channels if name not in there]:
            raise ConfigurationError(
                f"rule {spec.name!r}: there is no channel {', '.join(map(repr, missing))}; add it "
                "first (`disparo alerts channels list` shows what there is)"
            )

    def _removed(self, connection: sa.Connection, name: str) -> None:
        TroubleStore(connection).forget_rule(name)


def read_rule(stored: StoredSpec) -> Rule:
    """Return a rule of its text. Raises ConfigurationError for one that is damaged."""
    try:
        return Rule.model_validate_json(stored.text)
    except ValidationError:
        raise ConfigurationError(
            f"rule {stored.name!r} cannot be read; put it anew, or remove it"
        ) from None
