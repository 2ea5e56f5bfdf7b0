"""scikit-learn estimators from skops files, whose loading runs no code that was not allowed."""

from pathlib import Path

import skops.io

from app.errors import ModelError
from app.inference.runtimes.base import model_errors
from app.inference.runtimes.sklearn_ import SklearnModel, noted_releases
from app.values.model import Estimator


def load_skops(estimator: Estimator, path: Path) -> SklearnModel:
    """Load a skops file.

    Types that neither skops nor `estimator.trusted` knows are refused with a ModelError that names
    them. To trust a type is to let the file call it: do that for your own types only.
    """
    with noted_releases() as releases, model_errors("the file does not load with skops"):
        found = skops.io.get_untrusted_types(file=path)
        if unknown := sorted(set(found) - set(estimator.trusted)):
            raise ModelError(
                f"the file holds types that skops does not trust: {', '.join(unknown)}; if you "
                "know them all, register it on the server with "
                f"{' '.join(f'--trust {name}' for name in unknown)}",
                types=unknown,
            )
        loaded = skops.io.load(path, trusted=found)
    return SklearnModel(loaded, releases)
