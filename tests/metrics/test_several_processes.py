"""The metrics of a service of several processes: whichever is asked answers for all."""

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from app.services import workers
from app.services.workers import Workers, shared
from tests.patience import await_that
from tests.scraping import Series, growing, series, value
from tests.showroom.house import House, furnished

OF = {"model": "m", "version": "1"}


class Scraper:
    """Reads the metrics again and again, and notes what went back."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/metrics"
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.fallen: list[tuple[Series, float, float]] = []
        self.scrapes = 0
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        before: dict[Series, float] = {}
        while not self._stopping.wait(0.5):
            with suppress(httpx.TransportError):  # its process was killed
                after = growing(scrape(self._url))
                self.fallen += [
                    (key, old, after.get(key, -1))
                    for key, old in before.items()
                    if after.get(key, -1) < old
                ]
                before = after
                self.scrapes += 1


def scrape(url: str) -> str:
    """Read the metrics by a connection of its own, which any process may answer."""
    answer = httpx.get(url, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.text


def serving(house: House) -> list[psutil.Process]:
    """Return the processes that have loaded the model."""
    assert house.service is not None
    place = house.directory / "var" / "metrics"
    with suppress(psutil.NoSuchProcess):
        children = psutil.Process(house.service.pid).children()
        return [one for one in children if any(place.glob(f"*/counter_{one.pid}.db"))]
    return []


@pytest.mark.slow(30)
@pytest.mark.timeout(700)
def test_a_process_is_killed_and_no_count_goes_back(tmp_path: Path) -> None:
    """Two processes answer, one is killed: its counts stay, its files go, and a third takes over."""
    url = f"sqlite:///{tmp_path / 'd.sqlite'}"
    settings = {
        "DISPARO_SERVER__WORKERS": "2",
        "DISPARO_MONITOR__ENABLED": "false",
        "DISPARO_ALERTS__ENABLED": "false",
    }
    with furnished(tmp_path, url, **settings) as house:
        house.start()
        house.await_answer(1)
        await_that(lambda: len(serving(house)) == 2, 300)
        scraper = Scraper(house.port)
        house.load(processes=1, pause=0.05)
        try:
            await_that(lambda: len(house.answers()) > 200)
            killed, kept = serving(house)
            killed.send_signal(signal.SIGKILL)
            await_that(lambda: {one.pid for one in serving(house)} - {killed.pid, kept.pid}, 300)
            reached = len(house.answers())
            await_that(lambda: len(house.answers()) > reached + 200)
        finally:
            house.unload()
            scraper.stop()
        assert scraper.scrapes > 5
        assert scraper.fallen == []
        found = series(scrape(f"http://127.0.0.1:{house.port}/metrics"))
        answered = sum(one.status == 200 for one in house.answers())
        counted = value(found, "disparo_prediction_requests_total", outcome="answered", **OF)
        assert counted >= answered + 1  # more where the kill cut an answer off
        assert value(found, "disparo_prediction_request_seconds_count", **OF) == counted
        assert value(found, "disparo_processes") == 3
        assert not list((tmp_path / "var/metrics").glob(f"*/*_{killed.pid}.db"))
        assert house.service is not None
        house.service.terminate()
        house.service.wait(60)
        assert not list((tmp_path / "var/metrics").glob("*/*.db"))


def test_a_directory_that_nobody_owns_is_removed_at_the_start(tmp_path: Path) -> None:
    """What a killed service left goes, what another one uses stays, and one's own goes in the end."""
    left = tmp_path / "left"
    left.mkdir()
    (left / "owner.lock").touch()
    (left / "counter_1.db").touch()
    with shared(tmp_path):
        assert not left.exists()
        first = Path(os.environ[workers.VARIABLE])
        with shared(tmp_path):
            assert Path(os.environ[workers.VARIABLE]) != first
            assert first.exists()
    assert [one.name for one in tmp_path.iterdir()] == ["turn.lock"]
    assert workers.VARIABLE not in os.environ


def test_what_the_dead_counted_is_summed_up(tmp_path: Path) -> None:
    """Files of processes that are no more become one; those of gauges go."""
    from prometheus_client.mmap_dict import MmapedDict

    for pid, number in ((999_999_998, 3.0), (999_999_999, 4.0)):
        file = MmapedDict(tmp_path / f"counter_{pid}.db")
        file.write_value('["a", "a_total", {}, ""]', number, 0.0)
        file.close()
        (tmp_path / f"gauge_livesum_{pid}.db").touch()
    (tmp_path / "counter_999999997.db").touch()  # it died before it had counted anything
    for _ in range(2):
        Workers(tmp_path, parent=os.getpid()).bury()
        assert [one.name for one in tmp_path.iterdir()] == ["counter_0.db"]
    (found,) = MmapedDict.read_all_values_from_file(tmp_path / "counter_0.db")
    assert found[1] == 7.0


def test_a_file_that_is_just_being_made_is_left_out(tmp_path: Path) -> None:
    """A process that starts makes its file, and then gives it a size: a scrape may come between."""
    (tmp_path / f"counter_{os.getpid()}.db").touch()
    (tmp_path / "histogram_1.db").write_bytes(bytes(65_536))
    assert Workers(tmp_path, parent=os.getppid()).files() == [str(tmp_path / "histogram_1.db")]
