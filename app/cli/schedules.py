"""`disparo schedules`: what runs when."""

from app.cli.parts import command_group, services, show
from app.values.schedule import StoredSchedule

group = command_group("What runs when.")


@group.command("list")
def list_schedules() -> None:
    """List the schedules."""
    with services() as factory:
        specs = [one.spec for one in factory.schedules.page() if isinstance(one, StoredSchedule)]
    columns = {
        "NAME": "name",
        "MODEL": "model",
        "CRON": "cron",
        "ZONE": "timezone",
        "DESCRIPTION": "description",
    }
    show(specs, as_json=False, columns=columns)
