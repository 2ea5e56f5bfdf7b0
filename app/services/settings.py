"""The settings that hold, without secrets, each with where it comes from."""

import json
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from app.redaction import scrubbed
from app.settings import PREFIX, Settings, effective, home, settings_file
from app.settings_file import comments
from app.values.setting import EffectiveSettings, Origin, Section, Setting


class SettingsService:
    """The use case of settings: to see them."""

    def __init__(
        self, settings: Settings, environment: Mapping[str, str], secrets_dir: Path
    ) -> None:
        self._settings = settings
        self._environment = environment
        self._secrets_dir = secrets_dir

    def effective(self) -> EffectiveSettings:
        """Return all settings by section, secrets redacted."""
        from_files = _files(self._secrets_dir)
        given = {
            Origin.SECRETS_FILE: set(_keys(from_files)),
            Origin.ENVIRONMENT: set(_keys(self._environment)),
        }
        shown, defaults = _plain(self._settings), _plain(_defaults())
        sections = [
            Section(name=name, settings=tuple(_told(name, values, defaults, given)))
            for name, values in shown.items()
        ]
        return EffectiveSettings(file=str(settings_file()), sections=tuple(sections))


@cache
def _defaults() -> Settings:
    return Settings.model_construct()


def _plain(settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = scrubbed(effective(settings))
    return found


def _told(
    section: str,
    values: Any,
    defaults: Mapping[str, Any],
    given: Mapping[Origin, Collection[str]],
) -> Iterator[Setting]:
    is_section = isinstance(values, dict)
    about = _about()
    for key, value in values.items() if is_section else [("", values)]:
        name = f"{section}.{key}" if is_section else section
        default = defaults[section][key] if is_section else defaults[section]
        yield Setting(
            name=name,
            value=value,
            default=default,
            origin=_origin(name, given, is_default=value == default),
            about=about.get(name, ""),
        )


def _origin(name: str, given: Mapping[Origin, Collection[str]], *, is_default: bool) -> Origin:
    for origin, names in given.items():
        if name in names:
            return origin
    return Origin.DEFAULT if is_default else Origin.FILE


def _keys(given: Mapping[str, str]) -> Iterator[str]:
    """Yield the settings that variables, or files of such names, give: `section.key`."""
    for name, text in given.items():
        if not name.upper().startswith(PREFIX):
            continue
        key = name[len(PREFIX) :].lower().replace("__", ".")
        yield key
        if key in Settings.model_fields:  # a whole section, as JSON
            yield from (f"{key}.{one}" for one in _names(text))


def _names(text: str) -> list[str]:
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return list(found) if isinstance(found, dict) else []


def _files(directory: Path) -> dict[str, str]:
    """Return the secrets files that give whole sections with their texts, and the others' names."""
    if not directory.is_dir():
        return {}
    return {
        one.name: one.read_text() if "__" not in one.name else ""
        for one in directory.iterdir()
        if one.name.upper().startswith(PREFIX) and one.is_file()
    }


@cache
def _about() -> Mapping[str, str]:
    file = home() / "settings.yaml"
    return comments(file.read_text(encoding="utf-8")) if file.is_file() else {}
