"""Whom a load test may call: this machine, and hosts that the user says are theirs."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from urllib.parse import urlsplit

from tuner.errors import UsageError
from tuner.inputs.addresses import without_secrets


def host_of(url: str) -> str:
    """The host of an address, or of HOST:PORT.

    Raises:
        UsageError: it names none.
    """
    return host_and_port(url, 0)[0]


def host_and_port(url: str, usual: int) -> tuple[str, int]:
    """Host and port of an address, or of HOST:PORT; `[::1]:5060` is one, too.

    Raises:
        UsageError: it names no host, or a port that cannot be.
    """
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
        host, port = parts.hostname, parts.port
    except ValueError:  # brackets that do not match, a port that is no number
        host, port = None, None
    if not host:
        raise UsageError(
            f"{without_secrets(url)}: no host and port in it",
            "Give an address as http://HOST:PORT or HOST:PORT, IPv6 as [::1]:5060.",
        )
    return host, usual if port is None else port


def check(host: str, owned: Collection[str]) -> None:
    """Let hosts pass that are this machine or named as the user's own.

    Raises:
        UsageError: it is neither. A load test on a stranger's service is an attack.
    """
    if host in owned or is_loopback(host):
        return
    raise UsageError(
        f"{host} is not this machine", f"If the service is yours, say so: --i-own {host}"
    )


def is_loopback(host: str) -> bool:
    """Whether every address of the host is of this machine; a name that is unknown is not."""
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return False
    addresses = {str(address[0]).partition("%")[0] for *_, address in found}
    return all(ipaddress.ip_address(address).is_loopback for address in addresses)
