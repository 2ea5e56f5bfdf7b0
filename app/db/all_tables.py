"""All tables, for who needs the schema whole. A module of tables is named here."""

from app.db import check_tables, tables
from app.db.tables import metadata

__all__ = ["check_tables", "metadata", "tables"]
