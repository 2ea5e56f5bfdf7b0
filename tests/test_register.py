"""Registering a model: what is trusted, by whom, and when a file is a new version."""

import io
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import skops.io
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

from app.clock import utc_now
from app.errors import ConfigurationError, ExitCode, ModelError
from app.factory import Factory
from app.inference.sample import read_sample
from app.values.model import Registration, RuntimeName, Version
from tests import warm

TREE = "sklearn.tree._tree.Tree"


@pytest.fixture
def forest(tmp_path: Path) -> Path:
    """Write a forest as a skops file, whose trees are of a type that skops does not trust."""
    rows, label = load_iris(return_X_y=True, as_frame=True)
    model = RandomForestClassifier(n_estimators=3, random_state=1).fit(rows, label)
    skops.io.dump(model, tmp_path / "forest.skops")
    rows.to_csv(tmp_path / "iris.csv", index=False)
    return tmp_path / "forest.skops"


def disparo(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command line."""
    return warm.run(*arguments, timeout=60)


def test_a_forest_is_registered_once_its_types_are_trusted(factory: Factory, forest: Path) -> None:
    """The refusal names the types with the very options that trust them."""
    options = (
        "models",
        "register",
        "iris",
        str(forest),
        "--sample",
        str(forest.parent / "iris.csv"),
    )
    refused = disparo(*options)
    assert refused.returncode == ExitCode.MODEL_FAILED
    assert f"--trust {TREE}" in refused.stderr
    trusting = refused.stderr.split("with ")[-1].split()
    done = disparo(*options, *trusting)
    assert done.returncode == ExitCode.SUCCESS, done.stderr
    version = factory.models.version("iris", None)
    assert TREE in version.estimator.trusted
    assert factory.models.load(version)


def test_types_are_trusted_for_skops_files_alone(factory: Factory, forest: Path) -> None:
    """A joblib file is trusted whole or not at all, so --trust with it is a mistake."""
    asked = Registration(
        name="m", filename="m.joblib", runtime=RuntimeName.SKLEARN, trusted=(TREE,)
    )
    with pytest.raises(ConfigurationError, match="only skops files take --trust"):
        factory.models.register(forest, asked, actor="test", now=utc_now())


@pytest.mark.parametrize(("trusted", "error"), [((), ModelError), ((TREE,), ConfigurationError)])
def test_nothing_is_trusted_over_http(
    factory: Factory,
    forest: Path,
    state: Path,
    trusted: tuple[str, ...],
    error: type[Exception],
) -> None:
    """Who uploads a file cannot have its types trusted, and what is refused fills no disk."""
    asked = Registration(name="m", filename="m.skops", trusted=trusted)
    with pytest.raises(error, match="on the server"):
        factory.models.upload(io.BytesIO(forest.read_bytes()), asked, actor="t", now=utc_now())
    assert factory.models.all() == []
    assert not list((state / "models").glob("*"))
    assert not list((state / "models").glob(".*"))


class Once:
    """A model of one's own that answers with the first column."""

    times = 1

    def load(self, path: Path) -> None:
        """Nothing is in the file."""

    def predict(self, frame: pd.DataFrame) -> Any:
        """Return shape (n,)."""
        return frame.iloc[:, 0].to_numpy(dtype=float) * self.times


class Twice(Once):
    """The same, doubled."""

    times = 2


def _register(factory: Factory, directory: Path, entry_point: str) -> Version:
    (directory / "model.txt").write_text("nothing")
    sample = directory / "sample.csv"
    pd.DataFrame({"a": [1.0, 2.0]}).to_csv(sample, index=False)
    asked = Registration(
        name="own",
        filename="model.txt",  # whose suffix tells nothing, but the entry point does
        sample=sample,
        entry_point=f"tests.test_register:{entry_point}",
    )
    return factory.models.register(directory / "model.txt", asked, actor="t", now=utc_now())


def test_the_same_file_with_another_class_is_another_version(
    factory: Factory, tmp_path: Path
) -> None:
    """What a class makes of a file is part of the version, so another class is a new one."""
    assert _register(factory, tmp_path, "Once").number == 1
    assert _register(factory, tmp_path, "Twice").number == 2
    assert _register(factory, tmp_path, "Once").number == 1


def test_a_retired_version_is_registered_anew(factory: Factory, tmp_path: Path) -> None:
    """The same file becomes a version that can be promoted, as the refusal to promote advises."""
    _register(factory, tmp_path, "Once")
    _register(factory, tmp_path, "Twice")
    factory.models.promote("own", 2, actor="t", now=utc_now())
    factory.models.retire("own", 1, actor="t", now=utc_now())
    again = _register(factory, tmp_path, "Once")
    assert again.number == 3
    assert factory.models.promote("own", 3, actor="t", now=utc_now()).live


@pytest.mark.parametrize("suffix", [".csv.gz", ".csv.bz2", ".csv.xz", ".csv.zip", ".parquet"])
def test_a_damaged_sample_is_refused_in_words(tmp_path: Path, suffix: str) -> None:
    """Whatever a library thinks of a file that is cut off, it is a sample that cannot be read."""
    whole = tmp_path / f"whole{suffix}"
    rows = pd.DataFrame({"a": range(10_000)})
    rows.to_parquet(whole) if suffix == ".parquet" else rows.to_csv(whole)
    for name, content in (("cut", whole.read_bytes()[:-20]), ("noise", b"noise")):
        damaged = tmp_path / f"{name}{suffix}"
        damaged.write_bytes(content)
        with pytest.raises(ModelError, match="cannot be read"):
            read_sample(damaged)
