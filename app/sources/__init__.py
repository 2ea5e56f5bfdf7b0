"""Outside databases: collect and deliver, over ODBC and SQLAlchemy alike."""

from app.sources.connection import Connection, Limits, connect

__all__ = ["Connection", "Limits", "connect"]
