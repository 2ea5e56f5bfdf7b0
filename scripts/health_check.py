"""End with 0 if the service of this container answers that it is ready; for HEALTHCHECK.

`/health/ready` tries the database, the schema and the model store, for who may know. A token for it
(`disparo tokens create health`) is looked for in the file that HEALTH_TOKEN_FILE names; without one
it is enough that the service lives.
"""

import os
import sys
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path

TIMEOUT_SECONDS = 4
TOKEN_FILE = "/run/secrets/health_token"  # noqa: S105 - a place, not a secret


def main() -> int:
    """Ask whether it is ready, or else whether it lives."""
    port = os.environ.get("DISPARO_SERVER__PORT", "8000")
    service = f"http://127.0.0.1:{port}"
    status = _status(f"{service}/health/ready", _token())
    if status == HTTPStatus.UNAUTHORIZED:
        status = _status(f"{service}/health/live", "")
    return 0 if status == HTTPStatus.OK else 1


def _token() -> str:
    file = Path(os.environ.get("HEALTH_TOKEN_FILE", TOKEN_FILE))
    return file.read_text().strip() if file.is_file() else ""


def _status(address: str, token: str) -> int | None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - the same
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError as error:
        print(f"{address}: {error}", file=sys.stderr)
        return None


if __name__ == "__main__":
    sys.exit(main())
