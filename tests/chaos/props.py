"""What a campaign's services are told, and what they find: settings, rows, sources, models, checks."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sklearn.linear_model import LogisticRegression

from app.clock import utc_now
from app.factory import Factory
from app.values.account import Role
from app.values.check import Check
from app.values.token import NewToken
from tests.chaos import roles
from tests.showroom import cheap
from tests.showroom.clients import case
from tests.slurm import cluster as clusters
from tests.slurm.cluster import Cluster

Sections = dict[str, dict[str, Any]]
_QUICK: Sections = {
    # So that much happens in little time: the defaults fit a service, not a campaign.
    "scheduler": {"queue": 100_000, "lost_after": 15, "workers": 3},
    "database": {"answer_timeout": 10},
    "dispatch": {"batch_rows": 50, "grace_seconds": 3, "nice": 0},
    "sources": {"lock_timeout": 20},
    "health": {"enabled": False},
    "logs": {"format": "json"},
}
DEAD = "127.0.0.1:1"
"""Where nobody listens."""


def settings(shared: Path, jobs: Path, host: str, cluster: Cluster | None) -> Sections:
    """Return what stands in a replica's settings file."""
    own: Sections = {
        "server": {"host": host},
        "models": {"store": str(shared / "models")},
        "secrets": {"key_file": str(shared / "secret.key")},
    }
    return _QUICK | own | ({} if cluster is None else {"slurm": _slurm(shared, jobs, cluster)})


def _slurm(shared: Path, jobs: Path, cluster: Cluster) -> dict[str, Any]:
    program = shared / "disparo"
    clusters.write_stand_in(program)
    return {
        "enabled": True,
        "api": f"unix:{cluster.socket}",
        "conf": str(cluster.conf),
        "poll_seconds": 1,
        "unknown_seconds": 5,
        "timeout_seconds": 10,
        "submissions": 100,
        "output": str(jobs),
        "program": str(program),
        "environment": clusters.stand_in_environment(),
    }


class Secrets:
    """What nobody may be told."""

    def __init__(self) -> None:
        self.dead_password = secrets.token_hex(12)
        self.token = ""

    def all(self, key_file: Path) -> dict[str, str]:
        """Return each by what it is."""
        keys = key_file.read_text().split()
        return {
            "the database's password": "p4ss",
            "the dead source's password": self.dead_password,
            "the clients' token": self.token,
            **{f"key {number} of the secrets": key for number, key in enumerate(keys)},
        }


def write_rows(place: sa.Engine) -> None:
    """Make the table that is collected from."""
    rows = pd.DataFrame([{"id": n, **case(n)} for n in range(1, roles.ROWS + 1)])
    kinds = {"id": sa.BigInteger(), "a": sa.Double(), "b": sa.Double()}
    rows.to_sql(roles.TABLE, place, index=False, dtype=kinds)
    with place.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {roles.TABLE} ADD PRIMARY KEY (id)")


def furnish(
    factory: Factory, shared: Path, hidden: Secrets, sources: Mapping[str, str]
) -> LogisticRegression:
    """Make sources, models and the clients' token; return the model that answers."""
    dead = f"mysql+pymysql://somebody:{hidden.dead_password}@{DEAD}/gone"
    for name, url in {**sources, "dead": dead}.items():
        factory.sources.add(name, url, "", actor="test", now=utc_now())
    model = cheap.register(factory, shared)
    _lose_a_model(factory, shared)
    new = NewToken(name="clients", role=Role.OPERATOR)
    _, hidden.token = factory.tokens.create(new, actor="test", now=utc_now())
    return model


def _lose_a_model(factory: Factory, shared: Path) -> None:
    """Register a model that is live, and whose file is gone."""
    store = shared / "models"
    before = set(store.rglob("*"))
    cheap.register(factory, shared, name="lost", strength=0.5)
    for one in set(store.rglob("*")) - before:
        if one.is_file():
            one.unlink()


def checks(host: str, port: int, services: Mapping[str, str]) -> list[Check]:
    """Return checks of the database, the services and a schedule, and two that look at nothing."""
    dead_host, _, dead_port = DEAD.partition(":")
    targets: dict[str, Any] = {
        "database-host": {"kind": "host", "address": host, "port": port},
        "place": {"kind": "database", "source": "place", "table": roles.TABLE},
        "scheduler": {"kind": "service", "part": "scheduler"},
        "append": {"kind": "schedule", "schedule": "append", "late_after": 60},
        "bad-host": {"kind": "host", "address": dead_host, "port": int(dead_port)},
        "bad-source": {"kind": "database", "source": "dead"},
    }
    for name, url in services.items():
        targets[f"service-{name}"] = {"kind": "http", "url": f"{url}/health/live"}
    quick: dict[str, Any] = {"every": 2, "timeout": 5, "retries": 1}
    return [
        Check.model_validate({"name": name, "target": target, **quick})
        for name, target in targets.items()
    ]
