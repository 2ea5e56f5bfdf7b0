"""The model store: immutable files by their digest, and everything that can happen to them."""

import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.errors import ModelError, TooLargeError
from app.inference.store import ModelStore
from app.values.model import Artifact

CONTENT = b"a model" * 1000


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return where the store lies; it makes the directory itself."""
    return tmp_path / "state" / "models"


@pytest.fixture
def store(directory: Path) -> ModelStore:
    """Return a store for small files."""
    return ModelStore(directory, max_size=10_000)


@pytest.fixture
def kept(store: ModelStore) -> Artifact:
    """Add a file."""
    return store.add(io.BytesIO(CONTENT), "model.joblib")


def test_a_file_is_kept_under_its_digest(store: ModelStore, directory: Path) -> None:
    """Digest and size are those of the content, the file is read-only, nothing else is left."""
    artifact = store.add(io.BytesIO(CONTENT), "/home/ana/model.joblib")
    path = store.verified_path(artifact)
    assert artifact == Artifact(
        digest=hashlib.sha256(CONTENT).hexdigest(), filename="model.joblib", size=len(CONTENT)
    )
    assert path.read_bytes() == CONTENT
    assert path.stat().st_mode & 0o777 == 0o444
    assert list(directory.iterdir()) == [path]


def test_the_same_content_twice_is_one_file(
    store: ModelStore, kept: Artifact, directory: Path
) -> None:
    """Under another name it is the same artifact's content."""
    again = store.add(io.BytesIO(CONTENT), "other.pkl")
    assert again.digest == kept.digest
    assert len(list(directory.iterdir())) == 1


def test_the_same_content_at_once_is_one_file(store: ModelStore, directory: Path) -> None:
    """Eight who add at the same time all succeed."""
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: store.add(io.BytesIO(CONTENT), "m").digest, range(8)))
    assert [path.name for path in directory.iterdir()] == list(found)


def test_a_file_over_the_limit_leaves_nothing(store: ModelStore, directory: Path) -> None:
    """The copy stops at the limit, and what was copied goes."""
    with pytest.raises(TooLargeError, match="max_size"):
        store.add(io.BytesIO(b"x" * 10_001), "model.joblib")
    assert list(directory.iterdir()) == []


def test_a_copy_that_breaks_off_leaves_nothing(store: ModelStore, directory: Path) -> None:
    """An upload that ends in the middle is no file of the store."""

    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            raise ConnectionResetError(104, "Connection reset by peer")

    with pytest.raises(ModelError, match="Connection reset"):
        store.add(Broken(), "model.joblib")
    assert list(directory.iterdir()) == []


def test_what_a_killed_process_left_is_swept_and_no_other_copy(
    store: ModelStore, directory: Path
) -> None:
    """A copy that nothing wrote to for a day goes with the next file; one of now stays."""
    directory.mkdir(parents=True)
    left, fresh = directory / ".new-left", directory / ".new-fresh"
    for copy in (left, fresh):
        copy.write_bytes(b"half a mod")
    written = fresh.stat().st_mtime
    os.utime(left, (written, written - 2 * 86_400))
    artifact = store.add(io.BytesIO(CONTENT), "model.joblib")
    assert {path.name for path in directory.iterdir()} == {artifact.digest, fresh.name}


def test_what_is_looked_at_and_not_kept_goes(store: ModelStore, directory: Path) -> None:
    """A file that turns out to be no model takes no room in the store."""
    with store.incoming(io.BytesIO(b"x"), "model.joblib") as new:
        assert new.path.read_bytes() == b"x"
    assert list(directory.iterdir()) == []


def test_a_file_that_was_tampered_with_is_refused_until_added_again(
    store: ModelStore, kept: Artifact
) -> None:
    """The error says what to do, and doing it helps."""
    path = store.verified_path(kept)
    path.chmod(0o644)
    path.write_bytes(b"b" + CONTENT[1:])
    with pytest.raises(ModelError, match=r"was changed since.*register the model again"):
        store.verified_path(kept)
    store.add(io.BytesIO(CONTENT), "model.joblib")
    assert store.verified_path(kept).read_bytes() == CONTENT


def test_a_missing_file_is_told(store: ModelStore, kept: Artifact) -> None:
    """The error names the file and says what to do."""
    store.verified_path(kept).unlink()
    with pytest.raises(ModelError, match=r"lacks model\.joblib.*restore it from a backup"):
        store.verified_path(kept)


@pytest.mark.parametrize("digest", ["", "../secret.key", "/etc/passwd", "0" * 63, "A" * 64])
def test_a_wrong_digest_leads_nowhere(store: ModelStore, kept: Artifact, digest: str) -> None:
    """What is no SHA-256 is refused before any file is looked at."""
    with pytest.raises(ModelError, match="is not a SHA-256"):
        store.verified_path(kept.model_copy(update={"digest": digest}))


def test_what_is_no_plain_file_is_refused(
    store: ModelStore, kept: Artifact, directory: Path
) -> None:
    """A link, a directory and a pipe under a digest's name are not followed or opened."""
    moved = store.verified_path(kept).rename(directory.parent / "outside")
    path = directory / kept.digest
    for make in (lambda: path.symlink_to(moved), path.mkdir, lambda: os.mkfifo(path)):
        make()  # type: ignore[no-untyped-call]
        with pytest.raises(ModelError, match="the model store lacks"):
            store.verified_path(kept)
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def test_a_usable_store_is_ready(store: ModelStore, directory: Path) -> None:
    """The check makes the directory and leaves nothing in it."""
    store.check()
    assert list(directory.iterdir()) == []


def test_a_full_disk_is_not_ready(directory: Path) -> None:
    """Less free than asked for is told in bytes."""
    with pytest.raises(ModelError, match="bytes left"):
        ModelStore(directory, max_size=1, least_free=2**70).check()


def test_a_store_that_cannot_be_is_not_ready(tmp_path: Path) -> None:
    """Where a file has the directory's name, neither the check nor adding works."""
    (tmp_path / "models").write_text("no directory")
    store = ModelStore(tmp_path / "models", max_size=10)
    with pytest.raises(ModelError, match="cannot be written to"):
        store.check()
    with pytest.raises(ModelError, match="took no file"):
        store.add(io.BytesIO(b"x"), "m")
