"""The script of a job: a few lines of shell, in which each word of a schedule's is quoted."""

import shlex
from collections.abc import Sequence
from pathlib import PurePosixPath

from app.errors import ConfigurationError
from app.values.slurm import JobSpec

_FIND_MODULE = """\
if ! command -v module >/dev/null 2>&1; then
  for init in "${MODULESHOME:-/none}/init/bash" "${LMOD_PKG:-/none}/init/bash" \\
    /etc/profile.d/modules.sh /etc/profile.d/lmod.sh /usr/share/modules/init/bash; do
    if [ -r "$init" ]; then . "$init"; break; fi
  done
fi"""
"""Makes `module` known, which is a function of the shell."""
_FAILED = 126
"""The exit code of a job whose preparation fails."""


def script(
    spec: JobSpec, *, words: Sequence[str], program: str, prologue: str, allowed: Sequence[str]
) -> str:
    """Return the script that prepares the node as `spec` says and becomes `program` with `words`.

    `prologue` are the administrator's own lines; a virtual environment must be one of `allowed`,
    or below it. Raises ConfigurationError.
    """
    lines = ["#!/bin/bash", *([prologue.rstrip("\n")] if prologue.strip() else [])]
    if spec.modules:
        lines.append(_FIND_MODULE)
        lines += [_or_end(f"module load {shlex.quote(one)}") for one in spec.modules]
    if spec.virtual_environment is not None:
        _require_allowed(spec.virtual_environment, allowed)
        lines.append(_or_end(f". {shlex.quote(f'{spec.virtual_environment}/bin/activate')}"))
        program = f"{spec.virtual_environment}/bin/disparo"
    # It takes the shell's place, so that it hears the signals that Slurm sends.
    lines.append("exec " + shlex.join([program, *words]))
    return "\n".join(lines) + "\n"


def _or_end(command: str) -> str:
    told = shlex.quote(f"disparo: this fails on the node: {command}")
    return f"{command} || {{ echo {told} >&2; exit {_FAILED}; }}"


def _require_allowed(place: str, allowed: Sequence[str]) -> None:
    if not any(PurePosixPath(place).is_relative_to(one) for one in allowed):
        raise ConfigurationError(
            f"the virtual environment {place} is none that a schedule may name; an administrator "
            f"lists them, or directories above them, in slurm.virtual_environments"
        )
