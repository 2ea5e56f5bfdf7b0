"""`/models/{name}/performance`: the figures of scikit-learn, from each database."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator, default_rng
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from typer.testing import CliRunner

from app.cli import cli
from app.clock import utc_now
from app.db import performance as store
from app.factory import Factory
from app.values.outcome import TellOutcomes
from tests import casework
from tests.asgi import Api
from tests.on_record import NOON, label, record

PROBLEM = "application/problem+json"
PLACE = "/models/m/performance"
HIGH, LOW = label("high", high=0.75, low=0.25), label("low", high=0.25, low=0.75)


@pytest.fixture
def api(api: Api, anywhere: Factory, tmp_path: Path) -> Api:
    """Give the application with a model `m` that answers `high` or `low`, and a regressor `r`."""
    casework.register(anywhere, tmp_path)
    casework.register_regressor(anywhere, tmp_path)
    return api


@pytest.fixture
def random() -> Generator:
    """Give numbers that are the same each time."""
    return default_rng(7)


def told(factory: Factory, outputs: list[Any], outcomes: list[Any], **fields: Any) -> str:
    """Put a request on record, and tell the outcomes of its cases."""
    made = record(factory, *outputs, **fields)
    factory.outcomes.tell(made, TellOutcomes(outcomes=tuple(outcomes)), actor="test", now=utc_now())
    return made


def versions(api: Api, path: str = PLACE, **params: Any) -> list[dict[str, Any]]:
    """Return the figures of each version and role."""
    answer = api.get(path, params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["versions"]
    return found


def test_two_classes_have_scikit_learns_figures(
    api: Api, anywhere: Factory, random: Generator
) -> None:
    """Accuracy, confusion, precision, recall, Brier score, and calibration of the last class."""
    chances = random.uniform(0, 1, 500).round(3)
    chances[:4] = 0, 1, 0.1, 0.7
    truth = np.where(random.uniform(0, 1, 500) < chances**1.5, "low", "high")
    labels = np.where(chances > 0.5, "low", "high")
    outputs = [
        label(str(name), high=1 - chance, low=chance)
        for name, chance in zip(labels, chances.tolist(), strict=True)
    ]
    told(anywhere, outputs, truth.tolist())
    [found] = versions(api)
    assert (found["version"], found["kind"], found["outcomes"]) == (1, "live", 500)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(truth, labels))
    score = metrics.brier_score_loss(truth, chances, pos_label="low")
    assert found["brier"] == pytest.approx(score)
    matrix = metrics.confusion_matrix(truth, labels, labels=["high", "low"])
    pairs = {(one["true"], one["predicted"]): one["count"] for one in found["confusion"]}
    assert [[pairs[t, p] for p in ("high", "low")] for t in ("high", "low")] == matrix.tolist()
    precision, recall, _, true = metrics.precision_recall_fscore_support(truth, labels)
    for at, name in enumerate(("high", "low")):
        assert found["classes"][at] == {
            "label": name,
            "predicted": int((labels == name).sum()),
            "true": int(true[at]),
            "precision": pytest.approx(precision[at]),
            "recall": pytest.approx(recall[at]),
        }
    # scikit-learn's bins hold their upper edges, ours the lower ones: none lies on an edge here.
    inner = (chances * 10 % 1 > 1e-9) & (chances * 10 % 1 < 1 - 1e-9)
    shares, means = calibration_curve(truth[inner] == "low", chances[inner], n_bins=10)
    bins = found["calibration"]
    assert [(one["low"], one["high"]) for one in bins] == [
        (n / 10, (n + 1) / 10) for n in range(10)
    ]
    assert sum(one["count"] for one in bins) == 500
    for at, one in enumerate(bins):
        inside = (chances >= one["low"]) & ((chances < one["high"]) | (at == 9))
        assert one["count"] == inside.sum()
        assert one["mean_probability"] == pytest.approx(chances[inside].mean())
        assert one["share_true"] == pytest.approx((truth[inside] == "low").mean())
        if inside.sum() == (inside & inner).sum():
            assert one["share_true"] == pytest.approx(shares[at])
            assert one["mean_probability"] == pytest.approx(means[at])
    assert {found[name] for name in ("mae", "rmse", "bias")} == {None}


def test_several_classes_are_calibrated_by_the_answered_one(
    api: Api, anywhere: Factory, random: Generator, tmp_path: Path
) -> None:
    """The probability of the label beside how often it was right; Brier over all classes."""
    names = np.array(["high", "low", "middle"])
    third = (casework.SAMPLE["size"] // 14).map(dict(enumerate(names)))
    model = casework.fitted(LogisticRegression(), third)
    number = casework.register_fitted(anywhere, tmp_path, model, "m").number
    chances = random.dirichlet([1, 1, 1], 300)
    truth = np.array([random.choice(names, p=row) for row in chances])
    labels = names[chances.argmax(axis=1)]
    outputs = [
        label(str(name), **dict(zip(names.tolist(), row, strict=True)))
        for name, row in zip(labels, chances.tolist(), strict=True)
    ]
    told(anywhere, outputs, truth.tolist(), version=number)
    [found] = versions(api)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(truth, labels))
    score = metrics.brier_score_loss(truth, chances, labels=names.tolist())
    assert found["brier"] == pytest.approx(score)
    top, right = chances.max(axis=1), labels == truth
    for one in found["calibration"]:
        inside = (top >= one["low"]) & (top < one["high"])
        assert one["count"] == inside.sum() > 0
        assert one["share_true"] == pytest.approx(right[inside].mean())


def test_values_have_scikit_learns_figures(api: Api, anywhere: Factory, random: Generator) -> None:
    """MAE, RMSE, and the bias with its sign; nothing of classes."""
    truth = random.normal(100, 20, 200)
    values = truth + random.normal(3, 5, 200)
    told(anywhere, [{"value": one} for one in values.tolist()], truth.tolist(), model="r")
    [found] = versions(api, "/models/r/performance")
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(truth, values))
    assert found["rmse"] == pytest.approx(metrics.root_mean_squared_error(truth, values))
    assert found["bias"] == pytest.approx((values - truth).mean())
    assert found["bias"] > 0
    assert (found["accuracy"], found["brier"]) == (None, None)
    assert (found["classes"], found["confusion"], found["calibration"]) == ([], [], [])


def test_the_greatest_errors_are_summed(api: Api, anywhere: Factory) -> None:
    """The squares of a thousand of them are still numbers on each database."""
    told(anywhere, [{"value": 1.7e308}] * 1000, [-1e150] * 1000, model="r")
    [found] = versions(api, "/models/r/performance")
    assert found["rmse"] == pytest.approx(1e150)


def test_versions_and_their_roles_are_told_apart(
    api: Api, anywhere: Factory, tmp_path: Path
) -> None:
    """Shadows, replays and trials beside live answers; time and version choose; other models do not."""
    casework.register(anywhere, tmp_path, limit=10)
    made = record(anywhere, HIGH, at=NOON)
    record(anywhere, LOW, at=NOON, version=2, shadow_of=made)
    anywhere.outcomes.tell(made, TellOutcomes(outcome="high"), actor="test", now=utc_now())
    later = NOON + timedelta(hours=1)
    told(anywhere, [HIGH, LOW], ["low", "low"], at=later, version=2)
    told(anywhere, [HIGH], ["low"], at=later, replay_of=made)
    told(anywhere, [LOW], ["low"], at=later, trial=True)
    told(anywhere, [{"value": 1.0}], [1.0], at=later, model="r")
    record(anywhere, HIGH, at=later)

    def seen(**params: Any) -> list[tuple[Any, ...]]:
        wanted = ("version", "kind", "outcomes", "accuracy")
        return [tuple(one[name] for name in wanted) for one in versions(api, **params)]

    whole = [
        (1, "live", 1, 1.0),
        (1, "replay", 1, 0.0),
        (1, "trial", 1, 1.0),
        (2, "live", 2, 0.5),
        (2, "shadow", 1, 0.0),
    ]
    assert seen() == whole
    assert seen(version=2) == whole[3:]
    assert seen(since=later.isoformat()) == whole[1:4]
    assert seen(until="2026-03-02T14:00:00+01:00") == [whole[0], whole[4]]
    assert seen(since="9999-01-01T00:00:00Z") == []
    assert seen(version=7) == []
    [shadow] = versions(api, version=2)[1:]
    rates = {one["label"]: (one["precision"], one["recall"]) for one in shadow["classes"]}
    assert rates == {"high": (None, 0.0), "low": (0.0, None)}


def test_an_outcome_that_is_taken_back_counts_no_more(api: Api, anywhere: Factory) -> None:
    """And one that is replaced counts as it is now."""
    made = told(anywhere, [HIGH, LOW], ["low", "low"])
    assert versions(api)[0]["accuracy"] == 0.5
    anywhere.outcomes.tell(made, TellOutcomes(case=0, outcome="high"), actor="t", now=utc_now())
    assert versions(api)[0]["accuracy"] == 1
    forget = TellOutcomes(outcomes=(None, None))
    anywhere.outcomes.tell(made, forget, actor="t", now=utc_now())
    assert versions(api) == []


def test_too_many_pairs_of_classes_are_not_told(
    api: Api, anywhere: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left out is null, not empty; the other figures stay."""
    told(anywhere, [HIGH, LOW, LOW], ["high", "high", "low"])
    monkeypatch.setattr(store, "MOST_PAIRS", 2)
    [found] = versions(api)
    assert (found["confusion"], found["classes"]) == (None, None)
    assert found["accuracy"] == pytest.approx(2 / 3)
    monkeypatch.setattr(store, "MOST_PAIRS", 3)
    assert len(versions(api)[0]["confusion"]) == 3


