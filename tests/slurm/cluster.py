"""A private Slurm for tests: two nodes on this machine, with daemons that a test can kill."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from app.settings import home
from tests import warm
from tests.patience import await_that
from tests.servers import free_port

STAND_IN = """\
#!/bin/sh
exec {python} -I {root}/tests/slurm/program.py "$@"
"""
PROGRAMS = ("slurmctld", "slurmd", "slurmrestd", "munged", "sbatch")
_CONF = """\
ClusterName=disparo
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={place}/munge/m.sock
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key={place}/jwt.key
SlurmUser=root
SlurmdUser=root
SlurmctldPidFile={place}/ctld.pid
SlurmdPidFile={place}/%n.pid
SlurmdSpoolDir={place}/spool-%n
StateSaveLocation={place}/state
SlurmctldLogFile={place}/ctld.log
SlurmdLogFile={place}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_min_interval=10000,batch_sched_delay=0,bf_interval=1,sched_interval=1
ReturnToService=2
MpiDefault=none
SlurmdParameters=config_overrides
KillWait=2
SlurmdTimeout=5
MessageTimeout=5
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName=n0 NodeHostname={host} NodeAddr=127.0.0.1 Port={port0} CPUs=4 RealMemory=4000 Features=fast
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={port1} CPUs=4 RealMemory=4000 Features=slow
PartitionName=work Nodes=n0,n1 Default=YES DefMemPerNode=100 PriorityTier=1 State=UP
PartitionName=urgent Nodes=n0,n1 DefMemPerNode=100 PriorityTier=10 PreemptMode=OFF State=UP
"""


def write_stand_in(place: Path) -> None:
    """Write what is `disparo` for the jobs of tests, see tests/slurm/program.py."""
    place.write_text(STAND_IN.format(python=sys.executable, root=home()))
    place.chmod(0o755)


def stand_in_environment() -> dict[str, str]:
    """Return the variables that it needs in a job."""
    return {warm.PLACE: os.environ[warm.PLACE], "TESTS_ROOT": str(home())}


def missing() -> str | None:
    """Return why there can be no cluster here; None: there can."""
    if os.geteuid() != 0:
        return "a private Slurm is started by root alone"
    lacking = [one for one in PROGRAMS if _found(one) is None]
    return (
        f"the system packages slurm-wlm, slurmrestd and munge lack {lacking}" if lacking else None
    )


def _found(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


class CommandError(Exception):
    """One of Slurm's commands failed."""


