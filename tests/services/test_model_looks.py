"""Looks at how far a model has drifted: what is compared, judged, told, shown and let go."""

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from scipy import stats
from typer.testing import CliRunner

from app.cli import cli
from app.clock import utc_now
from app.db.model_health_tables import model_health
from app.errors import ConfigurationError, NotFoundError
from app.factory import Factory
from app.inference.comparing import Comparison
from app.services.health_records import HealthRecords
from app.services.model_looks import ModelLookService
from app.settings_sections import Health
from app.values.model_health import (
    DriftMethod,
    HealthFilter,
    HealthState,
    InputHealth,
    ModelHealth,
    Sign,
    signs,
)
from app.values.prediction import Sample
from app.values.signature import FieldType, InputField, Outputs, Signature, Task
from app.watch.round_program import make_round
from tests import casework
from tests.alerts import telling
from tests.asgi import Api
from tests.on_record import NOON, label, record

LIKE_SAMPLE: list[dict[str, Any]] = [
    {"size": n, "kind": "ab"[n % 2], "weight": [0.5, None, 1.5, 2.0][n % 4]} for n in range(40)
] * 6
OTHERS: list[dict[str, Any]] = [{"size": 100, "kind": "z", "weight": None}] * 240
LOW = {str(size) for size in range(20)}
SOON = NOON + timedelta(minutes=1)


def asked(factory: Factory, inputs: Sequence[dict[str, Any]], **fields: Any) -> None:
    """Put a request with these cases on record, answered by the size as the model does."""
    outputs = [label("low" if str(one.get("size")) in LOW else "high") for one in inputs]
    record(factory, *outputs, inputs=inputs, **fields)


def looked(factory: Factory, **bounds: Any) -> list[ModelHealth]:
    """Look at the model a minute after noon."""
    records = HealthRecords(factory.engine, factory.alerts, Health(**bounds))
    service = ModelLookService(factory.engine, records)
    return service.look("m", now=SOON)


def inputs(found: ModelHealth) -> dict[str, InputHealth]:
    """Return inputs by name."""
    return {one.name: one for one in found.inputs}


def notices(factory: Factory) -> list[tuple[str, str, bool]]:
    """Return what alerts are about, the oldest first."""
    found = telling.alerts(factory)
    return [(one.notice.before, one.notice.after, one.notice.is_recovery) for one in found]


def test_cases_like_the_sample_are_well(anywhere: Factory, tmp_path: Path) -> None:
    """Each input is compared by what fits it; the labels have their rates."""
    casework.register(anywhere, tmp_path)
    asked(anywhere, LIKE_SAMPLE)
    [found] = looked(anywhere)
    assert (found.state, found.cases, found.sample_cases) == (HealthState.WELL, 240, 40)
    by_name = inputs(found)
    assert {name: one.psi for name, one in by_name.items()} == pytest.approx(
        dict.fromkeys(by_name, 0.0), abs=0.01
    )
    methods = {name: one.test and one.test.method for name, one in by_name.items()}
    assert methods["size"] is DriftMethod.KOLMOGOROV_SMIRNOV
    assert methods["kind"] is DriftMethod.CHI_SQUARED
    assert [(one.label, one.cases) for one in found.labels] == [("low", 120), ("high", 120)]
    assert found.answers is not None
    assert found.answers.name == "label"
    assert found.answers.psi == pytest.approx(0, abs=0.01)


def test_answers_unlike_those_to_the_sample_are_told(anywhere: Factory, tmp_path: Path) -> None:
    """Though each input is as it was: what the model makes of them together is not."""
    casework.register(anywhere, tmp_path)
    telling.declared(anywhere, telling.channel(), telling.rule(models=["*"]))
    record(anywhere, *[label("low")] * 200, *[label("high")] * 40, inputs=LIKE_SAMPLE)
    [found] = looked(anywhere)
    assert found.state is HealthState.DRIFTED
    assert not any(one.signs for one in found.inputs)
    answers = found.answers
    assert answers is not None
    assert answers.signs == (Sign.DISTRIBUTION,)
    assert {one.name: one.recent for one in answers.bins}["low"] == pytest.approx(200 / 240)
    assert answers.test is not None
    expected = stats.chi2_contingency([[20, 20], [200, 40]], correction=False)
    assert answers.test.p_value == pytest.approx(expected.pvalue)
    [alert] = telling.alerts(anywhere)
    assert "label: its distribution has moved" in alert.notice.detail


