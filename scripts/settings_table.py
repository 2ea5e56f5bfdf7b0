"""Write the README's table of settings from `settings.yaml` and its comments."""

import re
from collections.abc import Iterator

import yaml

from app.settings import home

START, END = "by tests/test_settings.py -->\n", "<!-- end of settings -->"


def rows() -> Iterator[str]:
    """Yield the table's lines."""
    text = (home() / "settings.yaml").read_text()
    values = yaml.safe_load(text)
    yield "| setting | default | what it is |"
    yield "|---|---|---|"
    section = ""
    for line in text.splitlines():
        if match := re.fullmatch(r"(\w+):", line):
            section = match[1]
        elif match := re.fullmatch(r"  (\w+):.*?# (.*)", line):
            value = values[section][match[1]]
            shown = str(value).lower() if isinstance(value, bool) else str(value)
            yield f"| `{section}.{match[1]}` | `{shown}` | {match[2]} |"
        elif match := re.fullmatch(r"(\w+):.*# (.*)", line):
            yield f"| `{match[1]}` | `{values[match[1]]}` | {match[2]} |"


def table(readme: str) -> str:
    """Return the README with the table as it should be."""
    before, rest = readme.split(START)
    return before + START + "\n".join(["", *rows(), ""]) + END + rest.split(END)[1]


def main() -> None:
    """Write it."""
    readme = home() / "README.md"
    readme.write_text(table(readme.read_text()))


if __name__ == "__main__":
    main()
