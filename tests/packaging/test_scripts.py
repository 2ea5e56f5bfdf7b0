"""The scripts of set-up, run with stand-ins for what they call."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHELL_SCRIPTS = [
    path
    for path in sorted((ROOT / "scripts").iterdir())
    if path.is_file() and path.read_bytes().startswith(b"#!/bin/sh")
]


class Workshop:
    """A copy of the scripts with a PATH of stand-ins before the real one."""

    def __init__(self, directory: Path) -> None:
        self.home = directory / "a checkout"
        self.bin = directory / "bin"
        self.log = directory / "log"
        self.bin.mkdir()
        (self.home / "scripts").mkdir(parents=True)
        for script in SHELL_SCRIPTS:
            shutil.copy2(script, self.home / "scripts")
        locks = ("requirements.lock", "requirements-dev.lock", "requirements-clients.lock")
        for name in ("pyproject.toml", *locks):
            (self.home / name).write_text("")

    def stand_in(self, name: str, body: str) -> None:
        """Put a program on PATH that writes down how it was called, then does `body`."""
        path = self.bin / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.log}"\n{body}\n')
        path.chmod(0o755)

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a script."""
        return subprocess.run(
            [self.home / command[0], *command[1:]],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={**os.environ, "PATH": f"{self.bin}:/usr/bin:/bin", **variables},
        )

    @property
    def calls(self) -> list[str]:
        """How the stand-ins were called."""
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """Make a workshop whose uv makes a .venv with the Python of the tests, and installs nothing."""
    workshop = Workshop(tmp_path)
    make = f'mkdir -p .venv/bin; ln -sf "{sys.executable}" .venv/bin/python; : >.venv/bin/disparo'
    workshop.stand_in("uv", f"[ $1 != venv ] || {{ {make}; chmod +x .venv/bin/disparo; }}")
    return workshop


@pytest.mark.parametrize("script", SHELL_SCRIPTS, ids=lambda path: path.name)
def test_each_script_is_good_shell(script: Path) -> None:
    """POSIX sh reads each script, which stops at errors and can be executed."""
    subprocess.run(["/bin/sh", "-n", script], check=True, timeout=10)
    assert "\nset -eu\n" in script.read_text()
    assert os.access(script, os.X_OK)


def test_no_package_index_is_named() -> None:
    """Where packages come from is each user's configuration, in scripts and locks alike."""
    for path in [*SHELL_SCRIPTS, ROOT / "Makefile", *ROOT.glob("requirements*.lock")]:
        text = path.read_text()
        assert not re.search(r"https?://", text)
        assert "--index-url" not in text
        assert "--find-links" not in text


def test_set_up_installs_the_lock_then_disparo(workshop: Workshop) -> None:
    """The locked files are checked by hash; Disparo itself brings no dependency with it."""
    done = workshop.run("scripts/setup", "run", PYTHON=sys.executable)
    assert done.returncode == 0, done.stderr
    install = "uv pip install --quiet --python .venv/bin/python"
    assert workshop.calls == [
        f"uv venv --quiet --allow-existing --python {sys.executable} .venv",
        f"{install} --require-hashes -r requirements.lock",
        f"{install} --no-deps --no-build-isolation -e .",
    ]


def test_a_second_set_up_does_nothing(workshop: Workshop) -> None:
    """What is done is known by its stamp; what tests need holds what running needs."""
    workshop.run("scripts/setup", "test", PYTHON=sys.executable)
    before = workshop.calls
    for purpose in ("test", "run"):
        again = workshop.run("scripts/setup", purpose, PYTHON=sys.executable)
        assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert workshop.calls == before


def test_a_changed_lock_is_installed_into_the_same_environment(workshop: Workshop) -> None:
    """Another lock file installs again, and makes no other environment."""
    workshop.run("scripts/setup", "run", PYTHON=sys.executable)
    (workshop.home / "requirements.lock").write_text("another\n")
    workshop.run("scripts/setup", "run", PYTHON=sys.executable)
    assert [call.split()[1] for call in workshop.calls] == ["venv", "pip", "pip", "pip", "pip"]


def test_an_interrupted_set_up_starts_afresh(workshop: Workshop) -> None:
    """A .venv with the marker of a set-up that is no more is deleted, whatever is in it."""
    workshop.run("scripts/setup", "run", PYTHON=sys.executable)
    gone = subprocess.Popen(["/bin/true"])  # a process id that was one
    gone.wait()
    (workshop.home / ".venv/.disparo-unfinished").write_text(f"{gone.pid}\n")
    (workshop.home / ".venv/half").write_text("")
    again = workshop.run("scripts/setup", "run", PYTHON=sys.executable)
    assert again.returncode == 0
    assert not (workshop.home / ".venv/half").exists()


