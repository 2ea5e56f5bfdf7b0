"""Write the README's table of settings from `settings.yaml` and its comments."""

from collections.abc import Iterator

import yaml

from app.settings import home
from app.settings_file import comments

START, END = "by tests/test_settings.py -->\n", "<!-- end of settings -->"


def rows() -> Iterator[str]:
    """Yield the table's lines."""
    text = (home() / "settings.yaml").read_text()
    values = yaml.safe_load(text)
    yield "| setting | default | what it is |"
    yield "|---|---|---|"
    for name, about in comments(text).items():
        section, _, key = name.partition(".")
        value = values[section][key] if key else values[section]
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        yield f"| `{name}` | `{shown}` | {about} |"


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
