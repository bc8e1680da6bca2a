"""The HTTP server: waitress, whose loop receives requests and sends responses apart from the threads that handle them.

A slow client costs a connection and disk space, but no thread. The classes fill four gaps in waitress: errors that it
answers by itself, a full disk, parts of a request without a limit, and pipelined requests for large responses.
"""

import logging
import resource
import signal
import socket
import tempfile
import threading
import time
from contextlib import suppress
from io import BytesIO, RawIOBase
from typing import IO, Any

from flask import Flask, Response, abort, request
from waitress import create_server, wasyncore
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer
from waitress.task import WSGITask
from waitress.utilities import BadRequest
from werkzeug.wsgi import wrap_file

from app.execution.memory import return_large_blocks
from app.store.errors import storage_errors
from app.web.security import HEADERS
from app.web.service import Service

log = logging.getLogger(__name__)

STOP_SECONDS = 65  # an evaluation within its 60 s deadline can finish
MIN_CONNECTIONS, MAX_CONNECTIONS = 64, 8192
FILES_OF_A_CONNECTION = 3  # the socket, and the temporary files of a body and of a response
OTHER_FILES = 512
RECEIVED_AT_ONCE = 1 << 18  # bytes: with waitress's 8 KiB, an upload of 8 MB takes a thousand turns of its loop
ACCEPTED_AT_ONCE = 64  # waitress accepts one connection per listener and turn of its loop, which visits all of them
CROWDED_SECONDS = 2  # the timeout while more than half of the connections are taken
FOREVER = 1 << 62
MIN_RATE = 500  # bytes per second at which a body has to arrive, on average, after the timeout

HEAD_BYTES = 64 * 1024
CHUNK_LINE_BYTES = 4 * 1024
MAX_BODY_IN_MEMORY = 64 * 1024  # a body up to here stays in memory
MIN_RESPONSE_IN_FILE = 256 * 1024  # a response from here on is sent from a file

REFUSAL = "image_diff.refusal"
LATE = "".join(
    f"{line}\r\n"
    for line in (
        "HTTP/1.1 408 Request Timeout",
        "Connection: close",
        "Content-Length: 0",
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
        *(f"{name}: {value}" for name, value in HEADERS.items()),
        "",
    )
).encode()


class Body(OverflowableBuffer):  # type: ignore[misc]  # waitress has no types
    """A request body, on the disk if it is large. A full disk is reported when the body is read.

    Waitress would close the connection at once, and the client could not read the reason.
    """

    error: OSError | None = None

    def append(self, data: bytes) -> None:
        """Store the next bytes, unless earlier ones could not be stored."""
        try:
            if not self.error:
                super().append(data)
        except OSError as error:
            self.error = error

    def getfile(self) -> Any:
        """The file to read from; to read it raises StorageError if the disk was full."""
        return Unwritten(self.error) if self.error else super().getfile()

    def close(self) -> None:
        """Close the file, which writes what is left in its buffer."""
        with suppress(OSError):
            super().close()


class Unwritten(RawIOBase):
    """The body that could not be written."""

    def __init__(self, error: OSError) -> None:
        self._error = error

    def readable(self) -> bool:
        """Yes."""
        return True

    @storage_errors()
    def readinto(self, _: Any) -> int:
        """Raise StorageError."""
        raise self._error


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Waitress's parser, with Body and with a limit for the lines of a chunked body, which it collects in memory."""

    command, path, request_uri, query, url_scheme = "GET", "/", "/", "", "http"  # if the head is malformed

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.began = time.time()

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the head and prepare for the body."""
        super().parse_header(header_plus)
        if self.body_rcv is not None:
            self.body_rcv.buf = Body(self.adj.inbuf_overflow)

    def received(self, data: bytes) -> int:
        """Parse the next bytes; the number of those used."""
        used = int(super().received(data))
        if self.chunked and len(self.body_rcv.control_line) + len(self.body_rcv.trailer) > CHUNK_LINE_BYTES:
            self.error, self.completed = BadRequest("A line of the chunked body is too long."), True
        return used


class Task(WSGITask):  # type: ignore[misc]
    """Calls the application, also for requests that waitress refuses: it answers errors in its own format."""

    def get_environment(self) -> dict[str, Any]:
        """The WSGI environment."""
        error = self.request.error
        return {**super().get_environment(), **({REFUSAL: error.code} if error else {})}

    def build_response_header(self) -> bytes:
        """Close the connection after an error, and after a large response, so that none pile up for one client."""
        if self.request.error or (self.content_length or 0) > MIN_RESPONSE_IN_FILE:
            self.set_close_on_finish()
        return bytes(super().build_response_header())


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that uses the classes above."""

    parser_class, task_class, error_task_class = Parser, Task, Task
    close_when_flushed: bool

    def close_if_late(self, now: float, timeout: float) -> None:
        """Close a connection on which nothing happens, and refuse a request that takes too long to arrive (408).

        No thread is needed for the answer: there may be thousands of such clients at once.
        """
        if self.requests:  # one runs
            return
        received = None if self.close_when_flushed else self.request
        expected = received.began + received.body_bytes_received / MIN_RATE if received else now
        if now <= min(expected, self.last_activity) + timeout:
            return
        if received is None:
            self.will_close = True
            return
        with self.outbuf_lock:
            self.outbufs[-1].append(LATE)
            self.total_outbufs_len += len(LATE)
            self.close_when_flushed = True


