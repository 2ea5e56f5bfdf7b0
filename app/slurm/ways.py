"""The way to Slurm that the settings choose."""

import getpass
import os

from app.settings_slurm import Slurm as Settings
from app.slurm import tokens
from app.slurm.client import Slurm
from app.slurm.commands import CommandSlurm
from app.slurm.rest import Headers, RestSlurm


def way(settings: Settings) -> Slurm:
    """Return the cluster, over slurmrestd or through Slurm's commands; nothing is asked yet."""
    commands = CommandSlurm(
        settings.commands,
        conf=settings.conf,
        seconds=settings.timeout_seconds,
        most=settings.answer_bytes,
    )
    if not settings.api:
        return commands
    return RestSlurm(
        settings.api,
        version=settings.api_version,
        headers=_headers(settings, commands),
        seconds=settings.timeout_seconds,
        most=settings.answer_bytes,
    )


def _headers(settings: Settings, commands: CommandSlurm) -> Headers:
    """Return what gives the headers: behind a Unix socket slurmrestd knows who asks."""
    if settings.api.startswith("unix:"):
        return _no_headers
    user = settings.user or _own_name()
    seconds, given, key = settings.token_seconds, settings.token, settings.jwt_key
    if given.get_secret_value():
        source: tokens.Source = given.get_secret_value
    elif key is not None:
        source = lambda: tokens.signed(user, key, seconds)  # noqa: E731 - as short as the others
    else:
        source = lambda: tokens.asked(commands.told, user, seconds)  # noqa: E731 - the same
    return tokens.Tokens(user, source, seconds=seconds).headers


def _no_headers(*, anew: bool) -> dict[str, str]:  # noqa: ARG001 - the form of Headers
    return {}


def _own_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
