"""Declarations: YAML files that say which sources and schedules there are."""

import difflib
from datetime import datetime
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from app.errors import ConfigurationError
from app.services.schedules import ScheduleService
from app.services.sources import SourceService
from app.settings import yaml_fault
from app.values.base import Name, Value
from app.values.schedule import Collect, Deliver, Schedule
from app.values.source import Source


class _DeclaredSource(Value):
    name: Name
    connection: SecretStr
    description: str = ""
    concurrency: Annotated[int, Field(ge=1, le=10_000)] | None = None


class _Declarations(Value):
    sources: tuple[_DeclaredSource, ...] = ()
    schedules: tuple[Schedule, ...] = ()


_KEYS = [
    key
    for kind in (_Declarations, _DeclaredSource, Schedule, Collect, Deliver)
    for key in kind.model_fields
]


class DeclarationService:
    """The use case of declaration files."""

    def __init__(self, sources: SourceService, schedules: ScheduleService) -> None:
        self._sources = sources
        self._schedules = schedules

    def apply(self, file: Path, *, now: datetime) -> list[str]:
        """Make what the file declares so; return what changed. A second time changes nothing.

        The whole file is read before anything is changed. Raises ConfigurationError.
        """
        declared, place = _read(file), str(file)
        changed = [
            f"source {one.name}"
            for one in declared.sources
            if self._sources.declare(
                Source(**dict(one), declared_in=place, created_at=now, updated_at=now), now=now
            )
        ]
        return changed + [
            f"schedule {spec.name}"
            for spec in declared.schedules
            if self._schedules.declare(spec, place, now=now)
        ]


def _read(file: Path) -> _Declarations:
    try:
        return _Declarations.model_validate(yaml.safe_load(file.read_text("utf-8")) or {})
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file} is no text in UTF-8") from None
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{file} is not valid YAML: {yaml_fault(error)}") from None
    except ValidationError as error:
        problems = "\n".join(f"- {_in_words(one)}" for one in error.errors())
        raise ConfigurationError(f"{file} declares what cannot be:\n{problems}") from None


def _in_words(problem: ErrorDetails) -> str:
    place = ".".join(map(str, problem["loc"])) or "the file"
    match problem["type"]:
        case "extra_forbidden":
            near = difflib.get_close_matches(str(problem["loc"][-1]), _KEYS, n=1)
            return f"{place}: there is no such key" + (f"; did you mean {near[0]}?" if near else "")
        case "missing":
            return f"{place}: is missing"
        case "model_type":
            return f"{place}: must be keys with values, not {type(problem['input']).__name__}"
        case _:
            return f"{place}: {problem['msg'].removeprefix('Value error, ')}"