class Cluster:
    """A controller and two nodes, `n0` and `n1`; each daemon can be killed and started again."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.conf = place / "slurm.conf"
        self.socket = place / "rest.sock"
        self.jwt_key = place / "jwt.key"
        self.ports = {name: free_port() for name in ("ctld", "n0", "n1", "rest")}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {**os.environ, "SLURM_CONF": str(self.conf)}

    def prepare(self) -> None:
        """Write the configuration and the keys."""
        for name in ("munge", "state"):
            (self.place / name).mkdir(mode=0o700)
        (self.place / "munge.key").write_bytes(os.urandom(128))
        (self.place / "munge.key").chmod(0o400)
        self.jwt_key.write_bytes(os.urandom(32))
        self.jwt_key.chmod(0o600)
        self.conf.write_text(
            _CONF.format(
                host=socket.gethostname().partition(".")[0],
                place=self.place,
                port=self.ports["ctld"],
                port0=self.ports["n0"],
                port1=self.ports["n1"],
            )
        )
        (self.place / "cgroup.conf").write_text("CgroupAutomount=no\n")

    def start(self, daemon: str) -> None:
        """Start `munged`, `ctld`, `n0`, `n1`, `rest` (a socket) or `rest-tcp` (with tokens)."""
        with (self.place / f"{daemon}.out").open("ab") as output:
            self._running[daemon] = subprocess.Popen(
                self._command(daemon),
                stdout=output,
                stderr=output,
                env={**self.environment, "SLURMRESTD_SECURITY": "disable_user_check"}
                | ({"SLURM_JWT": "daemon"} if daemon == "rest-tcp" else {}),
                start_new_session=True,
            )

    def _command(self, daemon: str) -> list[str]:
        conf, munge = str(self.conf), f"{self.place}/munge/m.sock"
        rest = [_program("slurmrestd"), "-f", conf, "-s", "openapi/v0.0.38"]
        return {
            "munged": [
                _program("munged"), "-F", "--force", f"--socket={munge}",
                f"--key-file={self.place}/munge.key", f"--pid-file={self.place}/munge/pid",
                f"--seed-file={self.place}/munge/seed", f"--log-file={self.place}/munge/log",
            ],
            "ctld": [_program("slurmctld"), "-D", "-f", conf],
            "n0": [_program("slurmd"), "-D", "-N", "n0", "-f", conf],
            "n1": [_program("slurmd"), "-D", "-N", "n1", "-f", conf],
            "rest": [*rest, "-a", "rest_auth/local", f"unix:{self.socket}"],
            "rest-tcp": [*rest, "-a", "rest_auth/jwt", f"127.0.0.1:{self.ports['rest']}"],
        }[daemon]  # fmt: skip

    def kill(self, daemon: str) -> None:
        """Kill a daemon at once, as a crash would; of a node all that runs there too."""
        running = self._running.pop(daemon)
        running.kill()
        running.wait()
        if daemon in {"n0", "n1"}:
            for process in self._steps(daemon):
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    def send(self, daemon: str, number: int) -> None:
        """Send a daemon a signal."""
        self._running[daemon].send_signal(number)

    def _steps(self, node: str) -> list[psutil.Process]:
        """Return what runs on a node: the jobs' scripts, and what watches over them."""
        found = []
        for process in psutil.process_iter():
            if f"{self.place}/spool-{node}/" in " ".join(_words(process)):
                with suppress(psutil.NoSuchProcess):
                    found += [*process.parents()[:1], process, *process.children(recursive=True)]
        return [one for one in found if one.pid > 1]

    def stop(self) -> None:
        """Kill all that is left."""
        for daemon in list(self._running):
            self.kill(daemon)

    def empty(self) -> None:
        """Cancel all jobs, and wait until they are gone."""
        self.run("scancel", "--full", "--user=root")
        await_that(lambda: not self.run("squeue", "-h").strip())

    def mend(self) -> None:
        """Start what a test has killed, and empty the queue."""
        for daemon in ("ctld", "n0", "n1", "rest"):
            if daemon not in self._running or self._running[daemon].poll() is not None:
                self.start(daemon)
        self.await_nodes()
        self.empty()

    def resume(self) -> None:
        """Put nodes back that Slurm has drained, as an operator does who sees that they are well."""
        with suppress(subprocess.SubprocessError):
            if "drain" in self.run("sinfo", "-h", "-N", "-o", "%t"):
                self.run("scontrol", "update", "nodename=n[0-1]", "state=resume")

    def token(self, seconds: int = 60) -> str:
        """Return a token of the cluster."""
        return self.run("scontrol", "token", f"lifespan={seconds}").strip().partition("=")[2]

    def run(self, *command: str) -> str:
        """Run one of Slurm's commands; return what it prints. Raises CommandError."""
        done = subprocess.run(
            command,
            env=self.environment,
            cwd=self.place,  # where sbatch puts the output of jobs that name no file
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if done.returncode != 0:
            raise CommandError(f"{' '.join(command)}: {done.stderr}")
        return done.stdout

    def takes(self, *command: str) -> bool:
        """Run one of Slurm's commands; tell whether it succeeded."""
        try:
            self.run(*command)
        except CommandError:
            return False
        return True

    def await_port(self, name: str) -> None:
        """Wait until a daemon listens."""

        def listens() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.ports[name])) == 0

        await_that(listens)

    def await_nodes(self) -> None:
        """Wait until both nodes are idle, or work."""

        def ready() -> bool:
            with suppress(CommandError):
                states = self.run("sinfo", "-h", "-N", "-p", "work", "-o", "%N %t").split("\n")
                good = ("idle", "mix", "alloc")
                return sum(one.endswith(good) for one in states) == 2
            return False

        await_that(ready)


def _words(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return process.cmdline()
    return []


def _program(name: str) -> str:
    found = _found(name)
    assert found is not None
    return found


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run a cluster."""
    with tempfile.TemporaryDirectory(prefix="disparo-slurm-", ignore_cleanup_errors=True) as name:
        made = Cluster(Path(name))
        made.prepare()
        try:
            made.start("munged")
            await_that((made.place / "munge" / "m.sock").exists)
            for daemon in ("ctld", "n0", "n1", "rest"):
                made.start(daemon)
            made.await_nodes()
            yield made
        finally:
            made.stop()
