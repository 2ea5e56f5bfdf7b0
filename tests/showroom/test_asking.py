"""POST /showroom/predictions: what is answered, what is refused, and what is on record."""

import json
import threading
from collections.abc import MutableMapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.clock import utc_now
from app.db.showroom_tables import prediction_cases, prediction_requests
from app.factory import Factory
from app.inference.answering import Output
from app.inference.decoding import Row
from app.settings_sections import Durability
from app.values.monitor import ModelsCard
from app.values.serving import Serving, UnknownCategories
from tests import casework
from tests.asgi import Api
from tests.casework import inputs
from tests.conftest import on_sqlite
from tests.patience import await_that
from tests.scraping import series, value

PLACE = "/showroom/predictions"


def ask(door: Api, *cases: dict[str, Any], **more: Any) -> httpx.Response:
    """Ask model `m` for predictions."""
    return door.post(PLACE, {"model": "m", "cases": list(cases)} | more)


def records(door: Api) -> list[dict[str, Any]]:
    """Return what is on record, request by request with its cases."""
    query = sa.select(prediction_requests, prediction_cases).join(
        prediction_cases, prediction_cases.c.request == prediction_requests.c.id
    )
    with factory_of(door).engine.begin() as connection:
        order = prediction_requests.c.id, prediction_cases.c.number
        return [dict(row) for row in connection.execute(query.order_by(*order)).mappings()]


def factory_of(door: Api) -> Factory:
    """Return the parts of the application."""
    found: Factory = door.application.factory
    return found


def serve(door: Api, serving: Serving) -> None:
    """Let model `m` be served like this."""
    factory = factory_of(door)
    with factory.engine.begin() as connection:
        from app.db.models import ModelStore

        ModelStore(connection).serve("m", serving)
    factory.showroom.live.follow()


def test_each_case_is_answered_and_on_record(door: Api) -> None:
    """The answer names model and version, and the record says what was asked and answered."""
    answer = ask(door, inputs(30), inputs(3, weight=None))
    assert answer.status_code == 200
    body = answer.json()
    assert (body["model"], body["version"]) == ("m", 1)
    assert [one["label"] for one in body["predictions"]] == ["high", "low"]
    assert all(
        sum(one["probabilities"].values()) == pytest.approx(1) for one in body["predictions"]
    )
    assert set(body["seconds"]) == {"queue", "inference", "commit"}
    first, second = records(door)
    assert (first["id"], first["model"], first["version"], first["cases"]) == (
        body["id"],
        "m",
        1,
        2,
    )
    assert json.loads(first["inputs"]) == inputs(30)
    assert json.loads(second["inputs"]) == inputs(3, weight=None)
    assert [json.loads(one["output"]) for one in (first, second)] == body["predictions"]
    assert [one["label"] for one in (first, second)] == ["high", "low"]


def test_a_regressor_answers_with_a_value(door: Api, tmp_path: Path) -> None:
    """There is no label, and the value is what the estimator says."""
    casework.register_regressor(factory_of(door), tmp_path, factor=2)
    answer = door.post(PLACE, {"model": "r", "cases": [inputs(10)]})
    (prediction,) = answer.json()["predictions"]
    assert prediction == {"value": pytest.approx(20)}


def test_stored_cases_are_asked_for_by_their_ids(door: Api) -> None:
    """In the order of the ids, one of them twice; unknown ones are named."""
    ids = [
        door.post("/showroom/cases", casework.CASE | {"inputs": inputs(size)}).json()["id"]
        for size in (30, 3)
    ]
    answer = door.post(PLACE, {"model": "m", "case_ids": [ids[1], ids[0], ids[1]]})
    assert [one["label"] for one in answer.json()["predictions"]] == ["low", "high", "low"]
    unknown = door.post(PLACE, {"model": "m", "case_ids": [ids[0], 999]})
    assert unknown.status_code == 404
    assert "no case 999" in unknown.json()["detail"]


