"""`disparo db`: Disparo's own database."""

from app.cli.parts import command_group, services

group = command_group("Disparo's own database.")


@group.command("upgrade")
def upgrade() -> None:
    """Bring the database's schema up to date."""
    with services(checked=False) as factory:
        factory.upgrade_schema()
