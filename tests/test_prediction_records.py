"""`/showroom/predictions`: records, listed and read; on each database of our own."""

import sqlite3
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.db.engine import reading
from app.factory import Factory
from app.services.predictions import PredictionService
from app.values.prediction import PredictionFilter
from tests.asgi import Api
from tests.on_record import NOON, label, record

SECOND = timedelta(seconds=1)
PLACE = "/showroom/predictions"
PROBLEM = "application/problem+json"
NOBODY = "0" * 32


def found(api: Api, **params: Any) -> list[str]:
    """Return the ids of all pages of a list."""
    ids: list[str] = []
    cursor: str | None = None
    while True:
        query = {**params, **({"cursor": cursor} if cursor else {})}
        answer = api.get(PLACE, params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        ids += [one["id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return ids


def test_a_record_is_read_whole(api: Api, anywhere: Factory) -> None:
    """All cases in their order, with what was answered, and the shadows' ids; times have a zone."""
    cases: list[dict[str, Any]] = [{"x": 1.5, "place": "Grüße 😀"}, {"x": None, "place": 'a "b"\\'}]
    made = record(anywhere, label("late", late=0.75, early=0.25), label("early"), inputs=cases)
    shadow = record(anywhere, version=2, shadow_of=made)
    assert api.get(f"{PLACE}/{made}").json() == {
        "id": made,
        "model": "m",
        "version": 1,
        "caller": "api",
        "received_at": "2026-03-02T12:00:00Z",
        "queue_seconds": 0.001,
        "infer_seconds": 0.002,
        "shadow_of": None,
        "replay_of": None,
        "trial": False,
        "kind": "live",
        "cases": [
            {
                "number": 0,
                "inputs": {"x": 1.5, "place": "Grüße 😀"},
                "output": {"label": "late", "probabilities": {"late": 0.75, "early": 0.25}},
                "outcome": None,
                "outcome_at": None,
            },
            {
                "number": 1,
                "inputs": {"x": None, "place": 'a "b"\\'},
                "output": {"label": "early"},
                "outcome": None,
                "outcome_at": None,
            },
        ],
        "shadows": [shadow],
    }


def test_pages_follow_each_other_the_newest_first(api: Api, anywhere: Factory) -> None:
    """Without a gap and without a double; a page that holds the last ones says so."""
    made = [record(anywhere, at=NOON + n * SECOND) for n in range(5)]
    assert found(api, limit=2) == made[::-1]
    assert found(api, limit=1, text="x") == made[::-1]
    assert api.get(PLACE, params={"limit": 6}).json()["next"] is None
    [first, *_] = api.get(PLACE).json()["items"]
    assert (first["cases"], first["case"]["output"]["label"]) == (1, "late")


def test_each_filter_leaves_what_fits(api: Api, anywhere: Factory) -> None:
    """Alone and together; the case that is shown is the first one that fits."""
    live = record(anywhere, label("late"), label("early"), at=NOON, inputs=[{"x": "A"}, {"x": "B"}])
    other = record(anywhere, label("Late"), at=NOON + SECOND, model="other", caller="robot")
    shadow = record(anywhere, label("early"), at=NOON + 2 * SECOND, version=2, shadow_of=live)
    replay = record(anywhere, label("late"), at=NOON + 3 * SECOND, replay_of=live)
    trial = record(anywhere, label("maybe"), at=NOON + 4 * SECOND, model="tried", trial=True)
    everything = [trial, replay, shadow, other, live]
    assert found(api) == everything
    assert found(api, model="m") == [replay, shadow, live]
    assert found(api, version=2) == [shadow]
    assert found(api, since=(NOON + SECOND).isoformat()) == [trial, replay, shadow, other]
    assert found(api, until=(NOON + SECOND).isoformat()) == [live]
    assert found(api, since="2026-03-02T14:00:01+02:00", until="2026-03-02T12:00:02Z") == [other]
    assert found(api, label="late") == [replay, live]
    assert found(api, label="Late") == [other]
    assert found(api, caller="robot") == [other]
    assert [found(api, kind=kind) for kind in ("live", "shadow", "replay", "trial")] == [
        [other, live],
        [shadow],
        [replay],
        [trial],
    ]
    assert found(api, label="early", model="m", kind="live") == [live]
    assert found(api, label="early", text="B") == [live]
    assert found(api, label="late", text="B") == []
    assert found(api, outcome=True) == []
    assert found(api, outcome=False) == everything
    [shown] = api.get(PLACE, params={"text": "B"}).json()["items"]
    assert (shown["id"], shown["case"]["number"], shown["cases"]) == (live, 1, 2)


def test_text_is_found_as_it_is_written(api: Api, anywhere: Factory) -> None:
    """Quotes, backslashes, NULs, percent signs and what looks like SQL are plain text."""
    words = 'Grüße 😀 say "yes" a\\b 100% \0 '
    made = record(anywhere, inputs=[{"tail": words}])
    for text in ("Grüße", "😀", 'say "yes"', "a\\b", "100%", "tail", "%", "\0"):
        assert found(api, text=text) == [made], text
    for text in ("1_0", "_", "0%1", "\\", "'; DROP TABLE prediction_cases; --"):
        assert found(api, text=text) == ([made] if text in words else []), text


def test_so_many_records_are_looked_at_for_a_page(anywhere: Factory) -> None:
    """What is rare is found over several pages, some of them empty, each bounded; none is lost."""
    rare = [
        record(anywhere, label("rare" if n % 10 == 3 else "late"), at=NOON + n * SECOND)
        for n in range(30)
    ]
    record(anywhere, label("rare"), at=NOON + 99 * SECOND, model="other")
    service = PredictionService(anywhere.engine, look=4)

    def pages(wanted: PredictionFilter) -> list[list[str]]:
        result, cursor = [], None
        while True:
            page, cursor = service.page(wanted, before=cursor, limit=2)
            result.append([one.id for one in page])
            if cursor is None:
                return result

    for wanted in (
        PredictionFilter(label="rare", model="m"),
        PredictionFilter(text="x", model="m"),
    ):
        assert all(len(page) <= 2 for page in pages(wanted))
    scanned = pages(PredictionFilter(label="rare", model="m"))
    assert len(scanned) == 8
    assert [one for page in scanned for one in page] == [rare[23], rare[13], rare[3]]
    assert pages(PredictionFilter(version=2))[:-1] == [[]] * 7


def test_a_large_request_counts_by_its_cases(anywhere: Factory) -> None:
    """The bound is on the rows that are looked at; one request beyond it is looked at whole."""
    small = record(anywhere, label("rare"), at=NOON)
    large = record(anywhere, *[label("late")] * 50, at=NOON + SECOND)
    service = PredictionService(anywhere.engine, look=4)
    wanted = PredictionFilter(label="rare")
    assert service.page(wanted) == ([], large)
    page, following = service.page(wanted, before=large)
    assert ([one.id for one in page], following) == ([small], None)


NONSENSE: list[dict[str, Any]] = [
    {"cursor": "12"}, {"cursor": "g" * 32}, {"cursor": NOBODY + "0"}, {"limit": 0},
    {"limit": 1001}, {"model": "no name!"}, {"model": "m" * 101}, {"model": "a\0b"},
    {"version": 0}, {"version": 2**31}, {"version": "one"}, {"since": "yesterday"},
    {"since": "2026-03-02T12:00:00"}, {"until": "0001-01-01T00:00:00+14:00"},
    {"until": "9999-12-31T23:59:59-14:00"}, {"kind": "any"}, {"text": ""}, {"text": "x" * 201},
    {"label": "x" * 256}, {"caller": "x" * 101}, {"outcome": "maybe"},
]  # fmt: skip


def test_a_filter_that_means_nothing_is_refused(api: Api) -> None:
    """422, and the problem names the parameter."""
    for params in NONSENSE:
        refused = api.get(PLACE, params=params)
        assert (refused.status_code, refused.headers["content-type"]) == (422, PROBLEM), params
        assert next(iter(params)) in refused.json()["detail"]


def test_the_ends_of_time_are_times(api: Api, anywhere: Factory) -> None:
    """Before the first and after the last year that ids can tell there is nothing, and no fault."""
    made = record(anywhere)
    assert found(api, since="0001-01-01T00:00:00Z", until="9999-12-31T23:59:59Z") == [made]
    assert found(api, until="0001-01-01T00:00:00Z") == []
    assert found(api, label="\0", caller="\0") == []


def test_an_id_of_the_wrong_form_is_refused(api: Api) -> None:
    """422; one that nobody has is 404."""
    for wrong in ("12", "g" * 32, "A" * 32, NOBODY + "0", "%00" * 32):
        assert api.get(f"{PLACE}/{wrong}").status_code == 422, wrong
    unknown = api.get(f"{PLACE}/{NOBODY}")
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, PROBLEM)
    assert NOBODY in unknown.json()["detail"]


def test_who_reads_holds_up_no_writer(factory: Factory) -> None:
    """On SQLite a transaction that only reads takes no lock that a writer waits for."""
    made = record(factory)
    place = factory.engine.url.database
    assert place is not None
    with reading(factory.engine).begin() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM prediction_requests")).scalar() == 1
        with sqlite3.connect(place, timeout=0) as other:
            other.execute("DELETE FROM prediction_cases WHERE request = ?", [made])
        other.close()
