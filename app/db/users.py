"""The store of users. Their passwords are kept as argon2 writes them, and never part of a value."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.counters import CounterStore
from app.db.user_tables import user_links, user_sessions, users
from app.values.account import Role
from app.values.user import User

COUNTER = "users"
"""Counts the changes of users."""


class UserStore:
    """Users, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def lock(self) -> None:
        """Count a change, and keep others from changing any user meanwhile."""
        CounterStore(self._connection).bump(COUNTER)

    def page(self, *, after: str = "", limit: int | None = None) -> list[User]:
        """Return users by name; `after` is the last name of the page before."""
        query = sa.select(users).where(users.c.name > after).order_by(users.c.name).limit(limit)
        return [_value(row) for row in self._connection.execute(query)]

    def get(self, name: str, *, lock: bool = False) -> User | None:
        """Return one user; `lock` keeps others from changing the user meanwhile."""
        return self._one(users.c.name == name, lock=lock)

    def known_as(self, issuer: str, subject: str) -> User | None:
        """Return the user whom a provider of single sign-on knows by this name."""
        return self._one(sa.and_(users.c.issuer == issuer, users.c.subject == subject))

    def by_id(self, user_id: int, *, lock: bool = False) -> User | None:
        """Return the user of this id."""
        return self._one(users.c.id == user_id, lock=lock)

    def password(self, user_id: int) -> str | None:
        """Return a user's password as argon2 wrote it."""
        query = sa.select(users.c.password).where(users.c.id == user_id)
        found: str | None = self._connection.execute(query).scalar()
        return found

    def has_admin(self, *, but: int | None = None) -> bool:
        """Tell whether there is an admin who can log in, other than `but`."""
        has_way = users.c.password.is_not(None) | users.c.issuer.is_not(None)
        is_admin = sa.and_(users.c.role == Role.ADMIN, users.c.is_enabled, has_way)
        query = sa.select(users.c.id).where(is_admin)
        if but is not None:
            query = query.where(users.c.id != but)
        return self._connection.execute(query.limit(1)).first() is not None

    def add(self, name: str, role: Role, *, now: datetime, **fields: Any) -> None:
        """Add a user. Raises IntegrityError if the name is taken."""
        row = {
            "name": name,
            "role": role,
            "is_enabled": True,
            "created_at": now,
            "updated_at": now,
            "revision": 1,
            **fields,
        }
        self._connection.execute(users.insert().values(row))

    def change(self, user_id: int, now: datetime, **fields: Any) -> None:
        """Change fields of a user. It becomes a new revision."""
        change = users.update().where(users.c.id == user_id)
        revision = users.c.revision + 1
        self._connection.execute(change.values(updated_at=now, revision=revision, **fields))

    def note_login(self, user_id: int, now: datetime, *, password: str | None = None) -> None:
        """Note that a user has logged in; `password` is the same one, written anew."""
        change = users.update().where(users.c.id == user_id)
        fields = {} if password is None else {"password": password}
        self._connection.execute(change.values(seen_at=now, **fields))

    def remove(self, user_id: int) -> None:
        """Remove a user, who is locked, with all sessions and links."""
        for table in (user_sessions, user_links):
            self._connection.execute(table.delete().where(table.c.user == user_id))
        self._connection.execute(users.delete().where(users.c.id == user_id))

    def _one(self, condition: sa.ColumnElement[bool], *, lock: bool = False) -> User | None:
        query = sa.select(users).where(condition)
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        return None if row is None else _value(row)


def _value(row: sa.Row[tuple[object, ...]]) -> User:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    del fields["subject"]
    return User(has_password=fields.pop("password") is not None, **fields)
