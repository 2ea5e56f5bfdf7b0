"""Settings as they are shown: what holds, and who has said so."""

from enum import StrEnum
from typing import Any

from app.values.base import Value


class Origin(StrEnum):
    """Where a setting comes from."""

    DEFAULT = "default"
    FILE = "file"
    """The YAML file says otherwise than the default."""
    ENVIRONMENT = "environment"
    SECRETS_FILE = "secrets file"


class Setting(Value):
    """One setting as it holds in the service that answers."""

    name: str
    """As `section.key`, by which the file and the environment know it."""
    value: Any
    """Secrets are stars; one that is not set is empty."""
    default: Any
    origin: Origin
    about: str = ""
    """What it is for: its comment in the file of the defaults."""


class Section(Value):
    """The settings of one section, in the order of the file."""

    name: str
    settings: tuple[Setting, ...]


class EffectiveSettings(Value):
    """All settings that hold. They are read once, when the service starts."""

    file: str
    """The YAML file that was read, if there was one."""
    sections: tuple[Section, ...]
