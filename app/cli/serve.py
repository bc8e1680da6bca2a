"""`serve`: the service."""

import os
import sys
from pathlib import Path

import click

from app.cli.environment import settings

ROOT = Path(__file__).resolve().parent.parent.parent


@click.command()
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True, help="Address; 0.0.0.0 is every one.")
@click.option("--port", envvar="PORT", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="Port.")
def serve(host: str, port: int) -> None:
    """Serve the pages and the API, with gunicorn.

    Without --host and --port, the environment variables HOST and PORT say where. WEB_CONCURRENCY sets the workers,
    THREADS the threads of each; README.md has all settings.
    """
    settings()  # what is wrong with them is told here, in a line, not by each worker
    os.environ |= {"HOST": host, "PORT": str(port)}
    config = ["--config", str(ROOT / "gunicorn.conf.py"), "--pythonpath", str(ROOT)]
    # The process becomes gunicorn: whoever started it can signal it by the id that they know.
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *config])  # noqa: S606 - no shell is wanted
