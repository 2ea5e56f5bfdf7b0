"""Users and sessions for tests, made without a password: hashing takes long."""

import re
from datetime import datetime

from app.db.users import UserStore
from app.factory import Factory
from app.values.account import Role
from app.values.user import Client, User, Way
from tests.scheduling import NOON


def user(factory: Factory, name: str, role: Role = Role.VIEWER) -> User:
    """Add a user who has no password."""
    with factory.engine.begin() as connection:
        UserStore(connection).add(name, role, now=NOON)
        found = UserStore(connection).get(name)
    assert found is not None
    return found


def log_in(factory: Factory, name: str, now: datetime = NOON) -> str:
    """Open a session, and return its secret."""
    client = Client(address="127.0.0.1", agent="a browser")
    with factory.engine.begin() as connection:
        found = UserStore(connection).get(name)
        assert found is not None
        made = factory.sessions.open_for(
            connection, found, way=Way.PASSWORD, client=client, now=now
        )
    return factory.sessions.opened(made, now=now).cookie.get_secret_value()


LINK = re.compile(r"^(http://\S+)/(first|reset)\?token=([\w-]{43})$", re.MULTILINE)
"""A one-time link: the address of the service, its page, its token."""
PASSWORD = "three words do well"
HERE = Client(address="127.0.0.1", agent="a browser")


def with_password(factory: Factory, name: str, role: Role = Role.VIEWER) -> User:
    """Add a user who has the password."""
    made, _ = factory.users.create(name, role, password=PASSWORD, actor="test", now=NOON)
    return made
