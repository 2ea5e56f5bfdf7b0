"""Writes the description of the HTTP interface, of which the page's types are made.

No server runs, and no model is loaded: what is described is the code. `--check` changes nothing,
and fails when the file is not what the code says.
"""

import json
import sys
from pathlib import Path

from app.factory import Factory
from app.main import framework
from app.settings import load_settings
from app.settings_sections import Showroom

FILE = Path(__file__).parent.parent / "frontend" / "openapi.json"


def described() -> str:
    """Return the description as it stands in the file."""
    settings = load_settings().model_copy(update={"showroom": Showroom(enabled=False)})
    document = framework(Factory(settings)).openapi()
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the file, or compare."""
    text = described()
    if "--check" not in sys.argv:
        FILE.write_text(text, encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != text:
        sys.exit("frontend/openapi.json is not what the code says: `make openapi`, and commit it.")


if __name__ == "__main__":
    main()
