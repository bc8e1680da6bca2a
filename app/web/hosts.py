"""Trusted hosts: links and browser origins depend on the Host header, so unknown hosts are refused.

Flask's own TRUSTED_HOSTS does not accept IPv6 addresses: it cuts each name at its first colon.
"""

from collections.abc import Collection
from ipaddress import AddressValueError, IPv6Address

from flask import Flask, request
from werkzeug.exceptions import SecurityError
from werkzeug.sansio.utils import host_is_trusted

# Always accepted: health checks use these names, and links to them are harmless.
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


def init_app(app: Flask, trusted: Collection[str]) -> None:
    """Raise SecurityError for requests to other hosts than these and LOCAL_HOSTS; an empty list allows all.

    trusted: names, `.example.org` for a domain with its subdomains, and addresses, IPv6 with or without brackets.
    Ports are ignored.
    """
    if not trusted:
        return
    hosts = (*trusted, *LOCAL_HOSTS)
    names = [host for host in hosts if not _ipv6_address(host)]
    addresses = {_ipv6_address(host) for host in hosts} - {None}

    @app.before_request
    def check() -> None:
        if not host_is_trusted(request.host, names) and _ipv6_address(request.host) not in addresses:
            raise SecurityError


def _ipv6_address(host: str) -> IPv6Address | None:
    try:
        return IPv6Address(host.removeprefix("[").partition("]")[0])
    except AddressValueError:
        return None
