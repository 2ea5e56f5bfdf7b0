"""What the record of a dispatch says of its failure."""

import pytest
import sqlalchemy as sa

from app.errors import SourceError
from app.services.execution import describe

_SECRET = "s3cret"


def _failed(words: str) -> Exception:
    with pytest.raises(RuntimeError) as caught:
        raise RuntimeError(words)
    return caught.value


def test_a_record_of_a_failure_hides_passwords() -> None:
    """A driver that puts its connection string into an error does not put it into the record."""
    failures = [
        _failed(f"cannot connect to mysql+pymysql://u:{_SECRET}@h/d"),
        _failed(f"Driver=X;PWD={_SECRET}"),
        SourceError("no answer", source=f"postgresql://u:{_SECRET}@h/d"),
    ]
    for failure in failures:
        record = describe(failure)
        assert _SECRET not in record.model_dump_json()


def test_what_follows_a_password_stays_in_the_traceback() -> None:
    """Only the line of a password is cut: the rest tells where it failed."""
    record = describe(_failed(f"PWD={_SECRET}\nand then it broke"))
    assert record.traceback is not None
    assert "and then it broke" in record.traceback
    assert "_failed" in record.traceback


def test_a_password_is_hidden_where_a_long_traceback_is_cut() -> None:
    """The cut falls into the connection string: the password is hidden before."""
    record = describe(_failed(f"mysql+pymysql://user:{_SECRET}@h/d " + "x" * 19_985))
    assert record.traceback is not None
    assert _SECRET not in record.traceback


def test_disparos_own_database_that_stayed_away_is_an_error_that_can_pass() -> None:
    """Longer than anybody waits for it: whoever may be tried again is."""
    away = sa.exc.OperationalError("INSERT", {}, Exception('(2003, "Can\'t connect to h")'))
    record = describe(away)
    assert (record.slug, record.can_pass) == ("database-away", True)
    assert "Can't connect to h" in record.detail
    assert "INSERT" not in record.detail