def test_what_means_nothing_is_refused(api: Api) -> None:
    """404 for a model that is not there, 422 for a filter that is none; a new model has nothing."""
    assert api.get("/models/none/performance").status_code == 404
    answer = api.get(PLACE).json()
    assert answer == {"model": "m", "since": None, "until": None, "versions": []}
    for params in (
        {"version": 0}, {"version": 2**31}, {"version": "x"}, {"since": "yesterday"},
        {"until": "2026-03-02T12:00:00"}, {"since": "0001-01-01T00:00:00+14:00"},
    ):  # fmt: skip
        refused = api.get(PLACE, params=params)
        assert (refused.status_code, refused.headers["content-type"]) == (422, PROBLEM), params
        assert next(iter(params)) in refused.json()["detail"]


def test_the_command_shows_a_table_and_json(factory: Factory, tmp_path: Path) -> None:
    """The table has a line for each version, and one for each of its classes."""
    casework.register(factory, tmp_path)
    told(factory, [HIGH, LOW, LOW], ["high", "high", "low"])

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(
            cli, ["models", "performance", *arguments], catch_exceptions=False
        )
        assert done.exit_code == 0, done.output
        return done.stdout

    lines = [line.split() for line in run("m").splitlines()]
    assert lines[:2] == [
        ["VERSION", "KIND", "OUTCOMES", "ACCURACY", "BRIER", "MAE", "RMSE", "BIAS"],
        ["1", "live", "3", "0.6667", "0.2292", "-", "-", "-"],
    ]
    assert lines[-1] == ["1", "live", "low", "2", "1", "0.5", "1"]
    assert json.loads(run("m", "--json"))["versions"][0]["outcomes"] == 3
    assert json.loads(run("m", "--json", "--until", "2026-03-02T12:00"))["versions"] == []


