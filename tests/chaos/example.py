"""The evidence of a small campaign in which all promises were kept, made up for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.values.schedule import Mode
from tests.chaos.evidence import Evidence, Row, Run
from tests.chaos.roles import HURRIED, Role
from tests.showroom.clients import Answered, case

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
END = START + timedelta(minutes=3)
NUMBER = 100_000_001
SERVICE, PROGRAM = 11, 12
ROLES = (
    Role(name="append", every=60, share=1000),
    Role(name="upsert", every=60, share=1000, mode=Mode.UPSERT),
    Role(name="hurried", every=60, share=1000, policies=HURRIED),
    Role(name="cron", minutes="*", share=1000),
)
SLOTS = [START + timedelta(minutes=number) for number in range(3)]


def output(number: int) -> dict[str, Any]:
    """Return what the model answers to a case."""
    high = number % 100 / 100
    return {
        "label": "high" if high > 0.5 else "low",
        "probabilities": {"high": high, "low": 1 - high},
    }


def answered(number: int = NUMBER, **changes: Any) -> Answered:
    """Return what a client got."""
    plain: dict[str, Any] = {
        "number": number,
        "at": 20.0,
        "seconds": 0.1,
        "status": 200,
        "kind": "application/json",
        "body": {"id": f"r{number}", "predictions": [output(number)]},
    }
    return Answered(**plain | changes)


def kept() -> Evidence:
    """Return the evidence of a campaign in which all promises were kept."""
    due = {role.name: role.due(START, END) for role in ROLES}
    runs = [
        Run(
            id=number,
            schedule=role.name,
            kind="scheduled",
            state="succeeded",
            slot=slot,
            process=PROGRAM,
        )
        for number, (role, slot) in enumerate((role, slot) for role in ROLES for slot in SLOTS)
    ]
    keys = sorted({key for slots in due.values() for several in slots.values() for key in several})
    return Evidence(
        roles=ROLES,
        due=due,
        by_hand={number: output(number) for number in (NUMBER, *keys)},
        answers=[answered()],
        records={f"r{NUMBER}": (case(NUMBER), output(NUMBER))},
        asked={"a": {key: output(key) for key in keys}},
        runs=[*runs, Run(id=99, schedule="bad", kind="scheduled", state="failed", slot=START)],
        delivered={role.name: list(rows_of(role, due[role.name])) for role in ROLES},
        services=frozenset({SERVICE}),
        texts={"service.log": "all is well"},
        secrets={"the token": "disparo_xyz"},
        broken=["bad", "damaged"],
        set_aside=["damaged"],
        checks={"place": "up", "bad-host": "down"},
        healed_at=10.0,
    )


def rows_of(role: Role, due: Any) -> list[Row]:
    """Return what a role's dispatches deliver."""
    rows = {
        (key if role.mode is Mode.UPSERT else (slot, key)): Row(
            slot=slot, key=key, output=output(key)
        )
        for slot, keys in due.items()
        for key in sorted(keys)
    }
    return list(rows.values())
