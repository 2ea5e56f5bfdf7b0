"""What a schedule says reaches a job's script as words, never as shell."""

import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.errors import ConfigurationError
from app.services.slurm_orders import SlurmOrders
from app.settings_slurm import Slurm as Settings
from app.slurm.script import script
from app.values.slurm import JobSpec

EVIL = "a b'\"$(touch {place}/pwned)`touch {place}/pwned`;touch {place}/pwned&&*?~\\#!"


def ran(made: str, place: Path) -> "subprocess.CompletedProcess[str]":
    """Run a script with bash, as a node does."""
    return subprocess.run(
        ["/bin/bash"],
        input=made,
        capture_output=True,
        text=True,
        check=False,
        cwd=place,
        timeout=30,
    )


def test_each_word_is_one_word_of_the_program(tmp_path: Path) -> None:
    """Whatever it holds: nothing of it is run."""
    evil = EVIL.format(place=tmp_path)
    made = script(JobSpec(), words=(evil, "-n"), program="/bin/echo", prologue="", allowed=())
    assert ran(made, tmp_path).stdout == f"{evil} -n\n"
    assert not (tmp_path / "pwned").exists()


def test_the_virtual_environment_is_a_word_too(tmp_path: Path) -> None:
    """It is entered, and its own program is run, under the name that it has."""
    # Of what a path may hold: no control characters, no backslash, no per cent sign.
    home = tmp_path / "a b'\"$(touch pwned)`touch pwned`;touch pwned&&*?~#!" / "venv"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "activate").write_text("export ENTERED=yes\n")
    (home / "bin" / "disparo").write_text('#!/bin/sh\necho "$ENTERED" "$@"\n')
    (home / "bin" / "disparo").chmod(0o755)
    spec = JobSpec(virtual_environment=str(home))
    made = script(spec, words=("x",), program="/bin/false", prologue="", allowed=[str(tmp_path)])
    assert ran(made, tmp_path).stdout == "yes x\n"
    assert not list(tmp_path.rglob("pwned"))


def test_a_virtual_environment_must_be_allowed(tmp_path: Path) -> None:
    """Nobody who edits schedules chooses what the cluster runs."""
    spec = JobSpec(virtual_environment=f"{tmp_path}-2/venv")
    with pytest.raises(ConfigurationError, match=r"slurm\.virtual_environments"):
        script(spec, words=(), program="x", prologue="", allowed=[str(tmp_path)])


def test_modules_are_loaded_or_the_job_ends(tmp_path: Path) -> None:
    """Each in its turn; one that fails is named, and nothing runs after it."""
    module = 'module() { echo "module $*"; [ "$2" != bad/1 ]; }'
    spec = JobSpec(modules=("gcc/12.1", "cuda++"))
    made = script(spec, words=("ran",), program="/bin/echo", prologue=module, allowed=())
    assert ran(made, tmp_path).stdout == "module load gcc/12.1\nmodule load cuda++\nran\n"
    spec = JobSpec(modules=("bad/1", "never"))
    made = script(spec, words=("ran",), program="/bin/echo", prologue=module, allowed=())
    done = ran(made, tmp_path)
    assert (done.returncode, done.stdout) == (126, "module load bad/1\n")
    assert "module load bad/1" in done.stderr


@pytest.mark.parametrize(
    "spec",
    [
        {"partition": "a b"}, {"partition": "--wrap=x"}, {"partition": "a,b;c"}, {"partition": ""},
        {"account": "$(x)"}, {"account": "a\nb"}, {"qos": "`x`"}, {"qos": "x" * 101},
        {"constraints": "a'b"}, {"constraints": "a b"}, {"constraints": "-x"},
        {"modules": ["a;b"]}, {"modules": ["-x"]}, {"modules": ["a\n"]}, {"modules": ["$X"]},
        {"environment": {"A B": "x"}}, {"environment": {"A=B": "x"}}, {"environment": {"1A": "x"}},
        {"environment": {"A": "x\ny"}}, {"environment": {"A": "x\0"}}, {"environment": {"A": 1}},
        {"environment": {"LD_PRELOAD": "x"}}, {"environment": {"PATH": "x"}},
        {"environment": {"DISPARO_DATABASE__URL": "x"}}, {"environment": {"BASH_ENV": "x"}},
        {"environment": {"PYTHONPATH": "x"}}, {"environment": {"SLURM_CONF": "x"}},
        {"virtual_environment": "venv"}, {"virtual_environment": "/a/../b"},
        {"virtual_environment": "/a\n/b"}, {"output": "here"}, {"output": "/a/%j"},
        {"output": "/a\\b"}, {"processors": 0}, {"processors": 1.5}, {"memory": 10},
        {"time_limit": "PT1S"}, {"time_limit": "P9999D"}, {"time_limit": "soon"},
        {"script": "x"}, {"prologue": "x"},
    ],
)  # fmt: skip
def test_bad_input_is_refused(spec: dict[str, Any]) -> None:
    """Names that Slurm cannot have, options, shell, variables that choose the program."""
    with pytest.raises(ValidationError):
        JobSpec.model_validate(spec)


@pytest.mark.parametrize(
    "spec",
    [
        {"partition": "gpu-a100_long"}, {"constraints": "[rack1*2&rack2*4]"},
        {"constraints": "intel&(gpu|fast)"}, {"modules": ["python/3.11.4-GCCcore-12.2.0", "c++"]},
        {"environment": {"OMP_NUM_THREADS": "4", "WORDS": "é $HOME 'x'"}}, {"output": "/a b/c"},
        {"time_limit": "PT90M", "memory": 2**30, "processors": 8},
    ],
)  # fmt: skip
def test_good_input_is_taken(spec: dict[str, Any]) -> None:
    """What clusters have."""
    made = JobSpec.model_validate(spec)
    assert JobSpec.model_validate_json(made.model_dump_json()) == made


def test_wrong_settings_are_named(tmp_path: Path) -> None:
    """What jobs ask for by default is checked as a schedule's is."""
    orders = SlurmOrders(Settings(partition="a b"), tmp_path)
    with pytest.raises(ConfigurationError, match=r"slurm\.partition"):
        assert orders.defaults
    assert SlurmOrders(Settings(time_limit="PT2H"), tmp_path).defaults.time_limit is not None


def test_a_script_holds_no_more_than_it_needs(tmp_path: Path) -> None:
    """Three words and the program: no address, no setting."""
    made = script(
        JobSpec(environment={"SECRET": "s3cret"}),
        words=("dispatch", "run", "--id", "7", "--job", "disparo-7-ab-1"),
        program=str(tmp_path / "bin" / "disparo"),
        prologue="",
        allowed=(),
    )
    lines = made.splitlines()
    assert lines[0] == "#!/bin/bash"
    assert shlex.split(lines[1])[1:] == [
        str(tmp_path / "bin" / "disparo"), "dispatch", "run", "--id", "7", "--job",
        "disparo-7-ab-1",
    ]  # fmt: skip
    assert len(lines) == 2