def init_app(app: Flask) -> None:
    """Let the application answer what waitress refuses, and send large responses from files."""
    app.before_request(refuse)
    app.after_request(spool)


def refuse() -> None:
    """Answer a request that waitress refuses, as malformed or too large."""
    if status := request.environ.get(REFUSAL):
        abort(status)


def spool(response: Response) -> Response:
    """Put a large response into a file, so that clients that read slowly take no memory."""
    size = response.content_length or 0
    if "waitress.client_disconnected" in request.environ and size > MIN_RESPONSE_IN_FILE and not response.is_streamed:
        response.response = wrap_file(request.environ, _file(response.get_data()))
        response.direct_passthrough = True
    return response


def _file(data: bytes) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - waitress closes it
    try:
        file.write(data)
        file.seek(0)
    except OSError:  # the disk is full
        return BytesIO(data)
    return file


def listen(host: str, port: int, timeout: int) -> socket.socket:
    """A listening socket, for an IPv6 address with or without brackets. Raises OSError.

    timeout: seconds after which the system closes a connection whose client takes no byte of a response.
    """
    host = host.strip("[]")
    ipv6 = ":" in host
    family = socket.AF_INET6 if ipv6 else socket.AF_INET
    listener = socket.create_server((host, port), family=family, dualstack_ipv6=ipv6)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * timeout)
    return listener


def serve(app: Flask, listener: socket.socket, threads: int) -> None:
    """Serve until SIGTERM or SIGINT; then finish running requests, in STOP_SECONDS at most. A second signal ends it."""
    service: Service = app.extensions["image_diff"]
    settings = service.settings
    tempfile.tempdir = str(settings.data_dir)  # of waitress's files: the usual folder is often in memory
    return_large_blocks()
    sockets: dict[int, Any] = {}
    address, limit = listener.getsockname(), _connection_limit()
    with listener:
        create_server(
            app,
            map=sockets,
            sockets=[listener.dup() for _ in range(ACCEPTED_AT_ONCE)],
            threads=threads,
            connection_limit=limit + 2 * ACCEPTED_AT_ONCE,  # each listener and its wake-up pipe count, too
            backlog=socket.SOMAXCONN,
            cleanup_interval=FOREVER,  # _close_late() does it
            channel_request_lookahead=1,  # it reads on during a request, and so notices that the client is gone
            max_request_header_size=HEAD_BYTES,
            # Flask refuses a body over the limit. Up to here it is read first, so that the client can read the answer.
            max_request_body_size=2 * settings.max_body,
            recv_bytes=RECEIVED_AT_ONCE,
            inbuf_overflow=MAX_BODY_IN_MEMORY,
            outbuf_overflow=2 * MIN_RESPONSE_IN_FILE,
            outbuf_high_watermark=FOREVER,  # above it, a thread would wait for the client
            asyncore_use_poll=True,
            log_socket_errors=False,
            clear_untrusted_proxy_headers=False,  # ProxyFix decides about them
            ident=None,
        )
    servers = [server for server in sockets.values() if isinstance(server, BaseWSGIServer)]
    for server in servers:
        server.channel_class = Channel
    stopping = _stop_on_signals(servers[0])
    threading.Thread(target=service.workers.start, name="start", daemon=True).start()
    log.info("Listening on %s port %d.", *address[:2])
    while not stopping.is_set():
        wasyncore.loop(1, use_poll=True, map=sockets, count=1)
        _close_late(sockets, limit, settings.channel_timeout)
    _finish(sockets, servers)


def _connection_limit() -> int:
    """Raise the limit of open files as far as the system allows: the number of connections for which it suffices."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    return max(MIN_CONNECTIONS, min(MAX_CONNECTIONS, (files - OTHER_FILES) // FILES_OF_A_CONNECTION))


def _stop_on_signals(server: Any) -> threading.Event:
    stopping = threading.Event()

    def stop(*_: object) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        stopping.set()
        server.pull_trigger()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return stopping


def _channels(sockets: dict[int, Any]) -> list[Any]:
    return [channel for channel in sockets.values() if isinstance(channel, HTTPChannel)]


def _close_late(sockets: dict[int, Any], limit: int, timeout: int) -> None:
    """Close silent and late connections, sooner if many are taken."""
    channels, now = _channels(sockets), time.time()
    crowded = len(channels) > limit // 2
    for channel in channels:
        channel.close_if_late(now, CROWDED_SECONDS if crowded else timeout)


def _finish(sockets: dict[int, Any], servers: list[Any]) -> None:
    """Refuse new connections, and serve the requests that run or whose body is on its way."""
    for server in servers:
        wasyncore.dispatcher.close(server)  # its own close() would also end the wake-up calls of the threads
    late = time.monotonic() + STOP_SECONDS
    while (channels := _channels(sockets)) and time.monotonic() < late:
        for channel in channels:
            body = channel.request and channel.request.headers_finished
            channel.will_close |= not (channel.requests or channel.total_outbufs_len or body)
        wasyncore.loop(1, use_poll=True, map=sockets, count=1)
