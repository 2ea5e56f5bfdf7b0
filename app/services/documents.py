"""Documents that people write and read: YAML and JSON into values, schedules into YAML."""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from app.errors import ConfigurationError
from app.services import faults
from app.services.bounded_yaml import MOST_BYTES, bounded_yaml
from app.settings import yaml_fault
from app.values.alert import Rule
from app.values.channel import Channel, Command, Email, Webhook
from app.values.check import TARGETS, Check
from app.values.maintenance import Maintenance
from app.values.policy import Policies, Retries
from app.values.schedule import Collect, Deliver, Schedule
from app.values.slurm import JobSpec

_KINDS: tuple[type[BaseModel], ...] = (
    Schedule,
    Collect,
    Deliver,
    Policies,
    Retries,
    JobSpec,
    Check,
    Maintenance,
    *TARGETS,
    Channel,
    Webhook,
    Email,
    Command,
    Rule,
)
_KEYS = [
    "sources", "schedules", "checks", "windows", "alerts", "channels", "rules",
    "connection", "concurrency",
    *(key for kind in _KINDS for key in kind.model_fields),
]  # fmt: skip
_NEAR = 0.7
"""How alike a key must be that somebody may have meant: `kind` is no `window`."""
Kind = TypeVar("Kind", bound=BaseModel)


def read_yaml(file: Path) -> Any:
    """Return what a YAML (or JSON) file says. Raises ConfigurationError."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ConfigurationError(f"{file} has more than {MOST_BYTES} bytes; cut it in parts")
        return parse_yaml(file.read_text("utf-8"), str(file))
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file} is no text in UTF-8") from None


def parse_yaml(text: str, place: str) -> Any:
    """Return what a YAML text says. Raises ConfigurationError, which names the `place`."""
    try:
        return bounded_yaml(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{place} is not valid YAML: {yaml_fault(error)}") from None
    except (RecursionError, ValueError) as error:
        raise ConfigurationError(f"{place} cannot be read: {_why(error)}") from None


def _why(error: Exception) -> str:
    return "it is nested too deep" if isinstance(error, RecursionError) else str(error)


def in_words(problem: faults.Fault, whole: str = "the file") -> str:
    """Say what is wrong at which place of a document; its own text, maybe secret, is not told."""
    place = ".".join(map(str, problem["loc"])) or whole
    if problem["type"] != "extra_forbidden":
        return f"{place}: {faults.words(problem)}"
    key = str(problem["loc"][-1])
    others = [one for one in _KEYS if one != key]  # a key of another place is none here
    near = difflib.get_close_matches(key, others, n=1, cutoff=_NEAR)
    return f"{place}: {faults.words(problem)}" + (f"; did you mean {near[0]}?" if near else "")


def parsed(kind: type[Kind], noun: str, document: Any) -> Kind:
    """Return the thing that a document describes. Raises ConfigurationError."""
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        wrong = [in_words(one, f"the {noun}") for one in faults.distinct(error.errors())]
        raise ConfigurationError(f"that is no {noun}:\n- " + "\n- ".join(wrong)) from None


def parsed_schedule(document: Any) -> Schedule:
    """Return the schedule that a document describes. Raises ConfigurationError."""
    return as_kept(parsed(Schedule, "schedule", document))


def as_kept(spec: Schedule) -> Schedule:
    """Return the schedule as it is read again: a parameter '2013-11-28' is a date by then."""
    return Schedule.model_validate_json(spec.model_dump_json())


def schedules_yaml(specs: Iterable[Schedule]) -> str:
    """Return schedules as a file that `disparo apply` takes; what is as by default is left out."""
    plain = [
        spec.model_dump(mode="json", exclude_defaults=True)
        | ({"parameters": spec.parameters} if spec.parameters else {})
        for spec in specs
    ]
    return _yaml({"schedules": plain})


def checks_yaml(specs: Iterable[Check]) -> str:
    """Return checks as a file that `disparo apply` takes; what is as by default is left out."""
    return _yaml({"checks": [check_document(spec) for spec in specs]})


def check_document(spec: Check) -> dict[str, Any]:
    """Return what a check says beyond the defaults; its target always says of what kind it is."""
    plain = spec.model_dump(mode="json", exclude_defaults=True)
    plain["target"] = {"kind": spec.target.kind, **plain["target"]}
    return plain


def _yaml(document: dict[str, Any]) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as such."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # PyYAML itself falls back to quotes where the block style cannot hold the text exactly.
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
