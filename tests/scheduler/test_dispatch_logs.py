"""What the programs of dispatches print: kept, bounded, and followed live."""

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest
import uvicorn
from typer.testing import CliRunner

from app.clock import utc_now
from app.main import create_app
from app.services.logs import LogService
from app.settings import Settings
from app.settings_sections import Scheduler
from tests.patience import await_that
from tests.scheduler.house import House


@pytest.fixture(scope="module")
def client(house: House) -> Iterator[httpx.Client]:
    """Serve the house's API, without a launcher of its own, to at most one follower."""
    settings: Settings = house.factory.settings
    scheduler = settings.scheduler.model_copy(update={"enabled": False, "log_followers": 1})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPARO_VAR", str(house.factory.state))
        app = create_app(settings.model_copy(update={"scheduler": scheduler}))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        port = listening.getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as made:
            yield made
        server.should_exit = True
        thread.join()


@contextmanager
def followed(client: httpx.Client, dispatch: int, **headers: str) -> Iterator[httpx.Response]:
    """Follow a log as soon as there is room: the server sees later that one has left."""
    with ExitStack() as opened:

        def open_one() -> httpx.Response | None:
            stream = client.stream(
                "GET", f"/dispatches/{dispatch}/log", params={"follow": True}, headers=headers
            )
            response = opened.enter_context(stream)
            return None if response.status_code == 503 else response

        yield await_that(open_one)


def events(response: httpx.Response) -> Iterator[dict[str, str]]:
    """Yield server-sent events, comments left out."""
    event: dict[str, str] = {}
    for line in response.iter_lines():
        name, _, value = line.partition(": ")
        if line and name:
            event[name] = value
        elif event:
            yield event
            event = {}


def test_the_log_of_an_ordinary_dispatch_tells_its_course(house: House) -> None:
    """A few lines with the dispatch's id: started, model loaded, collected, delivered where."""
    dispatch = house.order(house.schedule("plain", "nothing"))
    log = house.log(dispatch)
    lines = log.splitlines()
    assert all(re.match(rf"\d{{4}}-\S+Z INFO dispatch {dispatch}: ", line) for line in lines), log
    assert "model plain version 1 loaded" in log
    assert "3 rows to collect from rows" in log
    assert "succeeded: 3 rows delivered to out_plain of rows" in lines[-1]


def test_what_a_model_prints_is_kept(house: House, client: httpx.Client) -> None:
    """Both streams are kept, and read as text; an unknown dispatch is 404."""
    dispatch = house.order(house.schedule("says", "say", words="grüße 🚀"))
    log = house.log(dispatch)
    assert "grüße 🚀\n" in log
    assert "done\n" in log
    answer = client.get(f"/dispatches/{dispatch}/log")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == log
    assert client.get("/dispatches/999/log").status_code == 404
    assert client.get("/dispatches/999/log?follow=true").status_code == 404


def test_bytes_that_are_no_text_are_shown_as_question_marks(house: House) -> None:
    """Each by one, so that offsets hold; NULs and what comes after are kept."""
    octets = (b"\xff\xfe then \xe2\x82 \x00 \xe2\x82\xac end\xf0\x9f\n").hex()
    log = house.log(house.order(house.schedule("bytes", "say_bytes", octets=octets)))
    assert "?? then ?? \x00 € end??\n" in log


def test_a_long_log_keeps_its_beginning_and_its_end(house: House) -> None:
    """What is over the bound is left out of the middle, and a line says how many bytes."""
    dispatch = house.order(house.schedule("long", "say", words="x" * 99, times=3000))
    log = house.log(dispatch)
    assert "model long version 1 loaded" in log
    assert "succeeded: 3 rows" in log.splitlines()[-1]
    (left_out,) = re.findall(r"\[(\d+) bytes left out\]\n", log)
    told = re.sub(r"\n?\[\d+ bytes left out\]\n", "", log)
    most = house.factory.settings.scheduler.log_bytes
    assert most / 2 < len(told) <= most
    assert int(left_out) + len(told) > 300_000


