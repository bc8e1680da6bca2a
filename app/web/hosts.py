"""Which hosts requests may be for: links, and what a browser takes for one origin, go by the name that a request has.

Flask's own TRUSTED_HOSTS takes no IPv6 address: it cuts each name at its first colon.
"""

from collections.abc import Collection
from ipaddress import AddressValueError, IPv6Address

from flask import Flask, request
from werkzeug.exceptions import SecurityError
from werkzeug.sansio.utils import host_is_trusted

# This machine's own names lead nobody astray, and health checks use them.
OWN = ("localhost", "127.0.0.1", "[::1]")


def init_app(app: Flask, trusted: Collection[str]) -> None:
    """Refuse requests for other hosts than these and this machine's own, by SecurityError; none are refused for none.

    trusted: names, `.example.org` for all below one, and addresses, those of IPv6 with brackets or without. Ports do
    not matter.
    """
    if not trusted:
        return
    hosts = (*trusted, *OWN)
    names = [host for host in hosts if not _address(host)]
    addresses = {_address(host) for host in hosts} - {None}

    @app.before_request
    def check() -> None:
        if not host_is_trusted(request.host, names) and _address(request.host) not in addresses:
            raise SecurityError


def _address(host: str) -> IPv6Address | None:
    try:
        return IPv6Address(host.removeprefix("[").partition("]")[0])
    except AddressValueError:
        return None