def test_what_may_move_is_no_sign(anywhere: Factory, tmp_path: Path) -> None:
    """It is computed and shown; what is missing or unseen is told all the same."""
    casework.register(anywhere, tmp_path)
    asked(anywhere, OTHERS)
    anywhere.models.serve("m", {"drift_ignores": ["size", "kind", "label"]}, actor="test", now=NOON)
    [found] = looked(anywhere)
    by_name = inputs(found)
    assert (by_name["size"].psi or 0) > 1
    assert by_name["size"].signs == ()
    assert by_name["kind"].signs == (Sign.UNSEEN,)
    assert found.answers is not None
    assert found.answers.signs == ()
    with pytest.raises(ConfigurationError, match="has an input 'sise'; did you mean 'size'"):
        anywhere.models.serve("m", {"drift_ignores": ["sise"]}, actor="test", now=NOON)


def test_values_are_compared_as_labels_are(anywhere: Factory, tmp_path: Path) -> None:
    """By Kolmogorov and Smirnov, beside what the model answers to its sample."""
    casework.register_regressor(anywhere, tmp_path, name="m")
    outputs = [{"value": 1000.0 + n} for n in range(len(LIKE_SAMPLE))]
    record(anywhere, *outputs, inputs=LIKE_SAMPLE)
    [found] = looked(anywhere)
    assert (found.state, found.labels) == (HealthState.DRIFTED, ())
    assert found.answers is not None
    assert (found.answers.name, found.answers.signs) == ("value", (Sign.DISTRIBUTION,))
    assert found.answers.test is not None
    assert found.answers.test.statistic == 1


def test_a_version_of_before_answers_were_kept_has_none_to_compare(
    factory: Factory, tmp_path: Path
) -> None:
    """Its inputs are compared still."""
    casework.register(factory, tmp_path)
    with factory.engine.begin() as connection:
        connection.execute(sa.text("UPDATE model_versions SET sample_answers = NULL"))
    asked(factory, LIKE_SAMPLE)
    [found] = looked(factory)
    assert (found.state, found.answers) == (HealthState.WELL, None)


def test_what_drifts_is_named(anywhere: Factory, tmp_path: Path) -> None:
    """A number that moved, a category that the signature does not know, values that are missing."""
    casework.register(anywhere, tmp_path)
    asked(anywhere, OTHERS)
    [found] = looked(anywhere)
    assert found.state is HealthState.DRIFTED
    by_name = inputs(found)
    assert [one.name for one in by_name["size"].bins][-3:] == ["to 35.1", "over 35.1", "missing"]
    assert by_name["weight"].bins[0].name == "under 0.5"
    assert by_name["size"].signs == (Sign.DISTRIBUTION,)
    assert by_name["kind"].signs == (Sign.DISTRIBUTION, Sign.UNSEEN)
    assert by_name["kind"].unseen == 1
    assert [(one.name, one.recent) for one in by_name["kind"].bins][2:] == [
        ("others", 1.0),
        ("missing", 0.0),
    ]


def test_shadows_replays_trials_other_models_and_what_is_old_do_not_count(
    anywhere: Factory, tmp_path: Path
) -> None:
    """Only what somebody asked this model within the window."""
    casework.register(anywhere, tmp_path)
    asked(anywhere, LIKE_SAMPLE)
    some = "0" * 32
    asked(anywhere, OTHERS, shadow_of=some)
    asked(anywhere, OTHERS, replay_of=some)
    asked(anywhere, OTHERS, trial=True)
    asked(anywhere, OTHERS, model="other")
    asked(anywhere, OTHERS, at=NOON - timedelta(days=1))
    asked(anywhere, OTHERS, at=SOON + timedelta(seconds=30))
    [found] = looked(anywhere)
    assert (found.state, found.cases) == (HealthState.WELL, 240)


