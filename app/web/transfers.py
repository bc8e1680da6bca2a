"""Clients that send or read too slowly: what they hold is a thread, so they are given so much time and no more.

How long one may take grows with what has come, at a least rate; a limit between two bytes, which servers commonly have,
is kept by whoever sends a byte at a time. The waiting thread cannot look at a clock, as it is within a library's call:
another one shuts the connection, which ends the call.
"""

import socket
import struct
import termios
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from fcntl import ioctl
from typing import Any

from flask import Flask
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest, RequestTimeout

from app.config import Settings
from app.execution.admission import QueueFull

# How many may send a body, and read an answer, at once before the slowest of them makes way for the next.
RECEIVING, SENDING = 64, 32

# That is one who is so many seconds behind: within that time nobody knows how fast a client is.
HURRY_SECONDS = 1.0

PIECE = 64 * 1024

MALFORMED = "The body ends too early, or its chunks are malformed."


class Transfer:
    """One direction of one request: how much has moved, and how long its client was waited for."""

    def __init__(self, connection: socket.socket, direction: int) -> None:
        """direction: what to shut, SHUT_RD where one cannot be read from, so that it still can be answered."""
        self.moved = 0
        self.spent = 0.0
        self.since = 0.0
        self.cut = False
        self._connection, self._direction = connection, direction

    def behind(self, now: float, rate: float) -> float:
        """Seconds, of those waited, in which nothing would have moved at that rate."""
        return self.spent + now - self.since - (self.moved - self._queued()) / rate

    def _queued(self) -> int:
        """Bytes that lie here for the client to take: megabytes, where one does not read at all."""
        if self._direction == socket.SHUT_RD:
            return 0
        try:
            return int(struct.unpack("i", ioctl(self._connection, termios.TIOCOUTQ, bytes(4)))[0])
        except OSError:  # it ended
            return 0

    def shut(self) -> None:
        """End the call that waits for the client."""
        self.cut = True
        with suppress(OSError):  # it ended by itself
            self._connection.shutdown(self._direction)


class Transfers:
    """Those of one direction for which a thread waits just now."""

    def __init__(self, most: int, timeout: float, rate: float) -> None:
        """most: at once, if some of them are slow. timeout: seconds that one may be behind. rate: bytes a second."""
        self._most, self._timeout, self._rate = most, timeout, rate
        self._lock = threading.Lock()
        self._waiting = set[Transfer]()

    def enter(self, transfer: Transfer) -> bool:
        """Its client is waited for from now on. Whether there was a place, or one that a slower one gave up."""
        with self._lock:
            transfer.since = time.monotonic()
            self._waiting.add(transfer)
            return len(self._waiting) <= self._most or self._make_room(transfer.since)

    def leave(self, transfer: Transfer, moved: int = 0) -> None:
        """No longer. moved: bytes meanwhile. As often as one likes."""
        with self._lock:
            if transfer in self._waiting:
                self._waiting.remove(transfer)
                transfer.spent += time.monotonic() - transfer.since
                transfer.moved += moved

    def check(self) -> None:
        """Shut the connections of those that are late. To be called about once a second."""
        with self._lock:
            now = time.monotonic()
            for transfer in [one for one in self._waiting if one.behind(now, self._rate) > self._timeout]:
                self._shut(transfer)
            while len(self._waiting) > self._most and self._make_room(now):
                pass

    def _make_room(self, now: float) -> bool:
        slowest = max(self._waiting, key=lambda one: one.behind(now, self._rate))
        if slowest.behind(now, self._rate) < HURRY_SECONDS:
            return False
        self._shut(slowest)
        return True

    def _shut(self, transfer: Transfer) -> None:
        self._waiting.remove(transfer)
        transfer.shut()


class Body:
    """A request's body: a stream that tells a client that is too slow from one that has sent all."""

    def __init__(self, stream: Any, connection: socket.socket, transfers: Transfers) -> None:
        """stream: gunicorn's."""
        self._stream = stream
        self._transfers = transfers
        self._transfer = Transfer(connection, socket.SHUT_RD)

    def read(self, size: int = -1) -> bytes:
        """So many bytes, or all. Raises RequestTimeout, BadRequest, and QueueFull where too many send."""
        data: bytes = b""
        try:
            if not self._transfers.enter(self._transfer) and not self._transfer.moved:
                raise QueueFull("Too many are sending pictures. Try again in a few seconds.")
            data = self._stream.read(size if size >= 0 else None)
            if self._transfer.cut:  # which looks like the end
                raise RequestTimeout
        except (OSError, ParseException) as error:
            raise RequestTimeout if self._transfer.cut else BadRequest(MALFORMED) from error
        except (QueueFull, RequestTimeout):
            self._stream.failed = True  # for gunicorn: what comes yet is no next request
            raise
        finally:
            self._transfers.leave(self._transfer, len(data))
        return data


class Answer:
    """A response's body, in pieces: while one is asked for, nobody waits for the client; else the server writes it."""

    def __init__(self, body: Iterable[bytes], connection: socket.socket, transfers: Transfers) -> None:
        self._body = body
        self._pieces = _pieces(body)
        self._size = 0
        self._transfers = transfers
        self._transfer = Transfer(connection, socket.SHUT_RDWR)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        self._transfers.leave(self._transfer, self._size)
        self._size = 0
        try:
            piece = next(self._pieces)
            self._size = len(piece)
            return piece
        finally:  # at the end, too: the server may have to write how it ends
            self._transfers.enter(self._transfer)

    def close(self) -> None:
        """It is written, or never will be."""
        self._transfers.leave(self._transfer)
        if close := getattr(self._body, "close", None):
            close()


def _pieces(body: Iterable[bytes]) -> Iterator[bytes]:
    for data in body:
        for start in range(0, len(data), PIECE) or (0,):
            yield data[start : start + PIECE]


class Timed:
    """The application, its clients timed. Of a server that does not hand on its connections it is the application."""

    def __init__(self, app: Callable[..., Iterable[bytes]], timeout: float, rate: float) -> None:
        self._app = app
        self._receiving = Transfers(RECEIVING, timeout, rate)
        self._sending = Transfers(SENDING, timeout, rate)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """As WSGI has it."""
        connection: socket.socket | None = environ.get("gunicorn.socket")
        if connection is None:
            return self._app(environ, start_response)
        environ["wsgi.input"] = Body(environ["wsgi.input"], connection, self._receiving)
        return Answer(self._app(environ, start_response), connection, self._sending)

    def check(self) -> None:
        """End what takes too long. To be called about once a second."""
        self._receiving.check()
        self._sending.check()


def init_app(app: Flask, settings: Settings) -> None:
    """Time this application's clients."""
    timed = Timed(app.wsgi_app, settings.transfer_timeout, settings.min_rate)
    app.wsgi_app = timed  # type: ignore[method-assign]  # Flask's own way
    app.extensions["timed"] = timed