def test_a_spool_takes_little_of_the_disk(house: House) -> None:
    """What was copied is given back while the program still runs, and the log's end is right."""
    place = house.place("floods")
    dispatch = house.order(house.schedule("floods", "flood", place=place))
    house.running_process(place)
    await_that(lambda: house.factory.logs.end(dispatch) > 4 * 2**20)
    await_that(lambda: _blocks(house, dispatch) < 2**20)
    (place / "go").touch()
    assert "succeeded: 3 rows" in house.log(dispatch).splitlines()[-1]
    assert not list(house.factory.state.glob(f"launcher/*/spools/{dispatch}-*"))


def _blocks(house: House, dispatch: int) -> int:
    (spool,) = house.factory.state.glob(f"launcher/*/spools/{dispatch}-*")
    return spool.stat().st_blocks * 512


def test_a_log_is_followed_live_and_resumed(house: House, client: httpx.Client) -> None:
    """Lines come while the program runs; the last event's id resumes; `end` comes last."""
    place = house.place("talks")
    dispatch = house.order(house.schedule("talks", "talk", place=place))
    heard, last = "", "0"
    headers = {"Accept": "text/event-stream"}
    with client.stream("GET", f"/dispatches/{dispatch}/log", headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        for event in events(response):
            heard, last = heard + json.loads(event["data"]), event["id"]
            if "first\n" in heard:
                break
    assert "second" not in heard
    (place / "go").touch()
    with followed(client, dispatch, **{"Last-Event-ID": last}) as response:
        *later, end = list(events(response))
    heard += "".join(json.loads(event["data"]) for event in later)
    assert (end["event"], json.loads(end["data"])) == ("end", "succeeded")
    assert heard == house.log(dispatch)
    assert heard.index("first\n") < heard.index("second\n")


def test_followers_are_bounded(house: House, client: httpx.Client) -> None:
    """One more than may follow is told to come again; who leaves makes room."""
    place = house.place("followed")
    dispatch = house.order(house.schedule("followed", "talk", place=place))
    with client.stream("GET", f"/dispatches/{dispatch}/log", params={"follow": True}) as response:
        listening = events(response)
        assert next(listening)
        refused = client.get(f"/dispatches/{dispatch}/log", params={"follow": True})
        assert refused.status_code == 503
        assert "scheduler.log_followers" in refused.json()["detail"]
        assert client.get(f"/dispatches/{dispatch}/log").status_code == 200
    (place / "go").touch()
    with followed(client, dispatch) as response:
        assert list(events(response))[-1]["event"] == "end"


def test_the_command_line_follows_a_log(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """`disparo dispatch logs ID -f` prints what comes and ends with the dispatch."""
    from app.cli.root import cli

    place = house.place("printed")
    dispatch = house.order(house.schedule("printed", "talk", place=place))
    monkeypatch.setenv("DISPARO_VAR", str(house.factory.state))
    house.running_process(place)
    threading.Timer(0.5, (place / "go").touch).start()
    result = CliRunner().invoke(cli, ["dispatch", "logs", str(dispatch), "-f"])
    assert result.exit_code == 0, result.output
    assert result.output == house.log(dispatch)
    again = CliRunner().invoke(cli, ["dispatch", "logs", str(dispatch)])
    assert again.output == result.output


def test_pieces_split_no_character_and_bound_the_whole(house: House) -> None:
    """Added piece by piece, a log never holds more than its bound; offsets are those of bytes."""
    logs = LogService(house.factory.engine, most=1024)
    dispatch = house.ended(house.order(house.schedule("pieces", "nothing"))).id
    house.log(dispatch)
    base = at = logs.begin(dispatch)
    for n in range(150):
        text = f"{n} é\n"
        logs.add(dispatch, at, text)
        at += len(text.encode())
        assert len(logs.whole(dispatch, now=utc_now()).encode()) <= 1024 + 40
    assert logs.end(dispatch) == at > base
    assert logs.whole(dispatch, now=utc_now()).endswith("149 é\n")
    assert Scheduler().log_bytes == 2**20
