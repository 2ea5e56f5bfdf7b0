"""Where the example keeps its files, and what they depend on. Imports nothing heavy."""

import hashlib
import os
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESOURCES = HERE / "flights.yaml"
PORT = "8000"
"""The port that the resources name."""


def var() -> Path:
    """Return Disparo's state directory: `DISPARO_VAR`, or `var` in the checkout."""
    return Path(os.environ.get("DISPARO_VAR") or HERE.parents[1] / "var").resolve()


def state_directory() -> Path:
    """Return the directory of the example's own files."""
    return var() / "examples" / "flights"


def database() -> Path:
    """Return the file of the flights database, which is the source `flights`."""
    return state_directory() / "flights.sqlite"


def declarations() -> str:
    """Return what Disparo is told: the file as it is, with the port that the service listens on."""
    port = os.environ.get("DISPARO_SERVER__PORT") or PORT
    text = RESOURCES.read_text("utf-8")
    return text.replace(f"port: {PORT}", f"port: {port}").replace(f":{PORT}/", f":{port}/")


def declared() -> Path:
    """Return the file that is applied: a copy if the service listens on another port."""
    text = declarations()
    if text == RESOURCES.read_text("utf-8"):
        return RESOURCES
    copy = state_directory() / RESOURCES.name
    copy.write_text(text, "utf-8")
    return copy


def digest(file: Path) -> str:
    """Return a file's SHA-256 in hexadecimal, as the model store names it."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def fingerprint() -> str:
    """Return what the trained file depends on: its code and the release of scikit-learn."""
    code = [digest(HERE / name) for name in ("dataset.py", "pipeline.py")]
    words = " ".join([*code, "scikit-learn", version("scikit-learn")])
    return hashlib.sha256(words.encode()).hexdigest()