@on_sqlite
@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 422, "no JSON"),
        (b"{", 422, "no JSON"),
        (b"\xff", 422, "no JSON"),
        (b"[]", 422, "must be an object like"),
        (b'{"model": 1, "cases": []}', 422, "must be an object like"),
        (b'{"model": "m"}', 422, "or `case_ids` of stored"),
        (b'{"model": "m", "cases": []}', 422, "empty"),
        (b'{"model": "m", "case_ids": []}', 422, "no `cases`"),
        (b'{"model": "m", "case_ids": [-1]}', 422, "from 1 to"),
        (b'{"model": "m", "case_ids": [1], "cases": [{}]}', 422, "not both"),
        (b'{"model": "m", "cases": {}}', 422, "`cases` must be a list of objects, not {}"),
        (
            b'{"model": "m", "cases": [{}], "verion": 1}',
            422,
            "no key 'verion'; there are model, cases",
        ),
        (b'{"model": "m", "version": "1", "cases": [{}]}', 422, "number of a version"),
        (b'{"model": "m", "version": 2, "cases": [{}]}', 404, "no version 2"),
        (b'{"model": "m", "version": -1, "cases": [{}]}', 404, "count from 1"),
        (b'{"model": "m", "version": 99999999999999999999, "cases": [{}]}', 404, "count from 1"),
        (b'{"model": "n", "cases": [{}]}', 404, "no model 'n'"),
        (b'{"model": "m", "cases": [{"size": NaN}]}', 422, "case 0, size: NaN and infinities"),
        (b'{"model": "m", "cases": [{"size": "3"}]}', 422, "case 0, size: "),
    ],
)
def test_what_cannot_be_answered_is_a_problem_document(
    door: Api, body: bytes, status: int, words: str
) -> None:
    """It says what is wrong, and nothing is on record."""
    answer = door.post(PLACE, content=body)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert records(door) == []


def test_a_service_may_have_no_showroom(factory: Factory) -> None:
    """It says so, and which setting it is."""
    from app.main import create_app
    from app.settings import Settings

    assert factory
    application = create_app(Settings(showroom={"enabled": False}))
    answer = Api(application).post(PLACE, {"model": "m", "cases": [{}]})
    assert answer.status_code == 503
    assert "showroom.enabled" in answer.json()["detail"]
    application.factory.close()


def test_a_request_has_bounds(door: Api) -> None:
    """Cases and bytes beyond the settings are refused, naming the setting."""
    many = ask(door, *[inputs(1)] * 10_001)
    assert many.status_code == 422
    assert "showroom.request_cases" in many.json()["detail"]
    large = door.post(PLACE, content=b" " * (16 * 2**20 + 1))
    assert large.status_code == 413
    assert "showroom.max_body" in large.json()["detail"]


@on_sqlite
@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon", ""])
def test_a_deadline_that_is_none_is_refused(door: Api, seconds: str) -> None:
    """The header must be a number of seconds above zero."""
    answer = door.post(
        PLACE, {"model": "m", "cases": [inputs(1)]}, headers={"Disparo-Timeout": seconds}
    )
    assert answer.status_code == 400


def test_what_is_past_its_deadline_is_not_computed(door: Api) -> None:
    """A client that waits a billionth of a second gets 504, and nothing is on record."""
    answer = door.post(
        PLACE, {"model": "m", "cases": [inputs(1)]}, headers={"Disparo-Timeout": "1e-9"}
    )
    assert (answer.status_code, answer.json()["type"]) == (504, "urn:disparo:timed-out")
    assert records(door) == []


def test_unknown_categories_are_as_the_model_says(door: Api) -> None:
    """Refused by default; where the model's own encoder is to see them, it refuses them too."""
    refused = ask(door, inputs(1, kind="z"))
    assert "none of its categories" in refused.json()["detail"]
    serve(door, Serving(unknown_categories=UnknownCategories.PASS))
    seen = ask(door, inputs(1, kind="z"))
    assert (seen.status_code, seen.json()["type"]) == (422, "urn:disparo:model-failed")


