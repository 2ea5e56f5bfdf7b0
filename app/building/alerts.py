"""Who is told of what."""

from functools import cached_property
from typing import TYPE_CHECKING

from app.building.foundation import Foundation
from app.services.alert_channels import ChannelService
from app.services.alert_rules import RuleService
from app.services.alerts import AlertService
from app.services.outbox import OutboxService

if TYPE_CHECKING:  # these load scikit-learn or httpx, which takes time
    from app.services.health_records import HealthRecords


class Alerts(Foundation):
    """Makes each part when it is first asked for."""

    @cached_property
    def channels(self) -> ChannelService:
        """The use cases of channels of alerts."""
        settings = self.settings
        return ChannelService(
            self.engine, self.vault, settings.alerts, self.reach, settings.server.url
        )

    @cached_property
    def rules(self) -> RuleService:
        """The use cases of rules of alerts."""
        return RuleService(self.engine)

    @cached_property
    def alerts(self) -> AlertService:
        """The use cases of alerts."""
        return AlertService(self.engine, self.settings.alerts)

    @cached_property
    def outbox(self) -> OutboxService:
        """What waits to be sent, and who sends it."""
        return OutboxService(self.engine, self.channels, self.alerts, self.settings.alerts)

    @cached_property
    def health_records(self) -> "HealthRecords":
        """What judges that, and tells of it."""
        from app.services.health_records import HealthRecords

        return HealthRecords(self.engine, self.alerts, self.settings.health)