def test_two_set_ups_do_not_meet(workshop: Workshop) -> None:
    """While one is at work, another says so and leaves .venv alone."""
    (workshop.home / ".venv").mkdir()
    (workshop.home / ".venv/.disparo-unfinished").write_text(f"{os.getpid()}\n")
    second = workshop.run("scripts/setup", "run", PYTHON=sys.executable)
    assert second.returncode == 2
    assert f"process {os.getpid()}" in second.stderr
    assert workshop.calls == []


def test_a_moved_checkout_gets_a_new_environment(workshop: Workshop) -> None:
    """A virtual environment can't be moved, so one from another place is made anew."""
    workshop.run("scripts/setup", "run", PYTHON=sys.executable)
    workshop.home = workshop.home.rename(workshop.home.with_name("moved"))
    workshop.run("scripts/setup", "run", PYTHON=sys.executable)
    assert [call.split()[1] for call in workshop.calls].count("venv") == 2


def test_an_old_python_is_refused(workshop: Workshop) -> None:
    """The message names what is needed and how to choose."""
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14", "python"):
        workshop.stand_in(name, "exit 1")
    refused = workshop.run("scripts/setup", "run", PYTHON="")
    assert refused.returncode == 2
    assert "Python 3.11 or newer" in refused.stderr
    assert "PYTHON=" in refused.stderr
    named = workshop.run("scripts/setup", "run", PYTHON=str(workshop.bin / "python3"))
    assert "is not Python 3.11 or newer" in named.stderr


def test_a_python_without_ensurepip_is_explained(workshop: Workshop) -> None:
    """Debian's python3 without python3-venv leads to the package's name, and to no half .venv."""
    (workshop.bin / "uv").unlink()
    body = 'case "$2" in *ensurepip*) exit 1 ;; esac'
    workshop.stand_in("python3", body)
    failed = workshop.run("scripts/setup", "run", PYTHON=str(workshop.bin / "python3"))
    assert failed.returncode == 2
    assert "apt-get install python3-venv" in failed.stderr
    assert not (workshop.home / ".venv").exists()


def test_uv_from_pip_follows_the_configuration_of_pip(workshop: Workshop) -> None:
    """The index, further ones and the certificate that pip is told of, uv is told of too."""
    (workshop.bin / "uv").unlink()
    options = ("global.index-url='https://mirror.example/simple'", "global.cert='/etc/ca.pem'")
    body = 'case "$*" in *"config list"*) printf "%s\\n" "' + '" "'.join(options) + '" ;; esac'
    workshop.stand_in("python", body)
    inner = workshop.home / ".venv/bin"
    inner.mkdir(parents=True)
    shutil.move(workshop.bin / "python", inner / "python")
    workshop.stand_in("uv", 'echo "$UV_DEFAULT_INDEX $SSL_CERT_FILE"')
    shutil.move(workshop.bin / "uv", inner / "uv")
    told = workshop.run("scripts/uv", "x", SSL_CERT_FILE="")
    assert told.stdout == "https://mirror.example/simple /etc/ca.pem\n"
    kept = workshop.run("scripts/uv", "x", UV_DEFAULT_INDEX="https://own.example", SSL_CERT_FILE="")
    assert kept.stdout.startswith("https://own.example ")


def packages(workshop: Workshop, *, installed: bool, root: bool) -> None:
    """Stand in for Debian's programs."""
    workshop.stand_in("dpkg-query", "echo installed" if installed else "exit 1")
    workshop.stand_in("id", f"echo {0 if root else 1000}")
    workshop.stand_in("apt-get", "exit 100")


def test_present_packages_cost_nothing(workshop: Workshop) -> None:
    """With all packages there, apt is not called and nothing is said."""
    packages(workshop, installed=True, root=True)
    done = workshop.run("scripts/system-packages")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not any(call.startswith("apt-get") for call in workshop.calls)


def test_missing_packages_are_named_to_other_users(workshop: Workshop) -> None:
    """Without root, the command to install them is printed, and the tests go on."""
    packages(workshop, installed=False, root=False)
    done = workshop.run("scripts/system-packages")
    assert done.returncode == 0
    assert (
        "apt-get install unixodbc libsqliteodbc odbc-mariadb odbc-postgresql mariadb-server "
        "postgresql"
    ) in done.stderr
    assert "apt-get install slurm-wlm slurmrestd munge slurm-wlm-jwt-plugin" in done.stderr
    drivers = workshop.run("scripts/system-packages", "drivers")
    assert "mariadb-server" not in drivers.stderr


