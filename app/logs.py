"""Log lines with the id of their request: JSON for programs, text for a terminal.

JSON lines have the route of a request instead of its path, since anybody who knows a report's id may see the report.
"""

import json
import logging
import logging.config
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

LogFormat = Literal["json", "text"]

REQUEST = "image_diff.request"  # the request's id in its WSGI environment

_current: Callable[[], str] = str


def describe_exception(error: Exception) -> str:
    """An unexpected exception and its source line, in one line instead of a traceback."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return f"{text} ({Path(frame.filename).name}:{frame.lineno})"


def configure(log_format: LogFormat | None) -> None:
    """Configure logging of this process, see `configuration`."""
    logging.config.dictConfig(configuration(log_format))


def configuration(log_format: LogFormat | None) -> dict[str, Any]:
    """A configuration for logging.config.dictConfig: requests on standard output, other lines on standard error.

    log_format: None means text on a terminal, else JSON.
    """
    log_format = log_format or ("text" if sys.stderr.isatty() else "json")
    formatter: dict[str, Any] = {"()": JsonFormatter} if log_format == "json" else {"format": TEXT}
    handlers = {
        name: {"class": "logging.StreamHandler", "formatter": "lines", "filters": ["request"], "stream": stream}
        for name, stream in (("out", "ext://sys.stdout"), ("err", "ext://sys.stderr"))
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": "app.logs.RequestIdFilter"}},
        "formatters": {"lines": formatter},
        "handlers": handlers,
        "root": {"level": "WARNING", "handlers": ["err"]},
        "loggers": {
            "app": {"level": "INFO"},
            "app.access": {"handlers": ["out"], "propagate": False},
            "waitress.queue": {"level": "ERROR"},  # it warns of each request that waits for a thread
        },
    }


TEXT = "%(asctime)s %(levelname)s %(request)s %(message)s"


def current() -> str:
    """The id of the current request; empty outside a request."""
    return _current()


def set_request_id_source(source: Callable[[], str]) -> None:
    """Set the function behind current(): the server reads Flask's request, a worker the id received with its task."""
    global _current  # one for the process, like logging itself
    _current = source


class RequestIdFilter(logging.Filter):
    """Adds the request's id to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the id and let every record pass."""
        record.request = getattr(record, "request", current()) or "-"
        return True


class JsonFormatter(logging.Formatter):
    """Formats a record as a JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Records of responses have fields of their own, other records a message."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": record.__dict__["request"],
            **getattr(record, "fields", {"message": record.getMessage()}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)
