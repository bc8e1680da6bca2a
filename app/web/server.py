"""Gunicorn's worker, but one that gives a connection a thread when the head of a request is there, and not before.

A thread that waits for a head waits as long as the client likes: as many such clients as there are threads would be all
that it takes to stop the service. Here the loop that accepts connections reads the heads, too.
"""

import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from gunicorn.http import get_parser
from gunicorn.util import close
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

HEAD_BYTES = 64 * 1024
LINGER_SECONDS = 2.0
READ = 1  # selectors.EVENT_READ

REFUSED = "HTTP/1.1 {} {}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """A connection of whose next request a part may be here."""

    def __init__(self, *what: Any, linger: Callable[["Connection"], None]) -> None:
        super().__init__(*what)
        self.head = b""
        self.since = 0.0
        self._linger = linger

    def close(self, graceful: bool = False) -> None:
        """Gunicorn's graceful way waits for the client, for 2 s and in the loop that serves all others."""
        if graceful:
            self._linger(self)
        else:
            super().close()


class Worker(ThreadWorker):  # type: ignore[misc]
    """Reads heads and takes leave without a thread, and times the clients that have one."""

    def __init__(self, *what: Any) -> None:
        super().__init__(*what)
        # Each in the order in which they came, so that the first is the first to be late.
        self._arriving: dict[Connection, None] = {}
        self._leaving: dict[Connection, None] = {}

    def set_accept_enabled(self, enabled: bool) -> None:
        """As it says; and where the end has come, for good: new clients would be let in, and never answered."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()

    def accept(self, listener: socket.socket) -> None:
        """Let a client in. Where there are too many, the one whose request has been coming for longest makes way."""
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        self.enqueue_req(Connection(self.cfg, client, address, listener.getsockname(), linger=self._linger))
        if self.nr_conns >= self.worker_connections and self._arriving:
            self._refuse(next(iter(self._arriving)), 408, "Request Timeout")

    def enqueue_req(self, conn: Connection) -> None:
        """Give it a thread as soon as the next request's head is there."""
        if self.cfg.is_ssl:  # of what is encrypted, nothing is to be seen here
            super().enqueue_req(conn)
            return
        if conn.parser is None:
            conn.parser, conn.initialized = get_parser(self.cfg, conn.sock, conn.client), True
        conn.head, conn.since = conn.parser.unreader.take_buffered(), time.monotonic()
        conn.sock.setblocking(False)
        self._arriving[conn] = None
        self.poller.register(conn.sock, READ, partial(self._read_head, conn))
        self._look(conn)

    def murder_pending(self) -> None:
        """Called about once a second, to close what has waited for too long."""
        super().murder_pending()
        application = self.wsgi.extensions
        patience = application["image_diff"].settings.header_timeout
        for conn in self._late(self._arriving, patience if self.alive else STOP_KEEPALIVE_LINGER):
            self._refuse(conn, 408, "Request Timeout")
        for conn in self._late(self._leaving, LINGER_SECONDS):
            self._drop(conn)
        application["timed"].check()

    def _late(self, waiting: dict[Connection, None], seconds: float) -> list[Connection]:
        return [conn for conn in waiting if time.monotonic() - conn.since > seconds]

    def _read_head(self, conn: Connection, _: socket.socket) -> None:
        data = self._receive(conn)
        if data:
            conn.head += data
            self._look(conn)

    def _look(self, conn: Connection) -> None:
        """An empty line ends a head. With line feeds alone it is malformed, which the parser finds at once."""
        if b"\n\r\n" in conn.head or b"\n\n" in conn.head:
            self._forget(conn)
            conn.parser.unreader.unread(conn.head)
            conn.head = b""
            super().enqueue_req(conn)
        elif len(conn.head) >= HEAD_BYTES:
            self._refuse(conn, 431, "Request Header Fields Too Large")

    def _refuse(self, conn: Connection, status: int, reason: str) -> None:
        """Say so, but not to who has said nothing: browsers open connections that they may need."""
        self._forget(conn)
        self.nr_conns -= 1
        if not conn.head:
            conn.close()
            return
        self.log.info("%s: %s after %d bytes of a head", conn.client, reason, len(conn.head))
        try:
            conn.sock.send(REFUSED.format(status, reason).encode())
        except OSError:
            conn.close()
        else:
            conn.close(graceful=True)

    def _linger(self, conn: Connection) -> None:
        """Close the own side, and read on for a moment: to close both resets what the client has not read yet."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            close(conn.sock)
            return
        self.nr_conns += 1
        conn.since = time.monotonic()
        conn.sock.setblocking(False)
        self._leaving[conn] = None
        self.poller.register(conn.sock, READ, lambda _: self._receive(conn))

    def _receive(self, conn: Connection) -> bytes:
        """What there is; the connection is dropped where that is its end."""
        try:
            data: bytes = conn.sock.recv(HEAD_BYTES)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._drop(conn)
        return data

    def _drop(self, conn: Connection) -> None:
        self._forget(conn)
        self.nr_conns -= 1
        conn.close()

    def _forget(self, conn: Connection) -> None:
        """It is waited for no longer."""
        self.poller.unregister(conn.sock)
        self._arriving.pop(conn, None)
        self._leaving.pop(conn, None)
