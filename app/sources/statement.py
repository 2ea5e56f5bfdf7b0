"""A user's SQL with its named parameters, made ready for a driver."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from app.errors import ConfigurationError
from app.sources.connection import Query
from app.values.base import Scalar

Parameter = Scalar | Decimal
_AFTER = "disparo_after"


class _Cast(sa.types.TypeDecorator[Any]):
    """A parameter that ODBC sends as text, and that the database turns into its type."""

    impl = sa.String
    cache_ok = True

    def __init__(self, target: sa.types.TypeEngine[Any]) -> None:
        super().__init__()
        self.target = target

    def bind_expression(self, bindvalue: sa.BindParameter[Any]) -> sa.ColumnElement[Any] | None:
        """Wrap the marker: CAST(? AS type)."""
        return sa.cast(bindvalue, self.target)


class _Null(sa.types.TypeDecorator[Any]):
    """A NULL without a type, which compares with any: a NULL text would not, on PostgreSQL."""

    impl = sa.String
    cache_ok = True

    def bind_expression(self, bindvalue: sa.BindParameter[Any]) -> sa.ColumnElement[Any]:  # noqa: ARG002
        """Write NULL instead of a marker."""
        return sa.null()


def in_key_order(query: Query, dialect: sa.Dialect) -> Query:
    """Return a query for the same rows in the order of their key, if that is asked for."""
    if not query.is_ordered:
        return query
    key = dialect.identifier_preparer.quote(query.key)
    behind = "" if query.after is None else f" WHERE resumable.{key} > :{_AFTER}"
    return Query(
        text=f"SELECT * FROM ({query.text}\n) AS resumable{behind} ORDER BY resumable.{key}",
        parameters={**query.parameters, _AFTER: query.after},
        key=query.key,
    )


def uses(name: str, text: str) -> bool:
    """Tell whether a SQL text names this parameter."""
    return name in sa.text(text)._bindparams  # noqa: SLF001 - there is no public way to ask


def bound(
    text: str, parameters: Mapping[str, Parameter], *, cast_for: sa.Dialect | None = None
) -> sa.TextClause:
    r"""Return the SQL with the parameters that it names; `\:` is a colon that names none.

    Raises ConfigurationError for a name that no parameter has.
    """
    clause = sa.text(text)
    names = list(clause._bindparams)  # noqa: SLF001 - there is no public way to ask
    if unknown := [name for name in names if name not in parameters]:
        raise ConfigurationError(
            f"the query uses :{unknown[0]}, but the parameters are "
            f"{', '.join(':' + name for name in sorted(parameters))}; add it to the schedule's "
            "parameters, or write \\: for a colon that names none",
            parameter=unknown[0],
        )
    if cast_for is None:
        return clause.bindparams(**{name: parameters[name] for name in names})
    return clause.bindparams(
        *(
            sa.bindparam(name, value=parameters[name], type_=_sent_as(parameters[name], cast_for))
            for name in names
        )
    )


def _sent_as(value: Parameter, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
    if value is None:
        return _Null()
    target = _cast_type(value, dialect)
    return sa.String() if target is None else _Cast(target)


def _cast_type(value: Parameter, dialect: sa.Dialect) -> sa.types.TypeEngine[Any] | None:
    is_mysql = dialect.name in {"mysql", "mariadb"}
    if isinstance(value, (float, bool, str)):
        # MySQL compares a text with a number as doubles, and has no CAST to them.
        kinds: dict[type, sa.types.TypeEngine[Any]] = {bool: sa.Boolean(), float: sa.Double()}
        return None if is_mysql else kinds.get(type(value))
    if isinstance(value, date) and dialect.name == "sqlite":
        return None  # it keeps time stamps as text and compares text
    if isinstance(value, datetime):
        return mysql.DATETIME(fsp=6) if is_mysql else sa.DateTime()
    if isinstance(value, date):
        return sa.Date()
    # Exactly as many digits as given: paging compares a key with the last one.
    decimal: sa.Numeric[Any] = sa.Numeric(65, 30) if is_mysql else sa.Numeric()
    return sa.BigInteger() if isinstance(value, int) else decimal


def as_text(value: Parameter) -> str | None:
    """Return a parameter as the text that ODBC sends and SQLite compares."""
    match value:
        case None:
            return None
        case bool():
            return str(int(value))
        case datetime():
            return value.replace(tzinfo=None).isoformat(" ")
        case float():
            return repr(value)
        case _:
            return str(value)
