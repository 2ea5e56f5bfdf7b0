"""The cast of a campaign: two replicas, MariaDB, Slurm, a small disk, networks and clocks."""

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import sqlalchemy as sa
import yaml

from app.clock import utc_now
from app.db.tables import schedules
from app.factory import Factory
from tests import servers, warm
from tests.chaos import props, roles
from tests.chaos.network import Network, Wire, network
from tests.disk import SmallDisk, small_disk
from tests.moved_clock import MovableClock
from tests.records import create_database
from tests.replicas import Replica, factory_of
from tests.slurm import cluster as clusters
from tests.slurm.cluster import Cluster

NAMES = ("a", "b")
_MEGABYTES = 24
_LOOK_SECONDS = 1.0
_END_SECONDS = 90.0
"""For a service that is asked to end."""


@dataclass
class Player:
    """A replica, with what can happen to it."""

    name: str
    replica: Replica
    wire: Wire
    clock: MovableClock | None
    log: Path
    processes: set[int] = field(default_factory=set)
    """Those that it was, one after the other."""
    is_away: bool = False
    """Whether a fault has ended it, and will start it again."""
    was_ready: bool = False
    """Whether it has answered since it was started: before, it may give up for want of a database."""
    must_end_by: float | None = None
    """By time.monotonic; None: it was not asked to end."""

    def start(self) -> None:
        """Start the service."""
        self.replica.start()
        assert self.replica.process is not None
        self.processes.add(self.replica.process.pid)
        self.is_away, self.was_ready, self.must_end_by = False, False, None

    def restart(self) -> None:
        """Ask it to end; once it has, it is started."""
        self.must_end_by = time.monotonic() + _END_SECONDS
        self.replica.ask_to_end()

    def tend(self) -> str | None:
        """Start it if it has ended by itself; return in words how, if that was a crash."""
        if self.is_away:
            return None
        if self.replica.has_ended():
            return self._start_again()
        if self.must_end_by is not None and time.monotonic() > self.must_end_by:
            self.replica.kill()
            self.start()
            return self.is_late()
        if not self.was_ready:
            self.was_ready = (
                self.replica.status("/health/live", seconds=_LOOK_SECONDS) == HTTPStatus.OK
            )
        return None

    def is_late(self) -> str:
        """Say that it does not end."""
        return f"service {self.name} did not end within {_END_SECONDS:g} s when asked to"

    def _start_again(self) -> str | None:
        is_crash = self.was_ready and self.must_end_by is None
        assert self.replica.process is not None
        code = self.replica.process.returncode
        self.start()
        return f"service {self.name} ended by itself, with {code}" if is_crash else None


