"""All tables, for who needs the schema whole. A module of tables is named here."""

from app.db import (
    alert_tables,
    check_tables,
    model_health_tables,
    schema_tables,
    showroom_tables,
    slurm_tables,
    tables,
    token_tables,
    user_tables,
)
from app.db.tables import metadata

__all__ = [
    "alert_tables",
    "check_tables",
    "metadata",
    "model_health_tables",
    "schema_tables",
    "showroom_tables",
    "slurm_tables",
    "tables",
    "token_tables",
    "user_tables",
]