def test_a_failing_installation_is_named_and_passed_over(workshop: Workshop) -> None:
    """When apt fails, what is missing is named, and the tests go on; no policy stays behind."""
    packages(workshop, installed=False, root=True)
    policy = workshop.bin / "policy-rc.d"
    workshop.stand_in(
        "apt-get", f'[ $1 = update ] || {{ test -x "{policy}" && echo shut >&2; exit 100; }}'
    )
    done = workshop.run("scripts/system-packages", POLICY_RC_D=str(policy))
    assert done.returncode == 0
    assert done.stderr.startswith("shut\n")
    assert "apt-get install" in done.stderr
    assert not policy.exists()


def test_packages_are_installed_without_removing_others(workshop: Workshop) -> None:
    """An own policy against starting services stays, and a MySQL server does not give way."""
    packages(workshop, installed=False, root=True)
    workshop.stand_in("apt-get", "")
    policy = workshop.bin / "policy-rc.d"
    policy.write_text("own")
    workshop.run("scripts/system-packages", "drivers", POLICY_RC_D=str(policy))
    update, install = (call for call in workshop.calls if call.startswith("apt-get"))
    assert update == "apt-get update -qq"
    assert "--no-remove" in install
    assert install.endswith("unixodbc libsqliteodbc odbc-mariadb odbc-postgresql")
    assert policy.read_text() == "own"


def test_commands_run_abreast_and_each_failure_counts(tmp_path: Path) -> None:
    """Each waits for the other here; the second prints as a whole, and one that fails is named."""
    meet = "touch {0}; until [ -e {1} ]; do sleep 0.01; done; echo {0}; echo {0}"
    done = subprocess.run(
        [ROOT / "scripts" / "abreast", meet.format("a", "b"), meet.format("b", "a"), "exit 3"],
        capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1
    assert sorted(done.stdout.split()) == ["a", "a", "b", "b"]
    assert "b\nb\n" in done.stdout
    assert done.stderr == "exit 3 ended with 3\n"


def test_what_a_failed_command_printed_comes_last(tmp_path: Path) -> None:
    """Whoever reads only the end of a long log reads why it failed."""
    first = "until [ -e over ]; do sleep 0.01; done; echo first"
    done = subprocess.run(
        [ROOT / "scripts" / "abreast", first, "echo why; touch over; exit 3"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False, timeout=60, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.splitlines()[:2] == ["first", "why"]


def in_memory(place: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a command that says where its temporary files go, and fails."""
    bare = {name: value for name, value in os.environ.items() if name != "TMPDIR"}
    return subprocess.run(
        [ROOT / "scripts" / "in-memory", "sh", "-c", 'echo "${TMPDIR:-}"; ls -d "${TMPDIR:-.}"; exit 3'],
        env={**bare, "IN_MEMORY": str(place), "IN_MEMORY_LEAST": "1", **variables},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="there is no /proc")
def test_temporary_files_are_in_memory_as_long_as_a_command_runs(tmp_path: Path) -> None:
    """They have a directory of their own, which is gone afterwards; the command's code is kept."""
    done = in_memory(tmp_path)
    place, listed = done.stdout.split()
    assert place == listed
    assert Path(place).parent == tmp_path
    assert list(tmp_path.iterdir()) == []
    assert done.returncode == 3


def test_where_memory_is_scarce_temporary_files_are_where_they_were(tmp_path: Path) -> None:
    """The same where somebody has said himself where they go."""
    scarce = in_memory(tmp_path, IN_MEMORY_LEAST="999999999999")
    assert (scarce.stdout, scarce.returncode) == ("\n.\n", 3)
    own = in_memory(tmp_path, TMPDIR="/")
    assert (own.stdout, own.returncode) == ("/\n/\n", 3)
    assert list(tmp_path.iterdir()) == []


def test_make_lists_its_targets() -> None:
    """`make` alone prints each target with what it is for."""
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    listed = subprocess.run(
        [make, "--no-print-directory", "-C", str(ROOT)],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    targets = [line.split()[1] for line in listed.stdout.splitlines()]
    assert targets == [
        "help",
        "run",
        "test",
        "lint",
        "page",
        "page-check",
        "screenshots",
        "openapi",
        "format",
        "lock",
        "bench-dispatch",
        "bench-deliver",
        "bench-scheduler",
        "bench-monitor",
        "bench-peers",
        "bench-showroom",
        "campaign-scheduler",
        "outage-scheduler",
        "campaign-showroom",
        "campaign-api",
        "chaos",
        "audit",
        "clean",
    ]


def test_continuous_integration_calls_make_test_and_nothing_else() -> None:
    """.ci/run goes to the checkout and becomes `make test`."""
    lines = (ROOT / ".ci/run").read_text().splitlines()
    commands = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["exec make test"]
