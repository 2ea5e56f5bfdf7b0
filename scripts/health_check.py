"""End with 0 if the service of this container answers that it is ready; for HEALTHCHECK."""

import os
import sys
import urllib.error
import urllib.request

TIMEOUT_SECONDS = 4


def main() -> int:
    """Ask `/health/ready`, which tries the database, the schema and the model store."""
    port = os.environ.get("DISPARO_SERVER__PORT", "8000")
    address = f"http://127.0.0.1:{port}/health/ready"
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer:
            return 0 if answer.status == 200 else 1  # noqa: PLR2004 - OK
    except (urllib.error.URLError, OSError) as error:
        print(f"{address}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
