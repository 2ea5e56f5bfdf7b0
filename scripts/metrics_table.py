"""Print the table of docs/metrics.md from a scrape on standard input."""

import re
import sys


def rows(scrape: str) -> list[str]:
    """Return the table's lines: each metric with its kind, its labels and what it is."""
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", scrape, re.MULTILINE))
    helps = dict(re.findall(r"^# HELP (\S+) (.+)$", scrape, re.MULTILINE))
    return [
        "| metric | kind | labels | what it is |",
        "|---|---|---|---|",
        *(
            f"| `{name}` | {kind} | {_labels(scrape, name)} | {helps[name]} |"
            for name, kind in sorted(kinds.items())
        ),
    ]


def _labels(scrape: str, name: str) -> str:
    found = re.search(rf"^{name}(?:_bucket)?{{(.*)}} ", scrape, re.MULTILINE)
    names = re.findall(r'(\w+)="', found[1]) if found else []
    return ", ".join(f"`{one}`" for one in names if one != "le")


if __name__ == "__main__":
    print("\n".join(rows(sys.stdin.read())))
