"""Reads a Dockerfile as far as the tests need it: instructions, their flags and their words."""

import json
import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One instruction of one stage. `words` of an exec form are its JSON strings."""

    stage: int
    name: str
    flags: dict[str, str]
    words: tuple[str, ...]
    is_exec_form: bool


def parse(text: str) -> list[Instruction]:
    """Return the instructions in their order; stages are numbered from 0, what precedes is -1."""
    stage, found = -1, []
    for line in _logical_lines(text):
        name, _, rest = line.partition(" ")
        stage += name.upper() == "FROM"
        found.append(_instruction(stage, name.upper(), rest.strip()))
    return found


def _logical_lines(text: str) -> list[str]:
    stripped = (line.strip() for line in text.splitlines())
    kept = (line for line in stripped if line and not line.startswith("#"))
    return re.sub(r"\\\n", "", "\n".join(kept)).splitlines()


def _instruction(stage: int, name: str, rest: str) -> Instruction:
    flags = {}
    while match := re.match(r"--([a-z-]+)=(\S+)\s+", rest):
        flags[match[1]] = match[2]
        rest = rest[match.end() :]
    command = rest.removeprefix("CMD ") if name == "HEALTHCHECK" else rest
    is_exec_form = command.startswith("[")
    words = json.loads(command) if is_exec_form else command.split()
    return Instruction(
        stage=stage, name=name, flags=flags, words=tuple(words), is_exec_form=is_exec_form
    )
