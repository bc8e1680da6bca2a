"""Log lines, each with the id of the request that it is about: JSON for programs, text for a terminal.

No line of JSON has the address that was asked for, only its route: whoever knows a report's id may see the report.
"""

import json
import logging
import logging.config
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

Form = Literal["json", "text"]

# Under these names a request's environment has its id and its route.
REQUEST, ROUTE = "image_diff.request", "image_diff.route"

_current: Callable[[], str] = str


def configure(form: Form | None) -> None:
    """Write the log lines of this process so."""
    logging.config.dictConfig(configuration(form))


def configuration(form: Form | None) -> dict[str, Any]:
    """For logging.config.dictConfig: requests on standard output, all else on standard error.

    form: where none is chosen, text for a terminal, else JSON.
    """
    form = form or ("text" if sys.stderr.isatty() else "json")
    known: dict[str, Any] = {"()": Json} if form == "json" else {"format": TEXT}
    handlers = {
        name: {"class": "logging.StreamHandler", "formatter": "lines", "filters": ["request"], "stream": stream}
        for name, stream in (("out", "ext://sys.stdout"), ("err", "ext://sys.stderr"))
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": "app.logs.WithRequest"}},
        "formatters": {"lines": known},
        "handlers": handlers,
        "root": {"level": "WARNING", "handlers": ["err"]},
        "loggers": {
            "app": {"level": "INFO"},
            "gunicorn.error": {"level": "INFO", "handlers": ["err"], "propagate": False},
            "gunicorn.access": {"level": "INFO", "handlers": ["out"], "propagate": False},
        },
    }


TEXT = "%(asctime)s %(levelname)s %(request)s %(message)s"


def current() -> str:
    """The id of the request that is served here; empty where there is none."""
    return _current()


def ask(source: Callable[[], str]) -> None:
    """Say where that is found: the server asks the thread's request, a process for pictures is told with its work."""
    global _current  # as logging itself, one for the process
    _current = source


class WithRequest(logging.Filter):
    """Gives each line the request's id."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Pass all."""
        served = _served(record)
        record.request = (served.get(f"{{{REQUEST}}}e") if served else current()) or "-"
        return True


class Json(logging.Formatter):
    """A line as a JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """What was served has fields of its own, all else a message."""
        served = _served(record)
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": record.__dict__["request"],
            **(_fields(served) if served else {"message": record.getMessage()}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _served(record: logging.LogRecord) -> Mapping[str, Any] | None:
    """What gunicorn knows of a request that it served: its atoms."""
    return record.args if record.name == "gunicorn.access" and isinstance(record.args, Mapping) else None


def _fields(served: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "method": served["m"],
        "route": served.get(f"{{{ROUTE}}}e", ""),
        "status": int(served["s"]),
        "milliseconds": served["M"],
        "bytes": served["B"],
        "client": served["h"],
    }
