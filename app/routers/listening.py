"""How the server listens: under TLS where a certificate is set, with bounds on its connections."""

import ssl
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from uvicorn import Config

from app.errors import ConfigurationError
from app.settings_sections import Server, TlsVersion

_VERSIONS = {TlsVersion.V1_2: ssl.TLSVersion.TLSv1_2, TlsVersion.V1_3: ssl.TLSVersion.TLSv1_3}


def listening(server: Server, state: Path) -> dict[str, Any]:
    """Return the options of `uvicorn.run` that settings decide. Raises ConfigurationError."""
    return {
        "host": server.host,
        "port": server.port,
        "workers": server.workers,
        "http": "app.routers.express:Express",
        "ws": "none",
        "timeout_keep_alive": server.keep_alive_seconds,
        "server_header": False,
        # By itself it would believe any neighbour on this machine: our Front believes whom
        # server.trusted_proxies names.
        "proxy_headers": False,
        **_tls(server, state),
    }


def _tls(server: Server, state: Path) -> dict[str, Any]:
    if server.certificate is None:
        if server.key is not None:
            raise ConfigurationError("server.key is set, but server.certificate is not")
        return {}
    certificate = state / server.certificate
    key = certificate if server.key is None else state / server.key
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, _no_password)
    except (OSError, ValueError) as error:  # SSLError is an OSError
        why = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise ConfigurationError(
            f"server.certificate ({certificate}) and server.key ({key}) cannot be used: {why}; "
            "they are PEM files, the key without a password, the certificate with those of its "
            "authority below it"
        ) from None
    context = partial(_context, server.tls)
    return {"ssl_certfile": certificate, "ssl_keyfile": key, "ssl_context_factory": context}


def _no_password() -> str:
    raise ValueError("the key has a password")


def _context(
    version: TlsVersion, _: Config, default: Callable[[], ssl.SSLContext]
) -> ssl.SSLContext:
    """Return the server's context, with nothing older than `version`."""
    context = default()
    context.minimum_version = _VERSIONS[version]
    return context