def test_what_is_looked_at_is_bounded(anywhere: Factory, tmp_path: Path) -> None:
    """The newest cases of each version, and nothing is said of too few."""
    casework.register(anywhere, tmp_path)
    asked(anywhere, LIKE_SAMPLE)
    asked(anywhere, OTHERS, at=NOON + timedelta(seconds=1))
    [found] = looked(anywhere, cases=100, least_cases=101)
    assert (found.state, found.cases) == (HealthState.UNKNOWN, 100)
    assert inputs(found)["size"].signs == (Sign.DISTRIBUTION,)


def test_each_version_is_looked_at_and_the_live_one_is_told_of(
    anywhere: Factory, tmp_path: Path
) -> None:
    """A version that is not live may drift in silence."""
    casework.register(anywhere, tmp_path)
    casework.register(anywhere, tmp_path, limit=10)
    telling.declared(anywhere, telling.channel(), telling.rule(models=["*"]))
    asked(anywhere, LIKE_SAMPLE)
    asked(anywhere, OTHERS, version=2)
    found = looked(anywhere)
    states = [(one.version, one.is_live, one.state) for one in found]
    assert states == [(1, True, HealthState.WELL), (2, False, HealthState.DRIFTED)]
    assert notices(anywhere) == []


def test_a_drift_and_its_end_are_told_once(anywhere: Factory, tmp_path: Path) -> None:
    """Too few cases in between end nothing; the alert says which input moved how."""
    casework.register(anywhere, tmp_path)
    telling.declared(anywhere, telling.channel(), telling.rule(models=["*"]))
    asked(anywhere, OTHERS)
    looked(anywhere)
    looked(anywhere)
    looked(anywhere, cases=10)
    looked(anywhere)
    assert notices(anywhere) == [("well", "drifted", False)]
    asked(anywhere, LIKE_SAMPLE, at=NOON + timedelta(seconds=1))
    looked(anywhere, cases=240)
    looked(anywhere, cases=240)
    assert notices(anywhere)[1:] == [("drifted", "well", True)]
    detail = telling.alerts(anywhere)[0].notice.detail
    assert "version 1, 240 cases" in detail
    assert "kind: its distribution has moved (PSI " in detail
    assert "100.0% with a category that the signature does not know" in detail


def test_a_model_without_a_sample_is_unknown(factory: Factory, tmp_path: Path) -> None:
    """Its rates are told, and nothing is compared."""
    casework.register(factory, tmp_path)
    with factory.engine.begin() as connection:
        connection.execute(sa.text("UPDATE model_versions SET sample = NULL"))
    asked(factory, OTHERS)
    [found] = looked(factory)
    assert (found.state, found.sample_cases) == (HealthState.UNKNOWN, 0)
    assert {one.psi for one in found.inputs} == {None}
    assert inputs(found)["weight"].missing == 1


def test_damaged_inputs_are_missing_ones(factory: Factory, tmp_path: Path) -> None:
    """A number that is none and one beyond all bounds stop no look."""
    casework.register(factory, tmp_path)
    asked(factory, [{"size": "many", "kind": 3}, {"size": 10**400, "kind": ["a"]}, {}] * 80)
    [found] = looked(factory)
    assert inputs(found)["size"].missing == 1
    assert inputs(found)["kind"].missing == pytest.approx(1 / 3)


def test_health_is_read_over_http(api: Api, anywhere: Factory, tmp_path: Path) -> None:
    """The newest first, by pages, of one version or all; an unknown model is a problem."""
    casework.register(anywhere, tmp_path)
    assert api.get("/models/m/health").json() == {"items": [], "next": None}
    asked(anywhere, LIKE_SAMPLE)
    found = [looked(anywhere)[0] for _ in range(3)]
    page = api.get("/models/m/health", params={"limit": 2}).json()
    assert [one["id"] for one in page["items"]] == [found[2].id, found[1].id]
    assert page["items"][0] == found[2].model_dump(mode="json")
    rest = api.get("/models/m/health", params={"cursor": page["next"], "version": 1}).json()
    assert [one["id"] for one in rest["items"]] == [found[0].id]
    assert api.get("/models/m/health", params={"version": 2}).json()["items"] == []
    assert api.get("/models/no/health").status_code == 404
    assert api.get("/models/m/health", params={"version": 0}).status_code == 422


