"""schemathesis against a service: requests made of the API's own description, answers held to it.

`python -m tests.hardening.schemathesis_run URL TOKEN` runs the long form, which the target
`campaign-api` of the Makefile starts against a service that runs.
"""

import subprocess
import sys
from pathlib import Path

SEED = 20131128
LEFT_OUT = (
    # That a cron expression or a name is none no schema tells, and each is refused in words.
    "positive_data_acceptance",
    # PUT /showroom/cases/export is for a case named `export`, as far as paths can say.
    "unsupported_method",
    "allow_header_conformance",
)
"""Checks whose findings are none, each with its reason."""
_STREAMS = "stream$|/log$"
"""Paths whose answers may have no end."""
_PROBES = "^/(ping|health|azure/ready)$"
"""Probes of a container: of one that has no model yet 503 is the answer, and no fault."""


def command(url: str, *, token: str | None, phases: str, examples: int) -> list[str]:
    """Return the command that runs all checks over the whole API."""
    headers = [] if token is None else ["--header", f"Authorization: Bearer {token}"]
    return [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}/openapi.json",
        "--checks", "all", "--exclude-checks", ",".join(LEFT_OUT),
        "--exclude-path-regex", f"{_STREAMS}|{_PROBES}", "--phases", phases,
        "--max-examples", str(examples), "--seed", str(SEED), "--generation-database", "none",
        "--suppress-health-check", "all", "--request-timeout", "60", "--max-response-time", "60", "--continue-on-failure",
        "--no-color", *headers,
    ]  # fmt: skip


def main() -> None:
    """Run the long form."""
    url, *token = sys.argv[1:]
    long = command(url, token=token[0] if token else None, phases="examples,coverage,fuzzing",
                   examples=50)  # fmt: skip
    raise SystemExit(subprocess.run(long, check=False).returncode)


if __name__ == "__main__":
    main()