class Cast:
    """All that runs, and how it is reached."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.directory = directory
        self.left_out: dict[str, str] = {}
        """What cannot be had here, and why."""
        self.shared = directory / "shared"
        self.shared.mkdir()
        self.network: Network = stack.enter_context(network())
        self.database = stack.enter_context(
            servers.restartable_mariadb(also_on=self.network.middle)
        )
        self.disk = self._disk(stack)
        self.cluster = self._cluster(stack)
        self.players = {name: self._player(name, stack) for name in NAMES}
        self.crashes: list[str] = []
        self.hidden = props.Secrets()
        self.place = sa.create_engine(self._direct("place"), poolclass=sa.NullPool)
        self.factory = self._factory(stack)
        sources = {"place": self._everywhere("place"), "disk": f"sqlite:///{self._disk_file()}"}
        self.model = props.furnish(self.factory, self.shared, self.hidden, sources)
        self._declare_checks()
        self.start = self.end = utc_now()

    @property
    def roles(self) -> tuple[roles.Role, ...]:
        """The schedules that are to keep all promises."""
        on_disk = (roles.ON_DISK,) if self.disk else ()
        return roles.LOCAL + on_disk + (roles.ON_CLUSTER if self.cluster else ())

    @property
    def secrets(self) -> dict[str, str]:
        """What nobody may be told."""
        return self.hidden.all(self.shared / "secret.key")

    @property
    def headers(self) -> dict[str, str]:
        """What shows that the clients may ask."""
        return {"Authorization": f"Bearer {self.hidden.token}"}

    def engine_of(self, source: str) -> sa.Engine:
        """Return the campaign's own way to a source."""
        if source == "disk":
            return sa.create_engine(f"sqlite:///{self._disk_file()}", poolclass=sa.NullPool)
        return self.place

    # How it is set up.

    def _disk(self, stack: ExitStack) -> SmallDisk | None:
        found = stack.enter_context(small_disk(self.directory / "disk", _MEGABYTES))
        if found is None:
            self.left_out["a small disk"] = "this process may not mount a file system"
        with closing(sqlite3.connect(self._disk_file())) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        return found

    def _cluster(self, stack: ExitStack) -> Cluster | None:
        lacking = clusters.missing()
        if lacking is not None:
            self.left_out["Slurm"] = lacking
            return None
        return stack.enter_context(clusters.cluster())

    def _player(self, name: str, stack: ExitStack) -> Player:
        wire = self.network.wire(name, self.database.server.port)
        clock = self._clock(name, stack)
        environment = self._environment(name, wire) | (clock.environment if clock else {})
        log = self.directory / f"service-{name}.log"
        replica = Replica(environment, host=wire.host, log=log, directory=self.shared)
        return Player(name=name, replica=replica, wire=wire, clock=clock, log=log)

    def _clock(self, name: str, stack: ExitStack) -> MovableClock | None:
        if warm.CLOCKS not in os.environ:
            self.left_out["clocks that are moved"] = "there is no C compiler"
            return None
        made = MovableClock(self.directory / f"clock-{name}")
        stack.callback(made.close)
        return made

    def _environment(self, name: str, wire: Wire) -> dict[str, str]:
        """Return a replica's variables. What Slurm's jobs need too is in files, which they name."""
        secrets = self.directory / f"secrets-{name}"
        secrets.mkdir(mode=0o700)
        host, port = wire.database
        url = f"mysql+pymysql://disparo:p4ss@{host}:{port}/disparo"
        (secrets / "disparo_database__url").write_text(url)
        settings = self.directory / f"settings-{name}.yaml"
        told = props.settings(self.shared, self.directory / "jobs", wire.host, self.cluster)
        settings.write_text(yaml.safe_dump(told))
        on_disk = name == NAMES[-1] and self.disk is not None
        return {
            **{name: value for name, value in os.environ.items() if "DISPARO" not in name},
            "DISPARO_VAR": str(self.directory / ("disk/state" if on_disk else f"state-{name}")),
            "DISPARO_SETTINGS": str(settings),
            "DISPARO_SECRETS_DIR": str(secrets),
            **wire.environment,
        }

    def _factory(self, stack: ExitStack) -> Factory:
        """Return the campaign's own way to the records, which nothing cuts."""
        for name in ("disparo", "place"):
            create_database(self._direct("mysql"), name)
        props.write_rows(self.place)
        own = {
            "DISPARO_VAR": str(self.shared),
            "DISPARO_DATABASE__URL": self._direct("disparo"),
            "DISPARO_DATABASE__ANSWER_TIMEOUT": "5",
            "DISPARO_MODELS__STORE": str(self.shared / "models"),
        }
        made = factory_of(own)
        stack.callback(made.close)
        made.upgrade_schema()
        return made

    def _direct(self, database: str) -> str:
        return self.database.server.url.format(database=database)

    def _everywhere(self, database: str) -> str:
        """Return the address by which all find a database."""
        return self._direct(database).replace("127.0.0.1", self._host())

    def _host(self) -> str:
        return self.network.middle or "127.0.0.1"

    def _disk_file(self) -> Path:
        return self.directory / "disk" / "target.sqlite"

    def _declare_checks(self) -> None:
        services = {name: player.replica.url for name, player in self.players.items()}
        found = props.checks(self._host(), self.database.server.port, services)
        self.factory.checks.declare(found, "test.yaml", now=utc_now())

    # What it does.

    def begin(self, seconds: float) -> None:
        """Let the services serve, and the slots come for so many seconds."""
        for player in self.players.values():
            player.start()
        for player in self.players.values():
            player.replica.await_live()
            player.was_ready = True
        self.start = utc_now().replace(microsecond=0) + timedelta(seconds=2)
        self.end = self.start + timedelta(seconds=seconds)
        self._declare_schedules(self.start - timedelta(seconds=1))

    def _declare_schedules(self, at: datetime) -> None:
        """Declare them as of a moment: slots from before it are nobody's. One is damaged at once."""
        specs = [role.spec(self.start, self.end) for role in self.roles]
        for spec in specs + roles.broken_ones(self.end):
            self.factory.schedules.declare(spec, "test.yaml", now=at)
        damage = schedules.update().where(schedules.c.name == roles.DAMAGED)
        with self.factory.engine.begin() as connection:
            connection.execute(damage.values(spec="{"))

    def tend(self) -> None:
        """Start a service that has ended by itself, as a process manager does."""
        found = [player.tend() for player in self.players.values()]
        self.crashes += [one for one in found if one is not None]

    def stop(self) -> None:
        """Let the services stop by themselves."""
        for player in self.players.values():
            player.is_away = True
            player.replica.ask_to_end()
        for player in self.players.values():
            try:
                player.replica.await_end(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self.crashes.append(player.is_late())
                player.replica.kill()

    def kill(self) -> None:
        """End the services whatever they do."""
        for player in self.players.values():
            player.is_away = True
            player.replica.send(signal.SIGCONT)
            player.replica.kill()


@contextmanager
def on_stage(directory: Path) -> Iterator[Cast]:
    """Give a cast whose services do not run yet. All that it starts is gone in the end."""
    with warm.serving(), ExitStack() as stack:
        cast = Cast(directory, stack)
        stack.callback(cast.kill)
        yield cast
