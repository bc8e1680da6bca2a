"""The rate limit of each client: uploads, comparisons, and requests that draw pictures, counted together."""

import math
import threading
import time
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

from flask import g, request
from limits import parse_many

MAX_CLIENT = 64  # characters; an IPv6 address has 45 at most


class RateLimitExceeded(Exception):
    """The client is over its limit. `seconds` is how long it has to wait."""

    def __init__(self, limit: str, seconds: int) -> None:
        super().__init__(f"The limit is {limit} per client. Retry-After says how long to wait.")
        self.seconds = seconds


class RateLimit:
    """Counts in memory, which is correct for the one process that answers; several would count separately.

    A moving window: the times of each client's latest requests, the clients in the order of their last one.
    """

    def __init__(self, limit: str) -> None:
        """limit: as in "60/minute"; "" for none."""
        self._limit = limit
        self._windows = [(window.amount, window.get_expiry()) for window in parse_many(limit)] if limit else []
        self._times: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def count(self) -> None:
        """Count this request, once even if it does several costly things. Raises RateLimitExceeded."""
        if g.get("counted"):
            return
        g.counted = True
        if self._windows:
            with self._lock:
                self._count(client(), time.monotonic())

    def _count(self, key: str, now: float) -> None:
        longest = max(seconds for _, seconds in self._windows)
        while self._times and next(iter(self._times.values()))[-1] <= now - longest:
            self._times.popitem(last=False)
        times = self._times.get(key, [])
        wait = max((times[-most] + seconds - now for most, seconds in self._windows if len(times) >= most), default=0.0)
        if wait > 0:
            raise RateLimitExceeded(self._limit, max(1, math.ceil(wait)))
        self._times[key] = [*times, now][-max(most for most, _ in self._windows) :]
        self._times.move_to_end(key)


def client() -> str:
    """The client's address, without its port.

    Of IPv6 the first 64 bits, because a network can use all addresses of its prefix. A proxy may send other text, such
    as `unknown`: the clients that it describes in the same way share one limit.
    """
    host = _without_port(request.remote_addr or "")
    try:
        address = ip_address(host)
    except ValueError:
        return host[:MAX_CLIENT]
    address = getattr(address, "ipv4_mapped", None) or address  # an IPv4 client of an IPv6 socket
    return str(int(address) >> 64) if isinstance(address, IPv6Address) else str(address)


def _without_port(address: str) -> str:
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address
