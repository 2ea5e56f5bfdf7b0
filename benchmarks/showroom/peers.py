"""Installs the peers, each into an environment of its own: `make bench-peers`.

`pins/NAME.in` says what is wanted of a peer, `pins/NAME.txt` pins all that this brings. All have
the scikit-learn and pandas of our own environment, so that the same files are served everywhere.
`--pin` pins anew.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks.showroom.contender import peers_directory
from benchmarks.showroom.models import ROOT

WANTED = Path(__file__).with_name("pins")
UV = str(ROOT / "scripts" / "uv")


def main() -> None:
    """Install each peer that isn't there in its pinned form; name the ones that don't install."""
    parser = argparse.ArgumentParser(prog="make bench-peers", description=__doc__)
    parser.add_argument("--pin", action="store_true", help="pin the newest releases first")
    asked = parser.parse_args()
    for wanted in sorted(WANTED.glob("*.in")):
        try:
            if asked.pin:
                _pin(wanted)
            print(f"{wanted.stem}: {_install(wanted.stem)}")
        except subprocess.CalledProcessError as error:
            print(f"{wanted.stem}: left out, it does not install:\n{error.stderr.strip()}")


def _pin(wanted: Path) -> None:
    _uv(
        "pip", "compile", "--upgrade", "--universal", "--python-version", "3.11",
        "--no-emit-index-url", "--no-emit-find-links", "--no-annotate",
        "--custom-compile-command", "make bench-peers ARGS=--pin",
        "--output-file", str(wanted.with_suffix(".txt")), str(wanted),
    )  # fmt: skip


def _install(peer: str) -> str:
    """Make a peer's environment, unless it holds what is pinned; return what was done."""
    home, pins = peers_directory() / peer, WANTED / f"{peer}.txt"
    stamp = home / "pins.txt"
    if stamp.exists() and stamp.read_text() == pins.read_text():
        return f"is in {home}"
    _uv("venv", "--clear", "--python", sys.executable, str(home))
    python = str(home / "bin" / "python")
    _uv("pip", "install", "--python", python, "--no-deps", "-r", str(pins))
    stamp.write_text(pins.read_text())
    return f"installed into {home}"


def _uv(*arguments: str) -> None:
    subprocess.run([UV, "--quiet", *arguments], check=True, capture_output=True, text=True)


if __name__ == "__main__":
    main()
