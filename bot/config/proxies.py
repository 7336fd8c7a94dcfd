"""The proxy through which Telegram is reached: PROXY_URL, or what the environment names for all programs."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

# What desktops and other programs write, and what httpx calls it. httpx has the proxy look names up always.
_SCHEMES = {
    "http": "http",
    "https": "https",
    "socks": "socks5",
    "socks5": "socks5",
    "socks5h": "socks5h",
}


def read_proxy(value: str) -> str:
    """Read a proxy's address as httpx takes it; host:port alone is an HTTP proxy.

    Raises:
        ValueError: It is none, or of a kind that is not supported.
    """
    text = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(text)
        scheme, host, _ = _SCHEMES.get(parts.scheme.lower()), parts.hostname, parts.port
    except ValueError:
        scheme = host = None
    if not scheme or not host or any(sign.isspace() for sign in text):
        raise ValueError("expected a proxy such as socks5://127.0.0.1:1080 or http://127.0.0.1:3128")
    return f"{scheme}://{text.partition('://')[2]}".rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: what is sent there never goes through a proxy."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def find_variable(environment: Mapping[str, str], address: str) -> str | None:
    """Find the variable that names the proxy for an address; None where none is to be used.

    Args:
        environment: As the system gives it; small letters go before capitals, as with curl.
        address: Whom to reach, such as https://api.telegram.org.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    excepted = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if is_loopback(host) or _is_excepted(host, excepted):
        return None
    for name in (f"{parts.scheme}_proxy", "all_proxy"):
        for written in (name, name.upper()):
            if environment.get(written, "").strip():
                return written
    return None


def _is_excepted(host: str, excepted: str) -> bool:
    """Whether NO_PROXY, names separated by commas, lists a host or a domain that it is part of."""
    names = [name.strip().lower().lstrip(".") for name in excepted.split(",")]
    return any(name in {"*", host} or host.endswith(f".{name}") for name in names if name)
