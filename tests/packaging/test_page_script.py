"""scripts/page, where there is no Node.js, and where there is nothing to do."""

from pathlib import Path

import pytest

from tests.packaging.test_scripts import ROOT, Workshop


@pytest.fixture
def house(tmp_path: Path) -> Workshop:
    """Make a workshop with sources of a page, whose Node.js is too old."""
    workshop = Workshop(tmp_path)
    (workshop.home / "frontend").mkdir()
    (workshop.home / "frontend" / "index.html").write_text("<!doctype html>")
    workshop.stand_in("node", "exit 1")
    workshop.stand_in("npm", "exit 1")
    return workshop


def test_the_service_starts_without_node_and_it_is_told_how_to_get_the_page(
    house: Workshop,
) -> None:
    """`make run` goes on; the page itself is asked for by `make page`, which fails."""
    tried = house.run("scripts/page", "try")
    assert tried.returncode == 0
    assert "Node.js 20.19" in tried.stderr
    assert "make page" in tried.stderr
    built = house.run("scripts/page", "build")
    assert built.returncode == 2
    assert not any(call.startswith("npm") for call in house.calls)


def test_a_page_that_cannot_be_built_stops_nobody(house: Workshop) -> None:
    """Without a network, for instance, packages can't be installed."""
    house.stand_in("node", "exit 0")
    tried = house.run("scripts/page", "try")
    assert tried.returncode == 0
    assert "could not be built" in tried.stderr


def test_what_is_built_is_not_built_again_until_its_sources_change(house: Workshop) -> None:
    """A stamp tells, and Node.js is not even looked for."""
    house.stand_in("node", "exit 0")
    house.stand_in("npm", "mkdir -p node_modules src/shared/api ../app/static")
    (house.home / "frontend" / "package-lock.json").write_text("{}")
    assert house.run("scripts/page", "build").returncode == 0
    done = len(house.calls)
    assert done > 0
    assert house.run("scripts/page", "try").stdout == ""
    assert len(house.calls) == done
    (house.home / "frontend" / "index.html").write_text("<!doctype html><p>")
    assert "Building" in house.run("scripts/page", "try").stdout


def test_the_lock_of_the_page_names_no_registry() -> None:
    """Where packages come from is each user's configuration; what they must be is told by digests."""
    text = (ROOT / "frontend" / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert text.count('"integrity"') > 50
