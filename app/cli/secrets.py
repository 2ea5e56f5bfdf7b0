"""`disparo secrets`: the key that encrypts connection strings and the secrets of channels."""

import typer

from app.cli.parts import ACTOR, command_group, counted, err, services
from app.clock import utc_now
from app.values.rotation import Rotation

group = command_group("The key that encrypts connection strings and channels.")


@group.command("rotate")
def rotate() -> None:
    """Encrypt all secrets by a new key, and let the old one go. Killed halfway: run it again."""
    with services() as factory:
        done = factory.secrets.rotate(actor=ACTOR, now=utc_now())
    for owner in done.unreadable:
        err.print(f"{owner} cannot be read with any key; add it again, or remove it")
    typer.echo(f"{counted(done.secrets, 'secret')} encrypted anew; {_after(done)}")


def _after(done: Rotation) -> str:
    if done.key_file is None:
        return "now take secrets.old_keys out of the settings, and start the services again"
    return f"the old key is gone from {done.key_file}: back the file up"


@group.command("new-key")
def make_key() -> None:
    """Print a new key, for the setting secrets.key."""
    from app.db.keys import new_key

    typer.echo(new_key())
