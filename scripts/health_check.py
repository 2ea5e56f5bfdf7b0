"""End with 0 if the service of this container answers that it is ready; for HEALTHCHECK.

`/health/ready` tries the database, the schema and the model store, for who may know. A token for it
(`disparo tokens create health`) is looked for in the file that HEALTH_TOKEN_FILE names; without one
it is enough that the service lives.
"""

import os
import ssl
import sys
import urllib.error
import urllib.request
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path

TIMEOUT_SECONDS = 2
TOKEN_FILE = "/run/secrets/health_token"  # noqa: S105 - a place, not a secret


def main() -> int:
    """Ask whether it is ready, or else whether it lives."""
    port = os.environ.get("DISPARO_SERVER__PORT", "8000")
    for scheme in ("http", "https"):  # by the settings it speaks one of them
        service = f"{scheme}://127.0.0.1:{port}"
        status = _status(f"{service}/health/ready", _token())
        if status == HTTPStatus.UNAUTHORIZED:
            status = _status(f"{service}/health/live", "")
        if status is not None:
            break
    return 0 if status == HTTPStatus.OK else 1


def _token() -> str:
    file = Path(os.environ.get("HEALTH_TOKEN_FILE", TOKEN_FILE))
    return file.read_text().strip() if file.is_file() else ""


def _status(address: str, token: str) -> int | None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(  # noqa: S310 - the same
            request, timeout=TIMEOUT_SECONDS, context=_this_machine()
        ) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, HTTPException) as error:
        print(f"{address}: {error}", file=sys.stderr)
        return None


def _this_machine() -> ssl.SSLContext:
    """Return a context that believes any certificate: none is of 127.0.0.1."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


if __name__ == "__main__":
    sys.exit(main())