def test_figures_are_told_span_by_span(api: Api, anywhere: Factory) -> None:
    """Each outcome in the span in which its request was received, ends belonging to what follows."""
    told(anywhere, [HIGH], ["high"], at=NOON)
    told(anywhere, [HIGH, HIGH], ["high", "low"], at=NOON + timedelta(hours=2))
    wanted = {
        "since": NOON.isoformat(),
        "until": (NOON + timedelta(hours=3)).isoformat(),
        "parts": 3,
    }
    spans = api.get(f"{PLACE}/series", params=wanted).json()["spans"]
    found = [[(one["outcomes"], one["accuracy"]) for one in span["versions"]] for span in spans]
    assert found == [[(1, 1.0)], [], [(2, 0.5)]]
    assert [span["since"] for span in spans[1:]] == [span["until"] for span in spans[:2]]
    assert "confusion" not in spans[0]["versions"][0]
    assert len(api.get(f"{PLACE}/series").json()["spans"]) == 30


def test_a_time_that_ends_before_it_begins_is_refused(api: Api) -> None:
    """As are a model that is not there and more spans than are told."""
    wanted = {"since": NOON.isoformat(), "until": NOON.isoformat()}
    assert api.get(f"{PLACE}/series", params=wanted).status_code == 422
    assert api.get(f"{PLACE}/series", params={"parts": 101}).status_code == 422
    assert api.get("/models/none/performance/series").status_code == 404
