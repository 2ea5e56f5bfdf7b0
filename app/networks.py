"""Networks by the words that settings have for them."""

import ipaddress
import re

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(*texts: str) -> tuple[Network, ...]:
    """Return networks by their texts."""
    return tuple(ipaddress.ip_network(text) for text in texts)


WORDS: dict[str, tuple[Network, ...]] = {
    "link-local": networks("169.254.0.0/16", "fe80::/10"),
    # Where machines in a cloud are told their credentials, beside 169.254.169.254: AWS, Google,
    # Alibaba, Oracle and Azure.
    "metadata": networks(
        "fd00:ec2::254/128", "fd00:ec2::23/128", "fd20:ce::254/128",
        "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32",
    ),
    # The unspecified addresses lead to this machine too.
    "loopback": networks("127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128"),
    "private": networks(
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"
    ),
}  # fmt: skip
"""Words for networks, as settings may give them."""
CLOSED = ("link-local", "metadata")
"""What is closed unless the settings say otherwise."""
_NAME = re.compile(r"(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")


def require_place(text: str, *, with_names: bool) -> str:
    """Return a network, a word or, where they may be, a name. Raises ValueError."""
    if text in WORDS or (with_names and _NAME.fullmatch(text) and not _is_numeric(text)):
        return text
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        names = "a host's name (or *.name), " if with_names else ""
        raise ValueError(
            f"{text!r} is not {names}a network (10.0.0.0/8), an address, or one of "
            f"{', '.join(WORDS)} ({error})"
        ) from None
    return text


def _is_numeric(text: str) -> bool:
    return text.replace(".", "").isdigit()
