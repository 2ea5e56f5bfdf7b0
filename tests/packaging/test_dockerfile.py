"""The Dockerfile: parsed, and its steps run without Docker."""

import os
import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.packaging.dockerfile import Instruction, parse

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "app/static"
INSTRUCTIONS = parse((ROOT / "Dockerfile").read_text())
LAST = max(instruction.stage for instruction in INSTRUCTIONS)


def named(name: str, stage: int | None = None) -> list[Instruction]:
    """Return the instructions of one name, of one stage or all."""
    return [
        instruction
        for instruction in INSTRUCTIONS
        if instruction.name == name and stage in {None, instruction.stage}
    ]


def local_copies() -> list[Instruction]:
    """Return what is copied from the repository, not from another stage."""
    return [copy for copy in named("COPY") if "from" not in copy.flags]


def environment() -> dict[str, str]:
    """Return the environment variables of the final image."""
    words = [word.partition("=") for env in named("ENV", LAST) for word in env.words]
    return {name: text for name, _, text in words}


def test_a_continued_line_is_one_instruction() -> None:
    """The reader joins continued lines, drops comments, and knows flags and both forms."""
    text = 'FROM a AS b\n# no\nENV X=1 \\\n    # no\n    Y=2\nRUN --mount=type=cache ["s", "a b"]\n'
    _, env, run = parse(text)
    assert env.words == ("X=1", "Y=2")
    assert (run.flags, run.words, run.is_exec_form) == ({"mount": "type=cache"}, ("s", "a b"), True)


def test_it_has_more_than_one_stage_on_one_base() -> None:
    """What builds stays behind; but for the page, all have the same Python and libraries."""
    assert [stage.words[0] for stage in named("FROM")] == ["${BASE}", "${NODE}", "${BASE}"]


def test_the_service_is_not_root() -> None:
    """The last USER is a number other than 0, which an orchestrator can check."""
    user, group = named("USER", LAST)[-1].words[0].split(":")
    assert int(user) > 0
    assert int(group) > 0


def test_nothing_is_run_as_root_after_the_user_is_set() -> None:
    """USER stands once, after the last RUN."""
    names = [instruction.name for instruction in INSTRUCTIONS]
    assert names.count("USER") == 1
    assert "RUN" not in names[names.index("USER") :]


def test_the_state_directory_belongs_to_the_user() -> None:
    """The volume is DISPARO_VAR, and is made for the user of the service."""
    place = environment()["DISPARO_VAR"]
    user = named("USER", LAST)[-1].words[0].split(":")[0]
    assert place == "/var/lib/disparo"
    assert named("VOLUME", LAST)[0].words == (place,)
    assert ("scripts/state-directory", place, user) in [run.words for run in named("RUN", LAST)]


def test_signals_reach_the_service() -> None:
    """ENTRYPOINT and CMD are in exec form, without a shell that would keep signals to itself."""
    (entry,), (command,) = named("ENTRYPOINT", LAST), named("CMD", LAST)
    assert (entry.is_exec_form, entry.words) == (True, ("disparo",))
    assert (command.is_exec_form, command.words) == (True, ("serve",))


def test_health_is_asked_in_exec_form() -> None:
    """The health check is a Python script of the image that asks /health/ready."""
    (check,) = named("HEALTHCHECK", LAST)
    assert check.is_exec_form
    python, script = check.words
    assert python == "python"
    local = ROOT / Path(script).relative_to("/opt/disparo")
    assert "/health/ready" in local.read_text()


def test_run_lines_call_scripts_of_the_repository() -> None:
    """Each RUN is one executable script, so that the tests can run the very same step."""
    for run in named("RUN"):
        assert run.is_exec_form
        assert run.words[0].startswith("scripts/")
        assert os.access(ROOT / run.words[0], os.X_OK)


def test_what_is_copied_exists_and_reaches_the_builder() -> None:
    """Each source of a COPY is in the repository, and .dockerignore lets it through."""
    allowed = [
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    for copy in local_copies():
        for source in copy.words[:-1]:
            assert (ROOT / source).exists(), source
            assert any(fnmatch(source.rstrip("/"), pattern) for pattern in allowed), source


def test_no_secret_stands_in_it() -> None:
    """No variable, argument or word looks like a password, a key or a token."""
    text = (ROOT / "Dockerfile").read_text()
    assert not re.search(r"(?i)(password|passwd|secret|token|api_?key)\s*[=:]", text)
    assert not re.search(r"://[^/\s]*:[^/\s]*@", text)


def tracked_files() -> list[Path]:
    """Return the files of the repository: committed, or new and not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    files = (Path(name) for name in listed.stdout.split("\0") if name)
    return [file for file in files if (ROOT / file).is_file()]


def copy_to(home: Path, copy: Instruction, files: list[Path]) -> None:
    """Do a COPY from the repository."""
    for source in map(Path, copy.words[:-1]):
        for file in files:
            if file == source or source in file.parents:
                (home / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / file, home / file)


def stub_apt(directory: Path) -> None:
    """Keep a test from installing packages on this machine."""
    directory.mkdir()
    for name in ("apt-get", "dpkg-query"):
        stub = directory / name
        stub.write_text("#!/bin/sh\necho installed\n")
        stub.chmod(0o755)


@pytest.mark.slow(45)
@pytest.mark.timeout(400)
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_steps_make_a_working_installation(tmp_path: Path) -> None:
    """COPY and RUN, done in their order in one directory, leave a `disparo` that answers.

    Both stages work in the same directory, as virtual environments can't be moved; the volume is
    a directory here, and its owner whoever runs the test.
    """
    home, files = tmp_path / "opt disparo", tracked_files()
    home.mkdir()
    stub_apt(tmp_path / "bin")
    variables = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    stand_ins = {"/var/lib/disparo": str(tmp_path / "state"), "10001": str(os.getuid())}
    for instruction in INSTRUCTIONS:
        if instruction.words[0] == "scripts/page" and shutil.which("npm") is None:
            continue  # it is another image that has it
        if instruction.words[0] == "scripts/page" and (BUILT / ".built").is_file():
            # Of the same sources it is not built again: scripts/page sees to that.
            shutil.copytree(BUILT, home / "app/static")
        if instruction.name == "RUN":
            words = [stand_ins.get(word, word) for word in instruction.words]
            subprocess.run(words, cwd=home, env=variables, check=True, timeout=300)
        elif instruction in local_copies():
            copy_to(home, instruction, files)
    answer = subprocess.run(
        [home / ".venv/bin/disparo", "--version"],
        cwd=tmp_path,
        env={**os.environ, "DISPARO_VAR": str(tmp_path / "state")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    assert "0.1.0" in answer.stdout
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert shutil.which("npm") is None or (home / "app/static/index.html").is_file()
