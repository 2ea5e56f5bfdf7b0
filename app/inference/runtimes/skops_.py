"""scikit-learn estimators from skops files, whose loading runs no code that was not allowed."""

from pathlib import Path
from zipfile import ZipFile

import skops.io

from app.errors import ModelError
from app.inference.runtimes.base import model_errors
from app.inference.runtimes.sklearn_ import SklearnModel, noted_releases
from app.values.model import Estimator

_MOST_TIMES = 100
"""How much larger an archive's parts may be than the archive; skops itself packs nothing."""
_SMALL = 64 * 2**20
_MOST_PARTS = 100_000


def load_skops(estimator: Estimator, path: Path) -> SklearnModel:
    """Load a skops file.

    Types that neither skops nor `estimator.trusted` knows are refused with a ModelError that names
    them. To trust a type is to let the file call it: do that for your own types only.
    """
    with noted_releases() as releases, model_errors("the file does not load with skops"):
        _require_bounded(path)
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


def _require_bounded(path: Path) -> None:
    """Raise ModelError for an archive that is small, and huge once it is unpacked.

    What a part says of its size holds: zipfile unpacks no more of it.
    """
    with ZipFile(path) as archive:
        parts = archive.infolist()
    most = _MOST_TIMES * path.stat().st_size + _SMALL
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > most:
        raise ModelError(
            f"the file's {len(parts)} parts are more than {_MOST_PARTS}, or more than "
            f"{_MOST_TIMES} times as large once they are unpacked; save it anew with skops.io.dump"
        )
