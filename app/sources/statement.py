"""A user's SQL with its named parameters, made ready for a driver."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from app.errors import ConfigurationError
from app.sources.connection import Parameter, Query

_AFTER, _ABOVE, _UPTO = "disparo_after", "disparo_above", "disparo_upto"


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
        return in_range(query, dialect)
    key = _quoted(query.key, dialect)
    behind = "" if query.after is None else f" WHERE resumable.{key} > :{_AFTER}"
    ranged = in_range(query, dialect)
    return Query(
        text=f"SELECT * FROM ({ranged.text}\n) AS resumable{behind} ORDER BY resumable.{key}",
        parameters={**ranged.parameters, _AFTER: query.after},
        key=query.key,
    )


def in_range(query: Query, dialect: sa.Dialect) -> Query:
    """Return a query for those rows alone whose keys are in its range, if it has one.

    A range without a lower bound holds the NULLs too, so that each row is in one of all ranges.
    """
    if not query.is_range:
        return query
    key = f"ranged.{_quoted(query.key, dialect)}"
    wanted = []
    if query.above is not None:
        wanted.append(f"{key} > :{_ABOVE}")
    if query.upto is not None:
        null = f" OR {key} IS NULL" if query.above is None else ""
        wanted.append(f"({key} <= :{_UPTO}{null})")
    return Query(
        text=f"SELECT * FROM ({query.text}\n) AS ranged WHERE {' AND '.join(wanted)}",
        parameters={**query.parameters, _ABOVE: query.above, _UPTO: query.upto},
        key=query.key,
    )


def tiles(query: Query, number: int, dialect: sa.Dialect) -> Query:
    """Return a query for the largest key, and the number of rows, of each of `number` parts.

    The parts are as equal as can be, in the order of the key; there are fewer where rows are.
    """
    key = _quoted(query.key, dialect)
    numbered = (
        f"SELECT keyed.{key} AS k, NTILE({int(number)}) OVER (ORDER BY keyed.{key}) AS part "
        f"FROM ({query.text}\n) AS keyed WHERE keyed.{key} IS NOT NULL"
    )
    return Query(
        text=f"SELECT part, MAX(k) AS k, COUNT(*) AS n FROM ({numbered}) AS tiled GROUP BY part",
        parameters=query.parameters,
        key="part",
    )


def _quoted(name: str, dialect: sa.Dialect) -> str:
    """Quote a column's name for a text in which a colon begins a parameter."""
    return dialect.identifier_preparer.quote(name).replace(":", "\\:")


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
