"""The spool: what is answered while the database is away is in it afterwards, exactly once."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.db.replay import Replay
from app.db.spool import Spool, encoded
from app.factory import Factory
from tests.patience import await_that
from tests.showroom.entries import Told, entry, ids, writing

DYING = """
import os, sys, pathlib
from app.db.spool import Spool
from tests.showroom.entries import entry
spool = Spool(pathlib.Path(sys.argv[1]), 2**20)
entries = [entry(str(number)) for number in range(5)]
assert spool.append(entries)
print(*(one.id for one in entries), flush=True)
os.kill(os.getpid(), 9)
"""


def replayed(factory: Factory, directory: Path) -> None:
    """Take over all files of processes that are no more."""
    spool = Spool(directory, 2**20)
    replay = Replay(spool, factory.log_engine)
    for file in spool.orphans():
        assert replay.replay(file)
    replay._writer.let_go()


def test_what_a_killed_process_spooled_is_taken_over_once(
    anywhere: Factory, tmp_path: Path
) -> None:
    """Its torn last line is passed over, its file is gone, and a second time changes nothing."""
    command = [sys.executable, "-c", DYING, str(tmp_path / "spool")]
    died = subprocess.run(command, capture_output=True, text=True, check=False)
    assert died.returncode == -9, died.stderr
    [file] = (tmp_path / "spool").glob("*.jsonl")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with file.open("ab") as tail:
        tail.write(encoded(entry())[:-20])
    content = file.read_bytes()
    replayed(anywhere, tmp_path / "spool")
    assert ids(anywhere.engine) == died.stdout.split()
    assert not file.exists()
    file.write_bytes(content)  # as if it had been killed before the file was removed
    replayed(anywhere, tmp_path / "spool")
    assert ids(anywhere.engine) == died.stdout.split()


def test_the_file_of_a_living_process_is_left_alone(factory: Factory, tmp_path: Path) -> None:
    """Its lock is held."""
    alive = Spool(tmp_path, 2**20)
    assert alive.append([entry()])
    replayed(factory, tmp_path)
    assert ids(factory.engine) == []
    alive.close()
    replayed(factory, tmp_path)
    assert len(ids(factory.engine)) == 1


def test_a_full_spool_takes_nothing_more(tmp_path: Path) -> None:
    """What does not fit leaves no trace."""
    spool = Spool(tmp_path, 1000)
    assert spool.append([entry()])
    assert not spool.append([entry("x" * 1000)])
    assert spool.own is not None
    assert len(spool.own.next(10)[0]) == 1


def test_a_disk_that_fails_leaves_no_torn_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What follows is read as if nothing had happened."""
    spool, after = Spool(tmp_path, 2**20), entry("after")
    assert spool.append([entry("before")])
    with monkeypatch.context() as patched:

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        patched.setattr(os, "fsync", full)
        assert not spool.append([entry("lost")])
    assert spool.append([after])
    assert spool.own is not None
    assert [one.inputs for one in spool.own.next(10)[0]][1:] == [after.inputs]


def test_an_entry_that_the_database_refuses_is_set_aside(anywhere: Factory, tmp_path: Path) -> None:
    """The others are recorded; the one is kept for a person to look at."""
    spool, good = Spool(tmp_path, 2**20), [entry() for _ in range(10)]
    bad = entry(labels=["a", "b"])  # more labels than cases
    assert spool.append([*good, bad])
    spool.close()
    replayed(anywhere, tmp_path)
    assert ids(anywhere.engine) == sorted(one.id for one in good)
    assert bad.id in (tmp_path / "refused.lines").read_text()


def test_the_log_spools_while_the_database_is_locked_and_replays(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Answers leave at once; the records follow when the database takes them again."""
    assert state, "it knows no setting but the defaults"
    monkeypatch.setenv("DISPARO_DATABASE__BUSY_TIMEOUT", "0.1")
    factory: Factory = request.getfixturevalue("factory")
    told, spool = Told(), Spool(tmp_path, 2**20)
    with writing(factory.log_engine, told, spool) as log:
        with factory.engine.begin():  # on SQLite it locks out all other writers
            for _ in range(20):
                log.put(entry())
            await_that(told.has(20))
            assert told.errors == [""] * 20
            assert spool.is_needed
        await_that(lambda: len(ids(factory.engine)) == 20)
        await_that(lambda: not spool.is_needed)
        log.put(entry())
        await_that(told.has(21))
    assert len(ids(factory.engine)) == 21
    assert list(tmp_path.glob("*.jsonl")) == []
