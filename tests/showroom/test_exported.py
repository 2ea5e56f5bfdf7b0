"""From a POST to a file and back: what was answered is what is exported, and what is judged."""

import io

import pyarrow.parquet as pq

from app.clock import utc_now
from tests.asgi import Api
from tests.casework import inputs

PLACE = "/showroom/predictions"


def test_what_was_answered_is_judged_and_exported(door: Api) -> None:
    """Inputs, label and probabilities to the last bit, with the outcome that was told."""
    cases = [inputs(size) for size in (1, 30)]
    answer = door.post(PLACE, {"model": "m", "cases": cases}).json()
    told = door.put(f"{PLACE}/{answer['id']}/outcome", {"outcomes": ["low", "low"]})
    assert told.json()["known"] == 2
    exported = door.get(f"{PLACE}/export", params={"model": "m", "format": "parquet"})
    rows = pq.read_table(io.BytesIO(exported.content)).to_pylist()
    for row, case, given in zip(rows, cases, answer["predictions"], strict=True):
        assert {name: row[f"input.{name}"] for name in case} == case
        assert (row["label"], row["outcome"]) == (given["label"], "low")
        chances = {name: row[f"probability_{name}"] for name in given["probabilities"]}
        assert chances == given["probabilities"]
        assert row["received_at"] < utc_now()
    [figures] = door.get("/models/m/performance").json()["versions"]
    assert (figures["outcomes"], figures["accuracy"]) == (2, 0.5)
