"""Private database servers for tests and benchmarks: each on a free port, gone when it ends."""

import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pymysql

START_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server, and how to reach a database on it."""

    port: int
    url: str
    """SQLAlchemy URL with `{database}` to fill in."""
    odbc: str
    """ODBC connection string with `{database}` to fill in."""
    process: "subprocess.Popen[bytes]"


def free_port() -> int:
    """Return a TCP port that nothing listens on.

    It is below the range from which the kernel gives outgoing connections theirs, and by chance, so
    that another worker or a connection hardly takes it before the server does.
    """
    while True:
        port = random.randrange(15_000, 30_000)  # noqa: S311 - no secret
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def _await_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    message = f"the server on port {port} did not start (exit code {process.poll()})"
    raise RuntimeError(message)


@contextmanager
def _directory(owner: str) -> Iterator[Path]:
    """Yield a fresh directory that `owner` may use, when this process may give it away."""
    with tempfile.TemporaryDirectory(prefix="disparo-", ignore_cleanup_errors=True) as name:
        place = Path(name)
        place.chmod(0o755)
        if os.geteuid() == 0:
            user = pwd.getpwnam(owner)
            os.chown(place, user.pw_uid, user.pw_gid)
        yield place


@contextmanager
def _running(
    command: Sequence[str], port: int, owner: str, log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    user = {"user": owner, "group": owner, "extra_groups": ()} if os.geteuid() == 0 else {}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            **user,  # type: ignore[call-overload]
        )
    try:
        _await_port(port, process)
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def mariadb() -> Iterator[Server]:
    """Run a private MariaDB with a user `disparo`, password `p4ss`, who may do everything."""
    with _directory("mysql") as place:
        port = free_port()
        command = _installed_mariadb(place, port)
        with _running(command, port, "mysql", place / "log") as process:
            _grant(port)
            yield _mariadb(port, process)


class Restartable:
    """A private MariaDB that a test kills and starts again, on the same data and port."""

    def __init__(self, command: Sequence[str], port: int, log: Path) -> None:
        self._command = command
        self._port = port
        self._log = log
        self._running = ExitStack()
        self.server = self.start()

    def start(self) -> Server:
        """Start the server, and wait until it answers."""
        running = _running(self._command, self._port, "mysql", self._log)
        self.server = _mariadb(self._port, self._running.enter_context(running))
        return self.server

    def kill(self) -> None:
        """Kill the server at once, as a crash would."""
        self._running.close()


@contextmanager
def restartable_mariadb(*, also_on: str | None = None) -> Iterator[Restartable]:
    """Run a private MariaDB that can be killed and started again; it may have another address."""
    with _directory("mysql") as place:
        port = free_port()
        options = [f"--bind-address=127.0.0.1,{also_on}"] if also_on else []
        command = _installed_mariadb(place, port, "--innodb-flush-log-at-trx-commit=1", *options)
        made = Restartable(command, port, place / "log")
        try:
            _grant(port)
            yield made
        finally:
            made.kill()


def _installed_mariadb(place: Path, port: int, *options: str) -> list[str]:
    """Make an empty data directory in `place`; return the command that serves it."""
    owner = ["--user=mysql"] if os.geteuid() == 0 else []
    # A directory for temporary tables of its own: each server that starts removes all it finds.
    common = ["--no-defaults", *owner, f"--datadir={place / 'data'}", f"--tmpdir={place}"]
    subprocess.run(
        [_program("mariadb-install-db"), *common,
         "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True, capture_output=True,
    )  # fmt: skip
    return [
        _program("mariadbd"), *common,
        f"--socket={place}/s.sock", f"--port={port}", "--bind-address=127.0.0.1",
        "--skip-networking=0", "--skip-name-resolve", "--character-set-server=utf8mb4",
        "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=256M", *options,
    ]  # fmt: skip


def _mariadb(port: int, process: "subprocess.Popen[bytes]") -> Server:
    return Server(
        port=port,
        process=process,
        url=f"mysql+pymysql://disparo:p4ss@127.0.0.1:{port}/{{database}}",
        odbc=f"Driver=MariaDB Unicode;Server=127.0.0.1;Port={port};User=disparo;"
        "Password=p4ss;Database={database}",
    )


def cut_connections(server: Server) -> None:
    """Break all connections to a MariaDB, in the middle of whatever they do."""
    with (
        pymysql.connect(host="127.0.0.1", port=server.port, user="disparo", password="p4ss") as own,
        own.cursor() as cursor,
    ):
        cursor.execute("SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID()")
        for (other,) in cursor.fetchall():
            with suppress(pymysql.err.OperationalError):  # it has ended meanwhile
                cursor.execute(f"KILL {other}")


def _grant(port: int) -> None:
    with pymysql.connect(host="127.0.0.1", port=port, user="root") as root, root.cursor() as cursor:
        cursor.execute("CREATE USER disparo@'%' IDENTIFIED BY 'p4ss'")
        cursor.execute("GRANT ALL ON *.* TO disparo@'%'")


def _await_answers(port: int) -> None:
    """Wait until PostgreSQL lets somebody in: it listens earlier, and refuses while it starts."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="disparo", dbname="postgres").close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


@contextmanager
def postgresql() -> Iterator[Server]:
    """Run a private PostgreSQL with a superuser `disparo` who needs no password."""
    with _directory("postgres") as place:
        data, port = place / "data", free_port()
        programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
        drop = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        subprocess.run(
            [*(drop if os.geteuid() == 0 else []), str(programs / "initdb"), "-D", str(data),
             "-U", "disparo", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True, capture_output=True,
        )  # fmt: skip
        # Its shared memory lies in its directory: one that is killed leaves nothing elsewhere.
        command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1",
                   "-k", str(place), "-F", "-c", "dynamic_shared_memory_type=mmap"]  # fmt: skip
        with _running(command, port, "postgres", place / "log") as process:
            _await_answers(port)
            yield Server(
                port=port,
                process=process,
                url=f"postgresql+psycopg://disparo@127.0.0.1:{port}/{{database}}",
                odbc=f"Driver=PostgreSQL Unicode;Server=127.0.0.1;Port={port};Uid=disparo;"
                "Database={database}",
            )


def has_mariadb() -> bool:
    """Tell whether a MariaDB can be run here."""
    return shutil.which("mariadbd", path="/usr/sbin:/usr/bin") is not None


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")
    if found is None:
        message = f"{name} is not installed; install the package mariadb-server"
        raise RuntimeError(message)
    return found
