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
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname
    except ValueError:  # brackets of an IPv6 address that do not match
        host = None
    if not host:
        raise UsageError(
            f"{without_secrets(url)}: no host in it", "Give an address as http://HOST:PORT."
        )
    return host


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
