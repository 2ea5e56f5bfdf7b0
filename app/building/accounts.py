"""Who may do what: users, sessions, tokens, the audit, the settings that hold."""

import os
from functools import cached_property

import sqlalchemy as sa

from app.building.foundation import Foundation
from app.services.audit import AuditService
from app.services.keyring import LOOKUPS, Keyring
from app.services.links import LinkService
from app.services.logins import LoginService
from app.services.passwords import PasswordService
from app.services.refusals import RefusalService
from app.services.sessions import SessionService
from app.services.settings import SettingsService
from app.services.single_sign_on import SingleSignOnService
from app.services.tokens import TokenService
from app.services.users import UserService
from app.settings import secrets_dir


class Accounts(Foundation):
    """Makes each part when it is first asked for."""

    @cached_property
    def sessions(self) -> SessionService:
        """Who is logged in."""
        return SessionService(self.engine, self.settings.sessions)

    @cached_property
    def passwords(self) -> PasswordService:
        """What hashes passwords, few at once."""
        return PasswordService(self.settings.passwords)

    @cached_property
    def logins(self) -> LoginService:
        """The use case of logging in."""
        return LoginService(self.engine, self.sessions, self.passwords, self.settings.logins)

    @cached_property
    def links(self) -> LinkService:
        """The use cases of one-time links."""
        return LinkService(self.engine, self.sessions, self.logins, self.passwords)

    @cached_property
    def single_sign_on(self) -> SingleSignOnService:
        """The use cases of single sign-on."""
        return SingleSignOnService(
            self.engine, self.sessions, self.logins, self.settings.single_sign_on
        )

    @cached_property
    def users(self) -> UserService:
        """The use cases of users."""
        return UserService(self.engine, self.sessions, self.logins, self.links, self.passwords)

    @cached_property
    def tokens(self) -> TokenService:
        """The use cases of tokens."""
        return TokenService(
            self.engine,
            self.lookup_engine,
            most=self.settings.auth.tokens,
            on_change=lambda: self.token_ring.forget(),  # noqa: PLW0108 - it asks the tokens
        )

    @cached_property
    def audit(self) -> AuditService:
        """The use cases of the audit."""
        return AuditService(self.engine, self.settings.audit)

    @cached_property
    def shown_settings(self) -> SettingsService:
        """The use case of seeing the settings."""
        return SettingsService(self.settings, os.environ, secrets_dir())

    @cached_property
    def refusals(self) -> RefusalService:
        """Who was refused, for the audit."""
        return RefusalService(self.engine, self.settings.audit)

    @cached_property
    def token_ring(self) -> Keyring:
        """Who shows which token, remembered for a moment."""
        return Keyring(self.tokens.find, self.settings.auth, used=self.tokens.used)

    @cached_property
    def session_ring(self) -> Keyring:
        """Whose session it is: the service itself remembers it, this looks it up in a thread."""
        bounds = self.settings.auth.model_copy(update={"remember_seconds": 0.0})
        ring = Keyring(self.sessions.find, bounds)
        self.sessions.memory.on_forget = ring.forget
        return ring

    @cached_property
    def lookup_engine(self) -> sa.Engine:
        """The engine by which who asks is looked up: it gives up soon."""
        return self._impatient(self.settings.auth.answer_timeout, connections=LOOKUPS + 1)
