"""Builds the services once, for requests, jobs and the command line alike."""

from functools import cached_property

from app.building.accounts import Accounts
from app.building.dispatches import Dispatches
from app.building.monitor import Monitor
from app.building.showroom import Showroom
from app.db import schema
from app.services.declarations import DeclarationService
from app.services.releases import ReleaseService


class Factory(Accounts, Dispatches, Showroom, Monitor):
    """Makes each part when it is first asked for."""

    @cached_property
    def declarations(self) -> DeclarationService:
        """The use case of declaration files."""
        return DeclarationService(
            self.sources,
            self.schedules,
            self.checks,
            self.windows,
            self.channels,
            self.rules,
            ReleaseService(self.engine),
        )

    def check_schema(self) -> None:
        """Raise OutdatedSchemaError unless the schema is the one that this release works with."""
        schema.check(self.engine)

    def upgrade_schema(self) -> None:
        """Bring the schema up to date."""
        schema.upgrade(self.engine)

    def close(self) -> None:
        """Close the connections to the database."""
        for name in ("token_ring", "session_ring"):
            if name in self.__dict__:
                self.__dict__[name].stop()
        for name in ("engine", "log_engine", "metrics_engine", "lookup_engine"):
            if name in self.__dict__:
                self.__dict__[name].dispose()
