"""The server's configuration fits the service that it serves."""

import socket
from dataclasses import fields
from functools import partial

import pytest

from app.cli.serve import THREADS
from app.config import Settings
from app.web.server import listen
from app.web.service import Service


@pytest.mark.parametrize(
    ("host", "bound"),
    [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("::1", "::1"), ("[::1]", "::1"), ("::", "::")],
)
def test_addresses_of_either_kind_are_served(host: str, bound: str) -> None:
    with listen(host, 0, timeout=7) as listener:
        address, port = listener.getsockname()[:2]
        assert address == bound
        with socket.create_connection(("127.0.0.1" if host == "::" else address, port), 5):
            accepted = listener.accept()[0]
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 7000


def test_threads_are_left_for_pages_and_checks_while_every_queue_is_full() -> None:
    default = {name: field.default for name, field in Settings.model_fields.items()}
    queues = [field.default_factory for field in fields(Service) if isinstance(field.default_factory, partial)]
    taken = default["max_running"] + default["max_waiting"] + sum(queue.keywords["waiting"] for queue in queues)
    assert len(queues) == 4
    assert taken + 4 <= THREADS
