"""Declarations: YAML files that say which sources, schedules, checks and alerts there are."""

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError

from app.errors import ConfigurationError
from app.services.alert_channels import ChannelService
from app.services.alert_rules import RuleService
from app.services.checks import CheckService
from app.services.documents import in_words, read_yaml
from app.services.faults import distinct
from app.services.maintenance import MaintenanceService
from app.services.releases import ReleaseService
from app.services.schedules import ScheduleService
from app.services.sources import SourceService
from app.values.alert import Rule
from app.values.base import Name, Value
from app.values.channel import Channel
from app.values.check import Check
from app.values.maintenance import Maintenance
from app.values.schedule import Schedule
from app.values.source import Source


class _DeclaredSource(Value):
    name: Name
    connection: SecretStr
    description: str = ""
    concurrency: Annotated[int, Field(ge=1, le=10_000)] | None = None


class _DeclaredCheck(Check):
    paused: bool = False
    """Whether a new one starts paused; after that a person decides."""

    def spec(self) -> Check:
        """Return what it says but for that."""
        return Check(**{name: getattr(self, name) for name in Check.model_fields})


class _DeclaredAlerts(Value):
    channels: tuple[Channel, ...] = ()
    rules: tuple[Rule, ...] = ()


class _Declarations(Value):
    sources: tuple[_DeclaredSource, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    checks: tuple[_DeclaredCheck, ...] = ()
    windows: tuple[Maintenance, ...] = ()
    alerts: _DeclaredAlerts = _DeclaredAlerts()


class DeclarationService:
    """The use case of declaration files."""

    def __init__(
        self,
        sources: SourceService,
        schedules: ScheduleService,
        checks: CheckService,
        windows: MaintenanceService,
        channels: ChannelService,
        rules: RuleService,
        releases: ReleaseService,
    ) -> None:
        self._sources = sources
        self._schedules = schedules
        self._checks = checks
        self._windows = windows
        self._channels = channels
        self._rules = rules
        self._releases = releases

    def apply(self, file: Path, *, now: datetime) -> list[str]:
        """Make what the file declares so; return what changed. A second time changes nothing.

        The whole file is read before anything is changed. Raises ConfigurationError.
        """
        declared, place = _read(file), _place(file)
        changed = [
            f"source {one.name}"
            for one in declared.sources
            if self._sources.declare(
                Source(**dict(one), declared_in=place, created_at=now, updated_at=now), now=now
            )
        ]
        changed += [
            f"schedule {spec.name}"
            for spec in declared.schedules
            if self._schedules.declare(spec, place, now=now)
        ]
        changed += self._watch(declared, place, now)
        return changed + self._apply_alerts(declared.alerts, place, now)

    def release(self, file: Path, *, now: datetime) -> list[str]:
        """Let go what the file declared before and does not any more; return what that is.

        It stays as it is, and belongs to nobody's file. Raises ConfigurationError.
        """
        declared = _read(file)
        names = {
            "source": {one.name for one in declared.sources},
            "schedule": {one.name for one in declared.schedules},
            "check": {one.name for one in declared.checks},
            "window": {one.name for one in declared.windows},
            "channel": {one.name for one in declared.alerts.channels},
            "rule": {one.name for one in declared.alerts.rules},
        }
        return self._releases.release(_place(file), names, now=now)

    def _watch(self, declared: _Declarations, place: str, now: datetime) -> list[str]:
        """Declare what the Monitor looks at, and when nobody is told of it."""
        specs = [one.spec() for one in declared.checks]
        paused = {one.name for one in declared.checks if one.paused}
        checks = self._checks.declare(specs, place, paused=paused, now=now)
        windows = self._windows.declare(declared.windows, place, now=now)
        return [f"check {one}" for one in checks] + [f"window {one}" for one in windows]

    def _apply_alerts(self, declared: _DeclaredAlerts, place: str, now: datetime) -> list[str]:
        changed = [
            f"channel {channel.name}"
            for channel in declared.channels
            if self._channels.declare(channel, place, now=now)
        ]
        return changed + [
            f"rule {rule.name}"
            for rule in declared.rules
            if self._rules.declare(rule, place, now=now)
        ]


def _place(file: Path) -> str:
    """Return what tells the file from others: `./churn.yaml` is `churn.yaml`, here and elsewhere.

    Links are not followed: where they lead may change with each version of the file.
    """
    return os.path.abspath(file)  # noqa: PTH100 - pathlib's own keeps `..`


def _read(file: Path) -> _Declarations:
    try:
        return _Declarations.model_validate(read_yaml(file) or {})
    except ValidationError as error:
        problems = "\n".join(f"- {in_words(one)}" for one in distinct(error.errors()))
        raise ConfigurationError(f"{file} declares what cannot be:\n{problems}") from None
