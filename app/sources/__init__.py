"""Outside databases: collect and deliver, over ODBC and SQLAlchemy alike."""

from app.sources.connection import Connection, connect
from app.sources.limits import Limits

__all__ = ["Connection", "Limits", "connect"]
