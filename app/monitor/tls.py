"""TLS: how long a certificate still holds, and in words why one is refused."""

import errno
import os
import socket
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from app.monitor.dial import Hit, dial
from app.monitor.look import Look, ProbeError, Step
from app.monitor.names import Address

if TYPE_CHECKING:
    from cryptography import x509

MOST_NAMES = 5
"""Names of a certificate that are told."""
_DAY = 86_400.0

# X509_V_ERR_… of OpenSSL's x509_vfy.h, which `ssl` hands on as numbers.
_NOT_YET, _EXPIRED, _REVOKED = 9, 10, 23
_SELF_SIGNED, _UNKNOWN_ROOT, _NO_ISSUER, _NO_FIRST = 18, 19, 20, 21
_OTHER_HOST, _OTHER_ADDRESS = 62, 64
_FIXED = {
    _SELF_SIGNED: "is self-signed, so that nobody vouches for it; install one of an authority that "
    "this machine trusts, or make this machine trust it",
    _REVOKED: "was revoked by its authority; renew it on the server",
}


def trusting() -> ssl.SSLContext:
    """Return a context that trusts what this machine does, or else Mozilla's list.

    The environment's SSL_CERT_FILE and SSL_CERT_DIR go before the machine's own places.
    """
    places = ssl.get_default_verify_paths()
    has_any = places.cafile or (places.capath and any(os.scandir(places.capath)))
    return ssl.create_default_context() if has_any else httpx.create_ssl_context(trust_env=False)


def wrapped(
    connection: socket.socket, address: Address, host: str, context: ssl.SSLContext, look: Look
) -> ssl.SSLSocket:
    """Return the connection under TLS; the look's facts tell what its certificate has left.

    Raises ProbeError at step `tls`, TimeoutError.
    """
    connection.settimeout(max(look.left, 0.001))
    try:
        made = context.wrap_socket(connection, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        raise _refused(host, error, _shown(address, host, look), look) from None
    except TimeoutError:
        raise
    except OSError as error:  # SSLError is one
        raise ProbeError(Step.TLS, _no_tls(host, error)) from None
    ends = ssl.cert_time_to_seconds(str((made.getpeercert() or {})["notAfter"]))
    _note(datetime.fromtimestamp(ends, UTC), look)
    return made


def _note(ends: datetime, look: Look) -> None:
    """Note when a certificate ends; of several, after redirects, the one that ends first."""
    known = look.facts.get("certificate_ends")
    if known is None or ends < datetime.fromisoformat(str(known)):
        look.facts["certificate_ends"] = ends.isoformat()


def count_days(look: Look, now: datetime) -> None:
    """Tell the days that are left, negative ones when it has ended."""
    if (ends := look.facts.get("certificate_ends")) is not None:
        left = datetime.fromisoformat(str(ends)) - now
        look.facts["certificate_days"] = round(left.total_seconds() / _DAY, 1)


def warning(look: Look, least_days: int) -> str | None:
    """Return why a certificate that holds still makes a check degraded."""
    days = look.facts.get("certificate_days")
    if not isinstance(days, float) or days >= least_days:
        return None
    date = str(look.facts["certificate_ends"])[:10]
    whole = int(days)
    time = f"{whole} day{'s' * (whole != 1)}" if whole > 0 else "less than a day"
    return f"the certificate ends in {time}, on {date}; renew it"


def _shown(address: Address, host: str, look: Look) -> "x509.Certificate | None":
    """Fetch a certificate that was refused, by another connection that trusts anything."""
    found = dial([address], look.deadline)
    if not isinstance(found, Hit):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is sent over it
    found.connection.settimeout(max(look.left, 0.001))
    try:
        with context.wrap_socket(found.connection, server_hostname=host) as shown:
            return _parsed(shown.getpeercert(binary_form=True))
    except OSError:
        found.connection.close()
        return None


def _parsed(encoded: bytes | None) -> "x509.Certificate | None":
    from cryptography import x509

    try:
        return x509.load_der_x509_certificate(encoded) if encoded else None
    except ValueError:
        return None


def _refused(
    host: str,
    error: ssl.SSLCertVerificationError,
    certificate: "x509.Certificate | None",
    look: Look,
) -> ProbeError:
    if certificate is not None:
        _note(certificate.not_valid_after_utc, look)
    reason = _reason(host, error.verify_code, error.verify_message, certificate)
    return ProbeError(Step.TLS, f"the certificate of {host} {reason}")


def _reason(host: str, code: int, message: str, certificate: "x509.Certificate | None") -> str:
    if code == _EXPIRED:
        ended = f" on {certificate.not_valid_after_utc:%Y-%m-%d}" if certificate else ""
        return f"expired{ended}; renew it on the server"
    if code == _NOT_YET:
        begins = f" until {certificate.not_valid_before_utc:%Y-%m-%d}" if certificate else ""
        return f"does not hold yet{begins}; compare the clocks of both machines"
    if code in {_UNKNOWN_ROOT, _NO_ISSUER, _NO_FIRST}:
        return _unknown(certificate)
    if code in {_OTHER_HOST, _OTHER_ADDRESS}:
        return f"is for {_names(certificate)}, and not for {host}; correct the URL, or renew it"
    return _FIXED.get(code, f"is refused: {message}; renew it on the server")


def _unknown(certificate: "x509.Certificate | None") -> str:
    issuer = f" ({certificate.issuer.rfc4514_string()[:200]})" if certificate else ""
    return (
        f"is of an authority that this machine does not trust{issuer}; make this machine trust it "
        "(SSL_CERT_FILE may name its file), or let the server send the intermediate certificates"
    )


def _names(certificate: "x509.Certificate | None") -> str:
    from cryptography import x509

    if certificate is None:
        return "another host"
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return "no host at all"
    names = [str(name.value) for name in found.value]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def _no_tls(host: str, error: OSError) -> str:
    reason = getattr(error, "reason", None) or ""
    if reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}:
        return f"{host} speaks no TLS on that port; correct the port, or write http:// in the URL"
    if isinstance(error, ssl.SSLEOFError) or error.errno in {errno.ECONNRESET, errno.EPIPE}:
        return f"{host} broke off while TLS was begun; look into the server's log"
    return (
        f"TLS with {host} failed ({reason or error}); see which versions and ciphers the server "
        "takes"
    )