def test_durability_off_leaves_no_record_and_queued_leaves_one_soon(door: Api) -> None:
    """A model's own durability goes before the setting."""
    serve(door, Serving(durability=Durability.OFF))
    assert ask(door, inputs(1)).status_code == 200
    serve(door, Serving(durability=Durability.QUEUED))
    queued = ask(door, inputs(2)).json()
    factory_of(door).showroom.stop()  # which writes what waits
    assert [one["id"] for one in records(door)] == [queued["id"]]


def test_a_promoted_version_answers_at_once(door: Api, tmp_path: Path) -> None:
    """After the answer to promote, here, no request is answered by the version before."""
    casework.register(factory_of(door), tmp_path, limit=2)
    assert ask(door, inputs(5)).json()["version"] == 1
    assert ask(door, inputs(5), version=2).json()["predictions"][0]["label"] == "high"
    assert door.post("/models/m/versions/2/promote").status_code == 200
    answer = ask(door, inputs(5)).json()
    assert (answer["version"], answer["predictions"][0]["label"]) == (2, "high")


def test_a_version_that_does_not_load_leaves_the_old_one(door: Api, tmp_path: Path) -> None:
    """Promoting it over HTTP is refused and counted; promoted elsewhere, the old one goes on."""
    factory = factory_of(door)
    second = casework.register(factory, tmp_path, limit=2)
    file = factory.state / "models" / second.artifact.digest
    file.chmod(0o600)
    file.write_bytes(b"no model")
    refused = door.post("/models/m/versions/2/promote")
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:disparo:model-failed")
    counts = series(door.get("/metrics").text)
    assert value(counts, "disparo_model_load_failures_total", model="m", version="2") == 1
    assert value(counts, "disparo_model_load_failures_total", model="m", version="1") == 0
    factory.models.promote("m", 2, actor="elsewhere", now=utc_now())
    factory.showroom.live.follow()
    assert ask(door, inputs(30)).json()["version"] == 1
    factory.looks.local.showroom = lambda: factory.showroom
    load = door.get("/models/m").json()["load"]
    assert (load["state"], "was changed" in load["detail"]) == ("failed", True)
    assert "live, and not loaded: m version 2" in door.get("/monitor").json()["down"]


