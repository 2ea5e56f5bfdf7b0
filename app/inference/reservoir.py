"""A uniform sample of rows that pass by, of a bounded size, however many they are."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa


class Reservoir:
    """Keeps the `most` rows with the smallest of keys drawn by chance, one for each row.

    Bottom-k sampling: each subset of that size is as probable as any other, and the order of the
    rows does not matter. The same seed and rows give the same sample.
    """

    def __init__(self, most: int, *, seed: int) -> None:
        self._most = most
        self._chance = np.random.default_rng(seed)
        self._keys: npt.NDArray[np.float64] = np.empty(0)
        self._tables: list[pa.Table] = []
        self._below = np.inf
        self.seen = 0

    def add(self, rows: pa.Table) -> None:
        """Let rows pass by; all have the same columns."""
        self.seen += rows.num_rows
        keys = self._chance.random(rows.num_rows)
        kept = np.flatnonzero(keys < self._below)
        if not len(kept):
            return
        self._keys = np.concatenate([self._keys, keys[kept]])
        self._tables.append(rows.take(kept))
        if len(self._keys) >= self._most + self._most // 8:
            self._cut()

    def rows(self) -> pa.Table | None:
        """Return the sample; None if nothing passed by."""
        if len(self._keys) > self._most:
            self._cut()
        return pa.concat_tables(self._tables) if self._tables else None

    def _cut(self) -> None:
        kept = np.argpartition(self._keys, self._most - 1)[: self._most]
        self._tables = [pa.concat_tables(self._tables).take(np.sort(kept))]
        self._keys = self._keys[np.sort(kept)]
        self._below = self._keys.max()