def test_the_command_looks_and_shows(
    factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table for people, JSON for programs; before the first look it says what to do."""
    monkeypatch.setenv("DISPARO_DISPATCH__NICE", "0")
    casework.register(factory, tmp_path)
    run = CliRunner().invoke
    nothing = run(cli, ["models", "health", "m"])
    assert nothing.exit_code
    assert isinstance(nothing.exception, NotFoundError)
    assert "disparo models health m --compute" in nothing.exception.detail
    asked(factory, LIKE_SAMPLE, at=utc_now() - timedelta(minutes=1))
    shown = run(cli, ["models", "health", "m", "--compute"])
    assert shown.exit_code == 0, shown.output
    assert "m version 1, live: well; 240 cases of requests beside 40" in shown.output
    assert "kolmogorov_smirnov" in shown.output
    told = json.loads(run(cli, ["models", "health", "m", "--version", "1", "--json"]).output)
    assert (told["state"], told["cases"]) == ("well", 240)


@pytest.mark.parametrize(
    ("unknown", "words"),
    [
        ({"version": 9}, "model 'm' has no version 9; `disparo models show m` lists them"),
        ({"schedule": "nope"}, "there is no schedule 'nope'; `disparo schedules list` shows them"),
        ({"version": 1}, "health of version 1 of 'm': it was asked nothing within"),
    ],
)
def test_what_is_not_there_is_told_apart_from_what_is_not_known_yet(
    factory: Factory, tmp_path: Path, unknown: dict[str, Any], words: str
) -> None:
    """A misspelt version or schedule has no health that could come."""
    casework.register(factory, tmp_path)
    with pytest.raises(NotFoundError, match=re.escape(words)):
        factory.model_health.newest(HealthFilter(model="m", **unknown))


def test_a_round_looks_at_all_models_and_lets_go_what_is_old(
    anywhere: Factory, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A model that cannot be looked at stops no other."""
    casework.register(anywhere, tmp_path, name="a")
    casework.register(anywhere, tmp_path)
    recent = utc_now() - timedelta(minutes=1)
    asked(anywhere, LIKE_SAMPLE, at=recent, model="a")
    asked(anywhere, LIKE_SAMPLE, at=recent)
    looked(anywhere, window_hours=24 * 366)
    with anywhere.engine.begin() as connection:
        old = utc_now() - timedelta(days=366)
        connection.execute(model_health.update().values(computed_at=old))
        broken = "UPDATE model_versions SET sample = '{' WHERE id = 1"
        connection.execute(sa.text(broken))
    make_round(anywhere)
    assert "the health of model a could not be looked at" in caplog.text
    assert anywhere.model_health.page(HealthFilter(model="a")) == []
    [kept] = anywhere.model_health.page(HealthFilter(model="m"))
    assert kept.computed_at > recent


def test_times_are_compared_and_never_drift() -> None:
    """Time goes on by itself: the index is told, and is no sign. Free text is not compared."""
    signature = Signature(
        inputs=(
            InputField(name="at", type=FieldType.TIMESTAMP),
            InputField(name="words", type=FieldType.TEXT),
            InputField(name="flag", type=FieldType.BOOLEAN),
        ),
        outputs=Outputs(task=Task.REGRESSION),
    )
    sample = [
        {"at": f"2026-01-{day:02}T10:00:00", "words": f"w{day}", "flag": day % 2 == 0}
        for day in range(1, 29)
    ]
    comparison = Comparison(signature, Sample(cases=sample, answers=[]), bins=10)
    for hour in range(100):
        moment = f"2026-03-01T{hour % 24:02}:00:00+01:00"
        comparison.add({"at": moment, "words": f"v{hour}", "flag": True}, None)
    at, words, flag = comparison.inputs()
    assert at.psi is not None
    assert at.psi > 1
    assert at.bins[-2].name == "over 2026-01-25T17:12:00"
    assert [*signs(at, Health())] == []
    assert (words.psi, words.bins, words.sample_missing) == (None, (), 0)
    assert [(one.name, one.sample, one.recent) for one in flag.bins] == [
        ("false", 0.5, 0.0),
        ("true", 0.5, 1.0),
        ("others", 0.0, 0.0),
        ("missing", 0.0, 0.0),
    ]
    assert [*signs(flag, Health())] == [Sign.DISTRIBUTION]
    assert comparison.labels() == ()