def test_a_model_that_is_being_loaded_is_not_one_that_is_not_loaded(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is down only when that takes longer than it may."""
    factory = factory_of(api)
    casework.register(factory, tmp_path)
    assert api.get("/models").json()["items"][0]["load"] is None  # this process serves no models
    factory.looks.local.showroom = lambda: factory.showroom
    load, go_on = factory.models.load, threading.Event()
    monkeypatch.setattr(factory.models, "load", lambda one: go_on.wait() and load(one))
    factory.showroom.start()
    try:
        await_that(lambda: api.get("/models/m").json()["load"] is not None)
        assert api.get("/models/m").json()["load"] == {"state": "loading", "detail": None}
        shown = factory.monitor.document(now=utc_now())
        card = ModelsCard(loaded=0, loading=("m version 1",), missing=())
        assert (shown.service.models, "m version 1" in "".join(shown.down)) == (card, False)
        monkeypatch.setattr(factory.showroom.live._loading, "_patience", 0.0)
        down = factory.monitor.document(now=utc_now()).down
        assert "live, and not loaded: m version 1" in down
        assert "showroom.load_seconds" in api.get("/models").json()["items"][0]["load"]["detail"]
    finally:
        go_on.set()
    await_that(lambda: api.get("/models/m").json()["load"]["state"] == "loaded")
    factory.showroom.stop()


def test_a_retired_version_is_answered_no_more(door: Api, tmp_path: Path) -> None:
    """Also when it is loaded already."""
    casework.register(factory_of(door), tmp_path, limit=2)
    assert ask(door, inputs(5), version=2).status_code == 200
    assert door.post("/models/m/versions/2/retire").status_code == 200
    factory_of(door).showroom.live.follow()
    assert ask(door, inputs(5), version=2).status_code == 422


def test_a_shadow_answers_too_and_is_recorded_only(door: Api, tmp_path: Path) -> None:
    """The client gets the live version's answer; the shadow's is on record, naming the request."""
    casework.register(factory_of(door), tmp_path, limit=2)
    serve(door, Serving.model_validate({"shadow": {"version": 2}}))
    live = ask(door, inputs(5)).json()
    assert (live["version"], live["predictions"][0]["label"]) == (1, "low")
    factory_of(door).showroom.stop()  # which writes what waits
    found = {one["version"]: one for one in records(door)}
    assert found[2]["shadow_of"] == live["id"]
    assert (found[1]["label"], found[2]["label"]) == ("low", "high")


def test_what_is_only_tried_out_is_on_record_as_such(door: Api, tmp_path: Path) -> None:
    """It is committed as any other, but no live request: no shadow answers it."""
    casework.register(factory_of(door), tmp_path, limit=2)
    serve(door, Serving.model_validate({"shadow": {"version": 2}}))
    tried = door.post(f"{PLACE}?trial=true", {"model": "m", "cases": [inputs(5)]}).json()
    assert door.get(f"{PLACE}/{tried['id']}").json()["kind"] == "trial"
    assert door.get(PLACE, params={"kind": "live"}).json()["items"] == []
    factory_of(door).showroom.stop()
    assert [one["version"] for one in records(door)] == [1]


def test_what_neither_is_a_trial_nor_is_not_is_refused(door: Api) -> None:
    """Before anything is computed."""
    answer = door.post(f"{PLACE}?trial=perhaps", {"model": "m", "cases": [inputs(5)]})
    assert answer.status_code == 400
    assert "trial is true or false" in answer.json()["detail"]


def test_what_a_client_that_has_gone_asked_for_is_not_computed(door: Api) -> None:
    """While its version is busy it waits; when its turn comes, nobody wants it any more."""
    served, _ = anyio.run(partial(factory_of(door).showroom.live.served, "m", None, seconds=60))
    computed: list[int] = []
    may_answer = threading.Event()
    answers = served.batcher._answers

    def slowly(rows: Sequence[Row]) -> list[Output]:
        computed.extend(row[0] for row in rows)
        assert may_answer.wait(60)
        return answers(rows)

    served.batcher._answers = slowly

    async def both() -> list[int]:
        async with anyio.create_task_group() as clients:
            staying: list[int] = []
            clients.start_soon(client(door, 1, staying, leaves=False))
            await anyio.to_thread.run_sync(await_that, lambda: computed)
            going: list[int] = []
            await client(door, 2, going, leaves=True)()
            may_answer.set()
        return staying

    assert anyio.run(both) == [200]
    assert computed == [1]


def client(door: Api, size: int, statuses: list[int], *, leaves: bool) -> Any:
    """Return a client that asks, and leaves at once or stays for the answer."""
    body = json.dumps({"model": "m", "cases": [inputs(size)]}).encode()
    scope: dict[str, Any] = {
        "type": "http",
        "path": PLACE,
        "method": "POST",
        "headers": [(b"host", b"localhost")],
        "client": None,
    }
    messages = [{"type": "http.request", "body": body}]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        if not leaves:
            await anyio.sleep_forever()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def asking() -> None:
        await door.application(scope, receive, send)

    return asking


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
likely = st.fixed_dictionaries(
    {},
    optional={
        "size": st.integers(0, 40) | json_values,
        "kind": st.sampled_from(["a", "b"]) | json_values,
        "weight": st.floats() | json_values,
        "other": json_values,
    },
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "model": st.sampled_from(["m", "n"]) | json_values,
        "version": st.integers(-1, 3) | json_values,
        "cases": st.lists(likely, max_size=3) | json_values,
        "case_ids": st.lists(st.integers(), max_size=2) | json_values,
        "other": json_values,
    },
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(bodies.map(json.dumps).map(str.encode) | st.binary(max_size=50))
def test_whatever_is_sent_is_answered_or_refused(door: Api, body: bytes) -> None:
    """200 or 4xx, and always JSON without NaN."""

    def refuse(word: str) -> None:
        raise AssertionError(word)

    answer = door.post(PLACE, content=body)
    assert answer.status_code == 200 or 400 <= answer.status_code < 500
    json.loads(answer.text, parse_constant=refuse)
